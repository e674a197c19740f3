/** What is wanted of a race, what of it is there to be shown, and the way from the one to the other. Whoever shows it has the elements. */

import type { Package } from "../package.js";
import { Player } from "./player.js";
import { type Curve, type Field, MOST, RIVALS, Race, SEARCHERS, SEEDS, type Searcher } from "./race.js";
import { type Place, type Values, among, oneOf, read, whole, write } from "./state.js";

/** The speeds that can be chosen, in trials a second. */
export const SPEEDS: readonly number[] = [1, 5, 10, 25, 60, 150, 500];
/** The longest that a figure moves by itself before anybody touched it, in seconds. */
const OPENING = 4;

/** The trial that is looked at; null is the end, wherever that is. */
const at: Place<number | null> = { fallback: null, taken: "the end", expected: `a whole number from 0 to ${MOST}`, read: whole(0, 0, MOST).read };

/** The state of a figure, in an address or an attribute. */
export const PLACES = {
  figure: oneOf("race", "cell", "policy"),
  seed: whole(7, 0, 999_999),
  trials: whole(100, 10, MOST),
  speed: among(SPEEDS, 25),
  follow: oneOf("reinforce", "ppo", "evolution", "local", "random", ...RIVALS),
  /** A searcher beside the five of the race. */
  beside: oneOf("none", ...RIVALS),
  at,
};
export type Wanted = Values<typeof PLACES>;

/** The runs of one seed as far as they have gone, and what is drawn of them. */
export interface Shown extends Looked {
  readonly race: Race;
  readonly seed: number;
  readonly trials: number;
  readonly series: readonly Curve[];
}

/** What is looked at of a race. */
type Looked = Pick<Wanted, "figure" | "follow">;

/** Whoever shows it. */
export interface View {
  /** Draws a trial of what is shown. */
  show(shown: Shown, at: number): void;
  /** Hears of every start and stop. */
  starts(running: boolean): void;
  /** Hears, once for all that happened together, that something else is wanted or shown: `text` is the state to be kept. */
  rests(text: string): void;
  /** Whether runs are on their way. */
  waits(busy: boolean): void;
  /** The runs are there. */
  made(): void;
  /** The runs could not be made. */
  failed(error: unknown): void;
}

/** Runs with what ends them; `field` says which they are. */
interface Begun {
  readonly race: Race;
  readonly seed: number;
  readonly field: string;
  readonly end: AbortController;
}

/** A state as it is written here, whatever is wrong in it replaced. */
export function normal(text: string): string {
  const { wanted, unknown } = taken(text);
  return write(wanted, unknown, PLACES);
}

function taken(text: string): { wanted: Wanted; unknown: [string, string][]; notices: string[] } {
  const { values, unknown, notices } = read(text, PLACES);
  const { at, trials } = values;
  if (at !== null && at > trials) notices.push(`at is past the budget of ${trials} tries; the end is taken.`);
  const beside = RIVALS.find((rival) => rival === values.follow) ?? values.beside;
  if (values.beside !== "none" && beside !== values.beside) notices.push(`One searcher stands beside the five: ${beside}, which is followed.`);
  return { wanted: inBudget({ ...values, beside }), unknown, notices };
}

/** The searchers of the race that is wanted. */
export function racers({ beside }: Pick<Wanted, "beside">): readonly Searcher[] {
  return beside === "none" ? SEARCHERS : [...SEARCHERS, beside];
}

/** The same with the end in place of a trial that is the end, or past it. */
function inBudget(wanted: Wanted): Wanted {
  const { at, trials } = wanted;
  return { ...wanted, at: at === null || at >= trials ? null : at };
}

export class Stage {
  wanted: Wanted = read("", PLACES).values;
  readonly player: Player;
  readonly #run: Package["run"];
  readonly #view: View;
  #unknown: [string, string][] = [];
  #shown: (Shown & Begun) | undefined;
  /** The runs that are on their way. */
  #pending = new AbortController();
  #opening = false;
  #resting = false;

