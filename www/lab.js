// The benches of the gradient lab: what is wanted is drawn a little in every frame, all of it equally often.
import { gradient } from "../web/dist/package/dist/index.js";
import { ESTIMATORS, specifications } from "./scenes.js";
import { supernet } from "./frozen.js";
import { Trace } from "./trace.js";

/** Draws are made for so long in a frame, and shown at least so far apart; ms. */
const [SLICE, BETWEEN] = [12, 120];
/** The most draws of one measurement at once. */
const CHUNK = 256;

/** One measurement of a bench. */
class Measured {
  drawn = 0;
  #bench;
  #measurement;

  constructor(bench, measurement) {
    [this.#bench, this.#measurement] = [bench, measurement];
  }

  draw(count) {
    this.#bench.draw(this.#measurement, count);
    this.drawn += count;
  }

  get row() {
    return this.#bench.row(this.#measurement);
  }
}

/** A bench, and one of its estimators from near. */
class Panel {
  /** Undefined until it is looked at. */
  trace;

  /** `asked` is what the bench was asked for with. */
  constructor(asked, bench) {
    [this.asked, this.bench] = [asked, bench];
    this.measured = bench.measurements.map((_, measurement) => new Measured(bench, measurement));
  }

  get exact() {
    return this.bench.exact;
  }

  /** What came of the draws so far, of whatever has two of them. */
  get rows() {
    return this.measured.map(({ row }) => row).filter((row) => row !== null);
  }

  /** Its bench for one estimator, at one temperature. */
  near(follow, temperature) {
    const [spec, options] = this.asked;
    return gradient({ ...spec, estimators: [follow], temperatures: [temperature] }, options);
  }

  free() {
    this.bench.free();
    this.trace?.free();
  }
}

/**
 * The frozen supernet beside its control: what asks it about mixtures was measured before, and what asks about its paths has the
 * control's numbers, since their losses are the same.
 */
class Supernet {
  measured = [];
  trace = undefined;
  #kept;
  #control;

  constructor(kept, control) {
    [this.#kept, this.#control] = [kept, control];
  }

  get exact() {
    return this.#control.exact;
  }

  get rows() {
    const kept = (row) => this.#kept.find(({ estimator, temperature }) => estimator === row.estimator && temperature === row.temperature);
    return this.#control.rows.flatMap((row) => (ESTIMATORS[row.estimator].soft ? (kept(row) ?? []) : row));
  }

  free() {}
}

export class Lab {
  #view;
  #beginning = new AbortController();
  #looking = new AbortController();
  /** What is wanted, whether it is there or on its way. */
  #asked;
  /** How often everything is to be drawn. */
  #goal = 0;
  #frame;
  #shown = -Infinity;

  /**
   * `view` has `changed()`, called when there is more to be seen, `waits(busy)`, told whether what is wanted is on its way, and
   * `failed(error)`.
   */
  constructor(view) {
    this.#view = view;
  }

  /** The panels by name. */
  panels = {};
  /** What they were made for; undefined before there are any. */
  wanted;
  /** What the traces are of. */
  traced;
  /** Whether it runs, or will as soon as what is wanted is there. */
  running = false;
  /** Whether what is wanted is on its way. */
  waiting = false;
  /** Whether what is wanted could not be had. */
  failed = false;

