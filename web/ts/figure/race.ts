/** The searchers of the race over the same seeds, and what is drawn of them. No page in here: it draws in Node as well. */

import type { Line, Metric, Position, RaceSeries, RaceStep, RunSpec } from "../documents.js";
import type { Figures } from "../library.js";
import type { Package } from "../package.js";
import type { Run, Tick } from "../run.js";

export const SPACE = "nas-bench-201";
export const METRIC: Metric = { name: "cifar10/val200", unit: "%", direction: "maximise" };
/** In the order of the colours that each has in every figure. */
export const SEARCHERS = ["random", "ppo", "reinforce", "evolution", "local"] as const;
/** Searchers that one may run beside them: every other estimator of a gradient that follows five choices. */
export const RIVALS = [
  "softmax", "concrete", "straight-through", "gumbel-rao", "reinmax", "dirichlet",
  "rloo", "nvil", "unordered-set", "indecater", "muprop", "rebar", "relax", "lax",
] as const;
export type Rival = (typeof RIVALS)[number];
/** Those that ask about mixtures of cells too. A table answers with the mean of its cells, of which nobody else hears at once. */
export const MIXERS: readonly string[] = ["softmax", "concrete", "straight-through", "gumbel-rao", "reinmax", "dirichlet", "muprop", "rebar"];
export type Searcher = (typeof SEARCHERS)[number] | Rival;
const called = Object.fromEntries(RIVALS.map((name) => [name, name])) as Record<Rival, string>;
/** What each is called, in prose and beside its line. */
export const NAMES: Record<Searcher, string> = { random: "Random search", ppo: "PPO", reinforce: "REINFORCE", evolution: "Evolution", local: "Local search", ...called };
const LABELS: Record<Searcher, string> = { random: "random", ppo: "PPO", reinforce: "REINFORCE", evolution: "evolution", local: "local", ...called };
/** Runs of each searcher. */
export const SEEDS = 20;
/** The most trials of a run. */
export const MOST = 500;
/** How wide the curves are drawn, in pixels, on a page and on a telephone. */
export const WIDE = 720;
export const NARROW = 340;

/** Which runs a race has. */
export interface Field {
  readonly searchers: readonly Searcher[];
  /** Runs of each. */
  readonly seeds: number;
}

/** The curves of one searcher. */
export interface Curve extends RaceSeries {
  name: Searcher;
}

/** One run as far as it was asked for. */
interface Lane {
  run: Run;
  ticks: AsyncIterator<Tick, void>;
  /** The best value of the metric after each trial; NaN while only mixtures were asked about, which are no architectures. */
  best: number[];
  /** The log, of the first run of a searcher. */
  lines: Line[];
  shown: boolean;
}

/** What gives the numbers of the whole race in a terminal. */
export function command(seed: number, trials: number, searchers: readonly Searcher[] = SEARCHERS): string {
  return `bilevel compare --space ${SPACE} --searchers ${searchers.join(",")} --seeds ${SEEDS} --seed ${seed} --trials ${trials} --search-metric ${METRIC.name}`;
}

/** The runs of one seed and those that follow it. */
export class Race {
  /** The positions of the space, as soon as a run has begun. */
  positions: readonly Position[] = [];
  readonly #lanes: ReadonlyMap<Searcher, Lane[]>;
  #advance: Promise<void> = Promise.resolve();

  /** `run` is the package's; `signal` ends all runs. Nothing is asked before `to`. */
  constructor(run: Package["run"], seed: number, signal?: AbortSignal, { searchers, seeds }: Field = { searchers: SEARCHERS, seeds: SEEDS }) {
    const lane = (searcher: Searcher, index: number): Lane => {
      const spec: RunSpec = { space: SPACE, objective: { name: "table", searched_only: true }, metric: METRIC.name, searcher, seed: seed + index, budget: { trials: MOST } };
      const shown = index === 0;
      const begun = run(spec, { paused: true, signal, policyEvery: shown ? 1 : 0 });
      return { run: begun, ticks: begun[Symbol.asyncIterator](), best: [], lines: [], shown };
    };
    this.#lanes = new Map(searchers.map((searcher) => [searcher, Array.from({ length: seeds }, (_, index) => lane(searcher, index))]));
  }

  /** Has every run go on until so many trials are told. */
  to(trials: number): Promise<void> {
    // One after the other: a lane gives its ticks to one reader.
    this.#advance = this.#advance.then(() => this.#all(trials));
    return this.#advance;
  }

  async #all(trials: number): Promise<void> {
    const lanes = [...this.#lanes.values()].flat();
    for (const { run } of lanes.slice(0, 1)) ({ positions: this.positions } = await run.setting);
    await Promise.all(lanes.map((lane) => advance(lane, trials)));
  }