  constructor(run: Package["run"], view: View) {
    this.#run = run;
    this.#view = view;
    const { trials, speed } = this.wanted;
    this.player = new Player({ length: trials, speed, show: (at) => this.#show(at), starts: (running) => this.#starts(running) });
  }

  /** What there is to be shown. */
  get shown(): Shown | undefined {
    return this.#shown;
  }

  /** The state as text. A trial past the budget is remembered, and not written. */
  get text(): string {
    return write(inBudget(this.wanted), this.#unknown, PLACES);
  }

  /** Wants what a text says; a sentence for each value in it that was replaced. */
  take(text: string): string[] {
    const { wanted, unknown, notices } = taken(text);
    this.wanted = wanted;
    this.#unknown = unknown;
    this.#opening = false;
    this.player.pause();
    this.player.speed = wanted.speed;
    return notices;
  }

  /** Wants something else, as the visitor does. */
  change(values: Partial<Wanted>): void {
    // Whoever touches anything takes over: what was played by itself is now where it is.
    if (this.#opening) this.wanted.at = this.#place(this.player.at);
    this.#opening = false;
    Object.assign(this.wanted, values);
    this.player.speed = this.wanted.speed;
    this.#rest();
  }

  /** Shows trial `at` and rests there. */
  go(at: number): void {
    if (this.#shown === undefined || at < 0 || at > this.player.length) return;
    this.change({ at: this.#place(at) });
    this.player.go(at);
  }

  /** Runs, from the start where this is the end, or pauses. */
  toggle(): void {
    if (this.#shown === undefined) return;
    const { running, at, length } = this.player;
    this.change(!running && at >= length ? { at: 0 } : {});
    if (running) this.player.pause();
    else this.player.run();
  }

  /** Once, by itself, and quickly. */
  open(): void {
    if (this.#shown === undefined || this.wanted.at !== null) return;
    this.#opening = true;
    this.player.run(Math.max(this.wanted.speed, this.wanted.trials / OPENING));
  }

  /** Makes what is missing of what is wanted, and shows it. */
  async catchUp(): Promise<void> {
    const { seed, trials, at } = this.wanted;
    const shown = this.#shown;
    if (shown === undefined || shown.seed !== seed || shown.field !== this.#field) return this.begin();
    // What else was on its way is wanted no more.
    this.#pending.abort();
    this.#pending = new AbortController();
    if (shown.trials !== trials) return this.#stretch(shown);
    this.#view.waits(false);
    this.player.stay(at ?? trials);
  }

  /** Begins the wanted runs anew; what was there stays until they are. */
  async begin(): Promise<void> {
    this.#pending.abort();
    this.#pending = new AbortController();
    const { seed, figure, follow } = this.wanted;
    const [field, end] = [this.#field, this.#pending];
    const runs: Field = figure === "race" ? { searchers: racers(this.wanted), seeds: SEEDS } : { searchers: [follow], seeds: 1 };
    await this.#stretch({ race: new Race(this.#run, seed, end.signal, runs), seed, field, end });
  }

  /** Ends all runs. */
  end(): void {
    this.player.pause();
    this.#pending.abort();
    this.#shown?.end.abort();
    this.#shown = undefined;
  }

  /** Which runs the wanted figure is drawn of: all, or the first of one searcher. */
  get #field(): string {
    const { figure, follow } = this.wanted;
    return figure === "race" ? racers(this.wanted).join() : follow;
  }

  /** Has runs go as far as the wanted budget, and shows them where they are still wanted. */
  async #stretch({ race, seed, field, end }: Begun): Promise<void> {
    const { trials } = this.wanted;
    const wanted = () => !end.signal.aborted && seed === this.wanted.seed && field === this.#field && trials === this.wanted.trials;
    this.#view.waits(true);
    try {
      await race.to(trials);
    } catch (error) {
      if (!wanted()) return;
      this.#view.waits(false);
      this.#view.failed(error);
      return;
    }
    // Whatever is wanted instead says when it is there.
    if (!wanted()) return;
    // What is shown no more is held no longer.
    if (this.#shown?.race !== race) this.#shown?.end.abort();
    this.#pending = new AbortController();
    const { figure, follow } = this.wanted;
    this.#shown = { race, seed, field, end, trials, series: race.series(trials), figure, follow };
    this.player.length = trials;
    this.#view.waits(false);
    this.#view.made();
    this.player.stay(this.wanted.at ?? trials);
  }

  #show(at: number): void {
    if (this.#shown === undefined) return;
    if (this.player.running && !this.#opening) this.wanted.at = this.#place(at);
    const { figure, follow } = this.wanted;
    // Until the runs of another figure are there, this one stays what it is.
    if (this.#shown.field === this.#field) this.#shown = { ...this.#shown, figure, follow };
    this.#view.show(this.#shown, at);
    if (!this.player.running) this.#rest();
  }

  #starts(running: boolean): void {
    this.#view.starts(running);
    if (running) return;
    this.#opening = false;
    this.#rest();
  }

  /** Tells of what is wanted now, after all that belongs together has happened. */
  #rest(): void {
    if (this.#resting) return;
    this.#resting = true;
    queueMicrotask(() => {
      this.#resting = false;
      this.#view.rests(this.text);
    });
  }

  /** A trial as the state has it. */
  #place(at: number): number | null {
    return at >= this.player.length ? null : at;
  }
}
