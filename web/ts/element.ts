/**
 * `<bilevel-figure state="seed=7&amp;trials=100">`: a live figure in one line of HTML. Importing this entry registers it;
 * on a server it does nothing. What the figures are made of is exported for pages that arrange them in another way.
 */

import { errorOf } from "./errors.js";
import { draw } from "./figure/drawing.js";
import { type Controls, Parts } from "./figure/parts.js";
import { NAMES, SPACE, curves, heard, inWords, tries } from "./figure/race.js";
import { PLACES, type Shown, Stage, normal } from "./figure/stage.js";
import { load, run } from "./index.js";
import type { Figures } from "./library.js";

export { draw } from "./figure/drawing.js";
export type { Controls } from "./figure/parts.js";
export type { Player } from "./figure/player.js";
export * from "./figure/race.js";
export { type Place, type State, type Values, among, oneOf, read, whole, write } from "./figure/state.js";
export { PLACES, SPEEDS, type Shown, Stage, racers, type View, type Wanted } from "./figure/stage.js";

// On a server there is nothing to extend, and nobody makes one.
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

/**
 * A live figure. Its runs begin when it comes near the view, and end when it is taken out of the page.
 *
 * | attribute | |
 * |---|---|
 * | `state` | the text of the page's address: `figure` (`race`, `cell` or `policy`), `seed`, `trials`, `at`, `follow`, `beside`, `speed` |
 * | `controls` | `none`, where it is not said; `bar`: run, back, step, start; `all`: budget and seed as well |
 *
 * What the visitor does changes `state`, and the event `bilevel-state` says so; its `detail` is the text.
 */
export class BilevelFigure extends Base {
  static readonly observedAttributes = ["state", "controls"];

  #parts: Parts | undefined;
  #stage: Stage | undefined;
  #figures: Figures | undefined;
  #near: IntersectionObserver | undefined;
  #resized: ResizeObserver | undefined;
  /** Whether it came near the view, so that its runs are wanted. */
  #wanted = false;
  #catching = false;
  #writing = false;
  /** Whether the visitor did anything: before, nobody is told of it. */
  #touched = false;