  /** Measures what is wanted from its first draw on; what was there stays until that can be. */
  async begin(wanted, { paused }) {
    this.#beginning.abort();
    this.#looking.abort();
    const { signal } = (this.#beginning = new AbortController());
    this.#asked = wanted;
    [this.running, this.failed] = [!paused, false];
    this.#wait(true);
    const made = {};
    try {
      const { losses, rows } = wanted.objective === "supernet" ? await supernet() : {};
      for (const [name, asked] of Object.entries(specifications(wanted, losses))) made[name] = new Panel(asked, await gradient(...asked));
      if (rows) made.subject = new Supernet(rows, made.control);
    } catch (error) {
      free(made);
      if (!signal.aborted) this.#fail(error);
      return;
    }
    if (signal.aborted) return free(made);
    free(this.panels);
    [this.panels, this.wanted] = [made, wanted];
    this.#goal = this.running ? wanted.draws : 0;
    this.#wait(false);
    this.#go();
    await this.look(this.#asked);
  }

  /** Looks from near at the estimator that is followed, at the temperature that is wanted. */
  async look({ follow, temperature }) {
    this.#asked = { ...this.#asked, follow, temperature };
    if (this.waiting) return;
    this.#looking.abort();
    const { signal } = (this.#looking = new AbortController());
    const traces = [];
    try {
      for (const panel of Object.values(this.panels)) {
        if (panel.near) traces.push([panel, new Trace(await panel.near(follow, temperature))]);
      }
    } catch (error) {
      for (const [, trace] of traces) trace.free();
      if (!signal.aborted) this.#fail(error);
      return;
    }
    for (const [panel, trace] of traces) {
      if (signal.aborted) trace.free();
      else {
        panel.trace?.free();
        [panel.trace, this.traced] = [trace, { follow, temperature }];
      }
    }
    this.#go();
  }

  /** Runs, pauses, or begins again where it is over or could not be. */
  toggle() {
    if (!this.waiting && (this.over || this.#asked !== undefined && !this.#isThere)) return this.begin(this.#asked, { paused: false });
    if (this.running) this.#pause();
    else {
      this.running = true;
      if (!this.waiting) this.#goal = this.wanted.draws;
    }
    this.#view.changed();
    this.#go();
  }

  /** Draws everything once more and rests. */
  step() {
    if (this.waiting || !this.#isThere) return;
    if (this.running) this.#pause();
    this.#goal++;
    this.#go();
  }

  /** How often everything was drawn. */
  get count() {
    const drawn = this.#measured.map(({ drawn }) => drawn);
    return drawn.length === 0 ? 0 : Math.min(...drawn);
  }

  get over() {
    return this.#isThere && this.count >= this.wanted.draws;
  }

  /** Whether a visitor has paused it. */
  get rests() {
    return !this.running && !this.failed && (this.waiting || !this.over);
  }

  /** Whether the panels are those of what is wanted. */
  get #isThere() {
    const at = ({ objective, bend, estimators, draws, seed }) => [objective, bend, estimators, draws, seed].join();
    return this.wanted !== undefined && at(this.wanted) === at(this.#asked);
  }

  get #measured() {
    return Object.values(this.panels).flatMap(({ measured }) => measured);
  }

  /** Rests as soon as everything was drawn as often as what is ahead. */
  #pause() {
    this.running = false;
    if (!this.waiting) this.#goal = Math.max(...this.#measured.map(({ drawn }) => drawn));
  }

  #wait(busy) {
    this.waiting = busy;
    this.#view.waits(busy);
  }

  #fail(error) {
    [this.running, this.failed, this.#goal] = [false, true, 0];
    this.#wait(false);
    this.#view.failed(error);
  }

  #go() {
    this.#frame ??= requestAnimationFrame(() => this.#advance());
  }

  #advance() {
    this.#frame = undefined;
    const began = performance.now();
    let next = this.#behind();
    try {
      for (; next && performance.now() < began + SLICE; next = this.#behind()) next.draw(Math.min(this.#goal - next.drawn, CHUNK, 1 + (next.drawn >> 3)));
    } catch (error) {
      return this.#fail(error);
    }
    // What is on its way runs, or does not, as it was begun.
    if (!next && !this.waiting) this.running = false;
    if (!next || began > this.#shown + BETWEEN) {
      this.#shown = began;
      this.#view.changed();
    }
    if (next) this.#go();
  }

  /** What was drawn least; undefined where all is drawn as often as it is to be. */
  #behind() {
    const traces = Object.values(this.panels).flatMap(({ trace }) => trace ?? []);
    let least = { drawn: this.#goal };
    for (const one of [...this.#measured, ...traces]) if (one.drawn < least.drawn) least = one;
    return least.draw && least;
  }
}

/** Gives the memory of panels back. */
function free(panels) {
  for (const panel of Object.values(panels)) panel.free();
}
