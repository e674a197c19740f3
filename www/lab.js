// The benches of the gradient lab: what is wanted is drawn a little in every frame, all of it equally often.
import { gradient } from "../web/dist/package/dist/index.js";
import { ESTIMATORS, specifications } from "./scenes.js";
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

  get bench() {
    return this.#control.bench;
  }

  get rows() {
    const { rows } = this.#control;
    return rows.flatMap((row) => (ESTIMATORS[row.estimator].soft ? (this.#kept.find(({ estimator, temperature }) => estimator === row.estimator && temperature === row.temperature) ?? []) : row));
  }

  free() {}
}

export class Lab {
  #view;
  #beginning = new AbortController();
  #looking = new AbortController();
  /** What is looked at from near. */
  #near;
  /** How often everything is to be drawn. */
  #goal = 0;
  #frame;
  #shown = -Infinity;

  /** `view` has `changed()`, called when there is more to be seen, and `failed(error)`. */
  constructor(view) {
    this.#view = view;
  }

  /** The panels by name. */
  panels = {};
  /** What they were made for. */
  wanted;
  running = false;

  /** Measures what is wanted from its first draw on; what was there stays until that can be. */
  async begin(wanted, { paused }) {
    this.#beginning.abort();
    this.#looking.abort();
    const { signal } = (this.#beginning = new AbortController());
    this.#near = wanted;
    const made = {};
    try {
      const { losses, rows } = wanted.objective === "supernet" ? await supernet() : {};
      for (const [name, asked] of Object.entries(specifications(wanted, losses))) made[name] = new Panel(asked, await gradient(...asked));
      if (rows) made.subject = new Supernet(rows, made.control);
      if (signal.aborted) return free(made);
      free(this.panels);
      [this.panels, this.wanted] = [made, wanted];
      this.running = !paused;
      this.#goal = paused ? 0 : wanted.draws;
      this.#go();
      await this.look(this.#near);
    } catch (error) {
      if (this.panels !== made) free(made);
      if (!signal.aborted) this.#fail(error);
    }
  }

  /** Looks from near at the estimator that is followed, at the temperature that is wanted. */
  async look({ follow, temperature }) {
    this.#looking.abort();
    const { signal } = (this.#looking = new AbortController());
    this.#near = { follow, temperature };
    const traces = [];
    for (const panel of Object.values(this.panels)) {
      if (panel.near) traces.push([panel, new Trace(await panel.near(follow, temperature))]);
    }
    for (const [panel, trace] of traces) {
      if (signal.aborted) trace.free();
      else {
        panel.trace?.free();
        panel.trace = trace;
      }
    }
    this.#go();
  }

  /** Runs, pauses, or begins again where it is over. */
  toggle() {
    if (this.over) return this.begin(this.wanted, { paused: false });
    if (this.running) this.#pause();
    else [this.running, this.#goal] = [true, this.wanted.draws];
    this.#go();
  }

  /** Draws everything once more and rests. */
  step() {
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
    return this.wanted !== undefined && this.count >= this.wanted.draws;
  }

  /** Whether a visitor has paused it, or it was never begun. */
  get rests() {
    return !this.running && !this.over;
  }

  get #measured() {
    return Object.values(this.panels).flatMap(({ measured }) => measured);
  }

  /** Rests as soon as everything was drawn as often as what is ahead. */
  #pause() {
    this.running = false;
    this.#goal = Math.max(...this.#measured.map(({ drawn }) => drawn));
  }

  #fail(error) {
    this.running = false;
    this.#goal = 0;
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
    if (!next) this.running = false;
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

let read;

/** The losses of the supernet's paths, and what was measured of it; read once, and again where that failed. */
function supernet() {
  const file = async (name) => {
    const answer = await fetch(new URL(`supernet/${name}`, document.baseURI));
    if (!answer.ok) throw new Error(`the server gave ${answer.status} for ${name}`);
    return answer;
  };
  const both = async () => {
    const [losses, { rows }] = await Promise.all([file("losses.bin").then((answer) => answer.arrayBuffer()), file("rows.json").then((answer) => answer.json())]);
    return { losses: new Float64Array(losses), rows };
  };
  read ??= both();
  return read.catch((error) => {
    read = undefined;
    throw error;
  });
}

/** Gives the memory of panels back. */
function free(panels) {
  for (const panel of Object.values(panels)) panel.free();
}