  /** The mean of the best so far and its quartiles over the seeds, up to so many trials, from where every run has one. */
  series(trials: number): Curve[] {
    const points = (lanes: readonly Lane[]) =>
      Array.from({ length: trials }, (_, index) => step(index + 1, lanes.map(({ best }) => best[index] as number))).filter(({ mean }) => !Number.isNaN(mean));
    return [...this.#lanes].map(([name, lanes]) => ({ name, points: points(lanes) }));
  }

  /** What the first run of a searcher asked at a trial, and what came of it: its line of the log. */
  trial(searcher: Searcher, number: number): Line | undefined {
    return this.#first(searcher).lines[number - 1];
  }

  /** The probability of each choice at each position after so many trials, where the searcher has a policy. */
  policy(searcher: Searcher, trials: number): Float64Array | undefined {
    return this.#first(searcher).run.policies.get(trials);
  }

  #first(searcher: Searcher): Lane {
    const lane = this.#lanes.get(searcher)?.[0];
    if (!lane) throw new RangeError(`${searcher} is not in this race`);
    return lane;
  }
}

async function advance(lane: Lane, trials: number): Promise<void> {
  const missing = trials - lane.best.length;
  if (missing <= 0) return;
  // That it ends first is seen by who waits for its ticks.
  lane.run.step(missing).catch(() => {});
  while (lane.best.length < trials) {
    const { value: tick } = await lane.ticks.next();
    if (!tick) throw new Error(`the run ended after ${lane.best.length} of ${trials} trials`);
    lane.best.push(tick.best?.values[METRIC.name] ?? Number.NaN);
    if (lane.shown) lane.lines.push(tick.line);
  }
}

function step(trials: number, values: readonly number[]): RaceStep {
  const sorted = Float64Array.from(values).sort();
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { trials, mean, low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) };
}

/** As `bilevel compare` has it: linear between neighbours. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] as number;
  const above = sorted[Math.floor(place) + 1] ?? below;
  return below + (place % 1) * (above - below);
}

/** The curves up to a trial, on the axes of the whole race. */
export function curves(figures: Figures, series: readonly Curve[], until: number, width: number): string {
  const named = series.map(({ name, points }) => ({ name: LABELS[name], points }));
  return figures.race({ ...METRIC, name: "validation accuracy" }, named, `quartiles of ${SEEDS} runs`, { until, width });
}

/** The curves up to a trial as a table. */
export function table(series: readonly Curve[], at: number): string {
  const rows = series.flatMap(({ name, points }) => points.filter(({ trials }) => trials <= at).map(({ trials, mean, low, high }) => [name, trials, mean, low, high]));
  return [["searcher", "trials", "mean", "q25", "q75"], ...rows].map((row) => `${row.join(",")}\n`).join("");
}

/** The searchers that have a best at a trial from 1 on, the best first. */
export function ranked(series: readonly Curve[], at: number): (RaceStep & { name: Searcher })[] {
  const there = series.flatMap(({ name, points }) => points.filter(({ trials }) => trials === at).map((step) => ({ name, ...step })));
  return there.sort((one, other) => other.mean - one.mean);
}

/** What a trial asked about and what it heard, in words. */
export function heard({ values, mixture }: Line): string {
  const value = `${(values[METRIC.name] as number).toFixed(2)} %`;
  return mixture ? `a mixture worth ${value}, this cell its largest part` : value;
}

/** What a race shows at a trial, in words; `follow` is the searcher whose policy is spoken of. */
export function inWords(race: Race, series: readonly Curve[], at: number, follow: Searcher): string {
  if (at === 0) return "Nobody has tried anything yet. Which one will lead at the end?";
  const [first, second] = ranked(series, at) as [RaceStep & { name: Searcher }, RaceStep & { name: Searcher }];
  // Of the rounded values, which stand in the table.
  const points = (Number(first.mean.toFixed(2)) - Number(second.mean.toFixed(2))).toFixed(2);
  const who = points === "0.00" ? `${NAMES[first.name]} and ${NAMES[second.name]} are level` : `${NAMES[first.name]} leads ${NAMES[second.name]} by ${points} points`;
  const lead = `After ${tries(at)} ${who}.`;
  const policy = race.policy(follow, at);
  if (!policy) return lead;
  const { name, sure } = surest(policy, race.positions);
  if (sure < UNDECIDED) return `${lead} The policy of ${NAMES[follow]}, run 1, is undecided.`;
  return `${lead} The policy of ${NAMES[follow]}, run 1, is most sure of edge ${name}: ${Math.round(100 * sure)} %.`;
}

/** A policy that gives no choice of five more than this believes nothing yet. */
const UNDECIDED = 0.25;

/** So many tries, in words. */
export function tries(count: number): string {
  return count === 1 ? "1 try" : `${count} tries`;
}

/** The edge of which a policy is most sure, by its name, and how sure. */
function surest(policy: Float64Array, positions: readonly Position[]): { name: string; sure: number } {
  let offset = 0;
  const each = positions.map(({ name, choices }) => ({ name, sure: Math.max(...policy.subarray(offset, (offset += choices.length))) }));
  return each.reduce((one, other) => (other.sure > one.sure ? other : one));
}