  connectedCallback(): void {
    this.#upgrade();
    this.#parts ??= this.#build();
    this.#parts.begin();
    this.#stage = this.#staged(this.#parts);
    this.#take(this.#parts, this.#stage);
    this.#near = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      this.#near?.disconnect();
      this.#wanted = true;
      void this.#begin();
    }, { rootMargin: "200px" });
    this.#near.observe(this);
    let width = this.clientWidth;
    this.#resized = new ResizeObserver(() => {
      if (this.clientWidth === width) return;
      width = this.clientWidth;
      this.#stage?.player.stay(this.#stage.player.at);
    });
    this.#resized.observe(this);
  }

  disconnectedCallback(): void {
    const stage = this.#stage;
    this.#near?.disconnect();
    this.#resized?.disconnect();
    this.#stage = undefined;
    this.#wanted = false;
    stage?.end();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after || this.#writing || !this.#stage || !this.#parts) return;
    if (name === "controls") return this.#parts.arrange(this.controls);
    this.#take(this.#parts, this.#stage);
    this.#catchUp();
  }

  get state(): string {
    return this.getAttribute("state") ?? "";
  }

  set state(state: string) {
    this.setAttribute("state", state);
  }

  get controls(): Controls {
    const controls = this.getAttribute("controls");
    return controls === "bar" || controls === "all" ? controls : "none";
  }

  set controls(controls: Controls) {
    this.setAttribute("controls", controls);
  }

  /** Takes over what was set before the element was known. */
  #upgrade(): void {
    for (const name of ["state", "controls"] as const) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name] as never;
      delete (this as Partial<Pick<BilevelFigure, "state" | "controls">>)[name];
      this[name] = value;
    }
  }

  #build(): Parts {
    const act = (action: (stage: Stage) => void) => {
      if (!this.#stage) return;
      this.#touched = true;
      this.#parts?.notice([], false);
      action(this.#stage);
    };
    const change = (values: { trials: number } | { seed: number }) => act((stage) => (stage.change(values), this.#catchUp()));
    return new Parts(this.attachShadow({ mode: "open" }), {
      run: () => act((stage) => stage.toggle()),
      back: () => act((stage) => stage.go(stage.player.at - 1)),
      step: () => act((stage) => stage.go(stage.player.at + 1)),
      start: () => act((stage) => stage.go(0)),
      trials: (trials) => change({ trials }),
      seed: (seed) => {
        if (seed !== undefined) return change({ seed });
        this.#parts?.fill((this.#stage as Stage).wanted);
        this.#parts?.notice([`A seed is ${PLACES.seed.expected}.`], false);
      },
      again: () => void this.#begin(),
    });
  }

  #staged(parts: Parts): Stage {
    const stage: Stage = new Stage(run, {
      show: (shown, at) => this.#show(parts, shown, at),
      starts: (running) => parts.runs(running),
      rests: (text) => stage === this.#stage && this.#keep(parts, text),
      waits: (busy) => (parts.picture.ariaBusy = String(busy)),
      made: () => parts.made(),
      failed: (error) => parts.notice([`The runs could not be made: ${errorOf(error).message}.`], true),
    });
    return stage;
  }

  #take(parts: Parts, stage: Stage): void {
    parts.notice(stage.take(this.state), false);
    parts.fill(stage.wanted);
    parts.arrange(this.controls);
  }

  /** Makes what is wanted, once for all that is said together. */
  #catchUp(): void {
    if (this.#catching || !this.#wanted) return;
    this.#catching = true;
    queueMicrotask(() => {
      this.#catching = false;
      void (this.#figures ? this.#stage?.catchUp() : this.#begin());
    });
  }

  async #begin(): Promise<void> {
    const stage = this.#stage;
    try {
      ({ figures: this.#figures } = await load());
    } catch (error) {
      if (stage === this.#stage) this.#parts?.notice([`The module could not be loaded: ${errorOf(error).message}.`], true);
      return;
    }
    if (stage === this.#stage && this.#wanted) await stage?.begin();
  }

  #show(parts: Parts, shown: Shown, at: number): void {
    const { picture, caption } = seen(this.#figures as Figures, shown, at, this.clientWidth);
    parts.picture.classList.toggle("race", shown.figure === "race");
    if (picture === undefined) parts.picture.replaceChildren();
    else draw(parts.root, parts.picture, picture);
    parts.caption(caption, { first: at === 0, last: at >= shown.trials });
  }

  #keep(parts: Parts, text: string): void {
    parts.fill((this.#stage as Stage).wanted);
    if (!this.#touched) return;
    parts.speak();
    if (normal(this.state) === text) return;
    this.#writing = true;
    this.state = text;
    this.#writing = false;
    this.dispatchEvent(new CustomEvent("bilevel-state", { detail: text, bubbles: true, composed: true }));
  }
}

/** What is seen of a race at a trial, and its caption. */
function seen(
  figures: Figures,
  { race, series, figure, follow }: Shown,
  at: number,
  width: number,
): { picture: string | undefined; caption: string } {
  const name = NAMES[follow];
  switch (figure) {
    case "race":
      return { picture: curves(figures, series, at, Math.min(Math.max(width, 320), 720)), caption: inWords(race, series, at, follow) };
    case "policy": {
      const policy = race.policy(follow, at);
      const caption = policy ? `What the policy of ${name} believes after ${tries(at)}.` : `${name} has no policy: it believes nothing.`;
      return { picture: policy && figures.policy(SPACE, policy), caption };
    }
    case "cell": {
      const line = race.trial(follow, at);
      if (!line) return { picture: undefined, caption: `${name} has tried nothing yet.` };
      return { picture: figures.cell(SPACE, line.architecture), caption: `${name}, try ${at}: ${heard(line)}.` };
    }
  }
}

if (globalThis.customElements && !customElements.get("bilevel-figure")) customElements.define("bilevel-figure", BilevelFigure);
