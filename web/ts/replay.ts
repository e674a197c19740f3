/** Replay: every trial of a log asked anew, and compared line by line. */

import { onAbort } from "./aborts.js";
import { core, resultsWith } from "./core.js";
import type { Difference, Metric, Replayed, RunSpec } from "./documents.js";
import type { Host } from "./host.js";
import { linesOf, parseLine } from "./log.js";
import type { Trains } from "./engine.js";
import { type Answer, type Failed, type Measured, type Objective, type Question, ask } from "./objective.js";
import { specification } from "./specification.js";
import { Networks } from "./training/networks.js";
import { due, next } from "./turns.js";
import type { Replay } from "./wasm/bilevel_web.js";

/** How a log is replayed. */
export interface ReplayOptions {
  /** Ends it: the promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** The function that answered, where the objective is one. */
  objective?: Objective | undefined;
  /** The share of the larger by which two values may differ and count as the same, 0 (to the last bit) to 1. */
  tolerance?: number | undefined;
}

/** The most differences in the document, as in the terminal's. */
const MOST_SHOWN = 1000;

/** Replays a log on this thread, in slices. Gives the document of `bilevel replay --json`. */
export async function replay(
  host: Host,
  spec: RunSpec | string,
  log: string | readonly string[],
  options: ReplayOptions,
): Promise<Replayed> {
  const { signal, objective, tolerance = 0 } = options;
  signal?.throwIfAborted();
  const text = specification(spec, objective !== undefined);
  const lines = linesOf(log);
  const wasm = await core(host);
  const results = await resultsWith(host, wasm.filesOfRun(text));
  const replay = new wasm.Replay(text, results, tolerance);
  let networks: Networks | undefined;
  let forget = () => {};
  const aborted = new Promise<never>((_, reject) => {
    if (signal) forget = onAbort(signal, () => reject(signal.reason));
  });
  aborted.catch(() => {});
  try {
    signal?.throwIfAborted();
    const { metrics, trains } = JSON.parse(replay.about()) as { metrics: Metric[]; trains: Trains | null };
    networks = trains === null ? undefined : new Networks(host, trains);
    await Promise.race([networks?.begin(), aborted]);
    const asked = (question: Question) => Promise.race([networks?.answer(question) ?? answered(question, metrics, options), aborted]);
    return await compared(replay, lines, signal, asked);
  } finally {
    forget();
    networks?.end();
    replay.free();
  }
}

async function answered(question: Question, metrics: readonly Metric[], { objective, signal }: ReplayOptions): Promise<Answer> {
  if (!objective) throw new Error("the objective is a function, and none was given; pass it as `objective`");
  return ask(objective, metrics, question, signal ?? new AbortController().signal);
}

async function compared(
  replay: Replay,
  lines: readonly string[],
  signal: AbortSignal | undefined,
  asked: (question: Question) => Promise<Answer>,
): Promise<Replayed> {
  const found: Difference[] = [];
  let different = 0;
  for (const line of lines) {
    const question = replay.line(line);
    const answer = question === undefined ? undefined : await asked(JSON.parse(question) as Question);
    const { values, seconds, failure }: Partial<Measured & Failed> = answer ?? {};
    const text = replay.compare(values as Float64Array<ArrayBuffer> | undefined, seconds, failure);
    const { differences, goes_on } = JSON.parse(text) as { differences: Difference[]; goes_on: boolean };
    different += differences.length > 0 ? 1 : 0;
    found.push(...differences.slice(0, MOST_SHOWN - found.length));
    if (!goes_on) break;
    if (due()) await next();
    signal?.throwIfAborted();
  }
  const last = lines.at(-1);
  return {
    schema_version: 1,
    trials: lines.length,
    different,
    digest: last === undefined ? null : parseLine(last).digest,
    tolerance: replay.tolerance,
    largest_difference: replay.largest,
    differences: found,
  };
}
