/** The elements of `<bilevel-figure>`, made without any text that is parsed. */

import { adopt } from "./drawing.js";
import { MOST } from "./race.js";
import type { Wanted } from "./stage.js";

/** Which controls a figure has. */
export type Controls = "none" | "bar" | "all";

/** What the controls do. */
export interface Actions {
  run(): void;
  back(): void;
  step(): void;
  start(): void;
  trials(trials: number): void;
  /** Undefined where what was typed is none. */
  seed(seed: number | undefined): void;
  again(): void;
}

const RULES = `
:host { display: block; padding: 0.5rem; border-radius: 0.5rem; color-scheme: light dark; background: #fff; color: #1c2127; font: 1rem/1.5 system-ui, sans-serif; }
@media screen and (prefers-color-scheme: dark) { :host { background: #14181d; color: #e7eaee; } }
:host([hidden]), [hidden] { display: none !important; }
figure { margin: 0; }
svg { display: block; width: 100%; height: auto; }
.picture { max-width: 32rem; min-height: 8rem; }
.picture.race { max-width: 45rem; }
[aria-busy="true"] { opacity: 0.5; }
figcaption, .notice { font-size: 0.9em; overflow-wrap: anywhere; }
.controls { min-width: 0; padding: 0; border: 0; display: flex; flex-wrap: wrap; align-items: center; gap: 0.5em; margin: 0.5em 0 0; }
label { display: flex; align-items: center; gap: 0.5em; }
button, input { min-height: 2.75rem; font: inherit; color: inherit; }
button { padding: 0 0.75em; }
[aria-disabled="true"] { opacity: 0.55; }
.spoken { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); }
`;

export class Parts {
  readonly picture = element("div", { className: "picture" });
  readonly #caption = element("figcaption");
  readonly #spoken = element("p", { className: "spoken", role: "status" });
  readonly #notice = element("p", { className: "notice", role: "alert", hidden: true });
  readonly #sentences = element("span");
  readonly #controls = element("fieldset", { className: "controls", disabled: true });
  readonly #more: readonly HTMLElement[];
  readonly #run = element("button", { type: "button", textContent: "Run" });
  readonly #back = element("button", { type: "button", textContent: "Back" });
  readonly #step = element("button", { type: "button", textContent: "One try" });
  readonly #trials = element("input", { type: "range", min: "10", max: String(MOST), step: "10" });
  readonly #seed = element("input", { type: "number", min: "0", max: "999999", step: "1" });
  readonly #again = element("button", { type: "button", textContent: "Try again", hidden: true });

  constructor(
    readonly root: ShadowRoot,
    actions: Actions,
  ) {
    const start = element("button", { type: "button", textContent: "Start" });
    this.#run.onclick = () => actions.run();
    this.#back.onclick = () => actions.back();
    this.#step.onclick = () => actions.step();
    start.onclick = () => actions.start();
    this.#again.onclick = () => actions.again();
    this.#trials.oninput = () => actions.trials(Number(this.#trials.value));
    this.#seed.onchange = () => actions.seed(this.#seed.checkValidity() && this.#seed.value !== "" ? Number(this.#seed.value) : undefined);
    this.#more = [labelled("Budget", this.#trials), labelled("Seed", this.#seed)];
    this.#controls.append(this.#run, this.#back, this.#step, start, ...this.#more);
    this.#notice.append(this.#sentences, " ", this.#again);
    const figure = element("figure");
    figure.append(this.picture, this.#caption);
    root.append(figure, this.#spoken, this.#controls, this.#notice);
  }

  /** As a page has it that it has just come to: nothing can be pressed before there is something. */
  begin(): void {
    adopt(this.root, RULES);
    this.#controls.disabled = true;
    this.picture.ariaBusy = "false";
    this.runs(false);
  }

  /** Shows as many controls as are wanted. */
  arrange(controls: Controls): void {
    this.#controls.hidden = controls === "none";
    for (const one of this.#more) one.hidden = controls !== "all";
  }

  /** Shows what is wanted in the controls. */
  fill({ figure, trials, seed }: Wanted): void {
    this.#controls.ariaLabel = `${figure} of seed ${seed}`;
    this.#trials.value = String(trials);
    this.#trials.ariaValueText = `${trials} tries`;
    this.#seed.value = String(seed);
  }

  /** As it is from when there is something to be seen. */
  made(): void {
    this.#controls.disabled = false;
    if (!this.#again.hidden) this.notice([], false);
  }

  /** Says what is seen. */
  caption(text: string, { first, last }: { first: boolean; last: boolean }): void {
    this.#caption.textContent = text;
    this.#back.ariaDisabled = String(first);
    this.#step.ariaDisabled = String(last);
  }

  /** Says it to whoever does not see it. */
  speak(): void {
    this.#spoken.textContent = this.#caption.textContent;
  }

  runs(running: boolean): void {
    this.#run.textContent = running ? "Pause" : "Run";
  }

  /** Says what is wrong, or nothing. */
  notice(sentences: readonly string[], again: boolean): void {
    // Whoever pressed it goes on where it helped.
    const pressed = !again && this.root.activeElement === this.#again;
    this.#sentences.textContent = sentences.join(" ");
    this.#again.hidden = !again;
    this.#notice.hidden = sentences.length === 0;
    if (pressed) this.#run.focus();
  }
}

function element<Name extends keyof HTMLElementTagNameMap>(name: Name, properties: Partial<HTMLElementTagNameMap[Name]> = {}): HTMLElementTagNameMap[Name] {
  return Object.assign(document.createElement(name), properties);
}

function labelled(text: string, control: HTMLElement): HTMLLabelElement {
  const label = element("label");
  label.append(text, control);
  return label;
}
