// The searchers of the race over the same seeds, and what is drawn of them. No page in here: the first frame is made in Node.

export const SPACE = "nas-bench-201";
export const METRIC = { name: "cifar10/val200", unit: "%", direction: "maximise" };
// In the order of the colours that each has on every page.
export const SEARCHERS = ["random", "ppo", "reinforce", "evolution", "local"];
/** What each is called, in prose and beside its line. */
export const NAMES = { random: "Random search", ppo: "PPO", reinforce: "REINFORCE", evolution: "Evolution", local: "Local search" };
const LABELS = { random: "random", ppo: "PPO", reinforce: "REINFORCE", evolution: "evolution", local: "local" };
/** Runs of each searcher. */
export const SEEDS = 20;
/** The most trials of a run. */
export const MOST = 500;

/** The specification of one run, without the budget. */
export function specification(searcher, seed) {
  return { space: SPACE, objective: "table", metric: METRIC.name, searcher, seed };
}

/** What gives the same numbers in a terminal. */
export function command(seed, trials) {
  return `bilevel compare --space ${SPACE} --searchers ${SEARCHERS.join(",")} --seeds ${SEEDS} --seed ${seed} --trials ${trials} --search-metric ${METRIC.name}`;
}

/** The runs of one seed and those that follow it, each as far as it was asked for. */
export class Race {
  /** The positions of the space, as soon as a run has begun. */
  positions = [];
  #run;
  #signal;
  #lanes;
  #advance = Promise.resolve();

  /** `run` is the package's; `signal` ends all runs. */
  constructor(run, seed, signal) {
    this.#run = run;
    this.#signal = signal;
    this.#lanes = SEARCHERS.map((searcher) => Array.from({ length: SEEDS }, (_, index) => this.#lane(searcher, seed + index, index === 0)));
  }

  #lane(searcher, seed, shown) {
    const spec = { ...specification(searcher, seed), budget: { trials: MOST } };
    const run = this.#run(spec, { paused: true, signal: this.#signal, policyEvery: shown ? 1 : 0 });
    return { run, ticks: run[Symbol.asyncIterator](), best: [], lines: [], shown };
  }

  /** Has every run go on until so many trials are told. */
  to(trials) {
    // One after the other: a lane gives its ticks to one reader.
    this.#advance = this.#advance.then(() => this.#all(trials));
    return this.#advance;
  }

  async #all(trials) {
    ({ positions: this.positions } = await this.#lanes[0][0].run.setting);
    await Promise.all(this.#lanes.flat().map((lane) => advance(lane, trials)));
  }

  /** The mean of the best so far and its quartiles over the seeds, up to so many trials. */
  series(trials) {
    return SEARCHERS.map((name, place) => ({
      name,
      points: Array.from({ length: trials }, (_, index) => step(index + 1, this.#lanes[place].map(({ best }) => best[index]))),
    }));
  }

  /** What the first run of a searcher asked at a trial, and what came of it: its line of the log. */
  trial(searcher, number) {
    return this.#first(searcher).lines[number - 1];
  }

  /** The probability of each choice at each position after so many trials, where the searcher has a policy. */
  policy(searcher, trials) {
    return this.#first(searcher).run.policies.get(trials);
  }

  #first(searcher) {
    return this.#lanes[SEARCHERS.indexOf(searcher)][0];
  }
}

async function advance(lane, trials) {
  const missing = trials - lane.best.length;
  if (missing <= 0) return;
  // That it ends first is seen by who waits for its ticks.
  lane.run.step(missing).catch(() => {});
  while (lane.best.length < trials) {
    const { value: tick } = await lane.ticks.next();
    lane.best.push(tick.best.values[METRIC.name]);
    if (lane.shown) lane.lines.push(tick.line);
  }
}

function step(trials, values) {
  const sorted = Float64Array.from(values).sort();
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { trials, mean, low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) };
}

/** As `bilevel compare` has it: linear between neighbours. */
function quantile(sorted, share) {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = sorted[below + 1] ?? sorted[below];
  return sorted[below] + (place - below) * (above - sorted[below]);
}

/** How wide the curves are drawn, in pixels, on a page and on a telephone. */
export const WIDE = 720;
export const NARROW = 340;

/** The curves up to a trial, on the axes of the whole race. */
export function curves(figures, series, until, width) {
  const named = series.map(({ name, points }) => ({ name: LABELS[name], points }));
  return figures.race({ ...METRIC, name: "validation accuracy" }, named, `quartiles of ${SEEDS} runs`, { until, width });
}

/** The curves up to a trial as a table. */
export function table(series, at) {
  const rows = series.flatMap(({ name, points }) => points.slice(0, at).map((point) => [name, point.trials, point.mean, point.low, point.high]));
  return [["searcher", "trials", "mean", "q25", "q75"], ...rows].map((row) => `${row.join(",")}\n`).join("");
}

/** The edge of which a policy is most sure, by its name, and how sure. */
export function surest(policy, positions) {
  let offset = 0;
  const each = positions.map(({ name, choices }) => ({ name, sure: Math.max(...policy.subarray(offset, (offset += choices.length))) }));
  return each.reduce((one, other) => (other.sure > one.sure ? other : one));
}

/** What a race shows at a try, in words; `follow` is the searcher whose policy is spoken of. */
export function inWords(race, series, at, follow) {
  if (at === 0) return "Nobody has tried anything yet. Which one will lead at the end?";
  const [first, second] = ranked(series, at);
  const tries = at === 1 ? "1 try" : `${at} tries`;
  const lead = `After ${tries} ${NAMES[first.name]} leads ${NAMES[second.name]} by ${(first.mean - second.mean).toFixed(2)} points.`;
  const policy = race.policy(follow, at);
  if (!policy) return lead;
  const { name, sure } = surest(policy, race.positions);
  return `${lead} The policy of ${NAMES[follow]}, run 1, is most sure of edge ${name}: ${Math.round(100 * sure)} %.`;
}

/** The searchers at a try, the best first. */
export function ranked(series, at) {
  return series.map(({ name, points }) => ({ name, ...points[at - 1] })).sort((one, other) => other.mean - one.mean);
}
