// Figures on the page, and what a visitor takes along: files, and text for the clipboard.
import { draw } from "../web/dist/package/dist/element.js";

/** The text of each figure as it was drawn last, by the id of its place. */
const drawn = new Map();

/** Shows the text of a figure in its place. */
export function show(id, text) {
  drawn.set(id, text);
  draw(document, document.getElementById(id), text);
}

/** The same in a place that was kept free for it. */
export function picture(id, text) {
  document.getElementById(id).classList.remove("absent");
  show(id, text);
}

/** Empties a place, which stays free. */
export function clear(id) {
  drawn.delete(id);
  document.getElementById(id).classList.add("absent");
}

/** Offers a figure as a file of its own, once it is there. */
export function svgFile(id) {
  if (!drawn.has(id)) return;
  save(`${id}.svg`, "image/svg+xml", drawn.get(id));
}

/** Offers a file. */
export function save(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Copies text, and says on the button for a while what became of it. */
export async function copy(button, text) {
  button.dataset.label ??= button.textContent;
  let said = "Copied";
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    said = "Could not be copied";
  }
  button.textContent = said;
  clearTimeout(Number(button.dataset.timer));
  button.dataset.timer = setTimeout(() => (button.textContent = button.dataset.label), 1500);
}
