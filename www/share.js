// What a visitor takes along: files, and text for the clipboard.

/** The text of a drawn figure as a file of its own. */
export function svgFile(name, container) {
  save(name, "image/svg+xml", new XMLSerializer().serializeToString(container.querySelector("svg")));
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

/** Shows SVG text of the core, in which names are escaped. */
export function draw(container, text) {
  const picture = new DOMParser().parseFromString(text, "image/svg+xml");
  container.replaceChildren(document.importNode(picture.documentElement, true));
}
