// What the controls of every page have in common: their faces, their keys, and the address that keeps what they say.

/** A state before it is the address, and whatever is changed many times before it counts, in ms. */
export const PATIENCE = 200;

export const element = (id) => document.getElementById(id);

/** What a button says: a sign and a word. Replaced only where it is another, since a press of the mouse ends where it began. */
export function face(button, sign, word) {
  if (button.dataset.word === word) return;
  button.dataset.word = word;
  button.replaceChildren(Object.assign(document.createElement("span"), { textContent: sign, ariaHidden: "true" }), ` ${word}`);
}

/** Gives a list its options, pairs of a value and a name, with one chosen; what is there already stays, as it may be open. */
export function options(id, pairs, value) {
  const list = element(id);
  const there = Array.from(list.options, ({ value, textContent }) => `${value} ${textContent}`);
  if (there.join() !== pairs.map(([value, name]) => `${value} ${name}`).join()) {
    list.replaceChildren(...pairs.map(([value, textContent]) => Object.assign(document.createElement("option"), { value, textContent })));
  }
  list.value = value;
}

const waiting = new Map();

function taken(name) {
  const action = waiting.get(name);
  waiting.delete(name);
  return action;
}

/** Does something with the next frame, the last that was asked for under this name. */
export function inFrame(name, action) {
  if (!waiting.has(name)) requestAnimationFrame(() => taken(name)());
  waiting.set(name, action);
}

/** What says sentences above the stage, with a button where there is a way out: `[label, values]`, whose values are given to `change`. */
export function noticeWith(change) {
  return (sentences, again) => {
    element("notice-text").textContent = sentences.join("\n");
    element("notice").hidden = sentences.length === 0;
    element("again").hidden = !again;
    if (!again) return;
    const [label, values] = again;
    element("again").textContent = label;
    element("again").onclick = () => {
      change(values);
      element("run").focus();
    };
  };
}

let keeping;

/** Keeps a state in the address, a moment later: browsers refuse whoever changes it too often. Nothing takes back what was to be kept. */
export function keep(text) {
  clearTimeout(keeping);
  if (text !== undefined) keeping = setTimeout(() => history.replaceState(null, "", `#${text}`), PATIENCE);
}

/** Has the control bar give its seed to `change`; one that is none to `refused`, with the sentence that says so. */
export function listenToSeed({ expected }, change, refused) {
  element("seed").onchange = ({ target }) => {
    if (target.checkValidity() && target.value !== "") change({ seed: Number(target.value) });
    else refused([`A seed is ${expected}.`]);
  };
  element("new-seed").onclick = () => change({ seed: Math.floor(Math.random() * 1_000_000) });
  element("controls").onsubmit = (event) => event.preventDefault();
}

/**
 * Has keys press buttons, whose ids are given by key: `anywhere`, and `inside` only while the focus is in the stage, since they
 * are the browser's elsewhere. An element that takes a key itself keeps it.
 */
export function listenToKeys(anywhere, inside) {
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || target.matches("input, select, .scroll")) return;
    if (key === " " && target.matches("button, summary, a")) return;
    const button = anywhere[key] ?? (target.closest(".stage") === null ? undefined : inside[key]);
    if (button === undefined) return;
    event.preventDefault();
    // Held down, arrows repeat; run and pause would flicker.
    const repeats = event.repeat && !key.startsWith("Arrow");
    if (!repeats && !element(button).matches(":disabled")) element(button).click();
  });
}
