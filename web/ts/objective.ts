/** A JavaScript function as an objective: what it is asked, and what its answer means. */

import type { Metric } from "./documents.js";
import { errorOf } from "./errors.js";

/** A question to a function. */
export interface Trial {
  /** The number of the trial in its run, from 0 in the order of asking. */
  readonly id: number;
  /** The architecture as text, e.g. `|nor_conv_3x3~0|+…`. */
  readonly architecture: string;
  /** The index of the choice at each position, from 0. */
  readonly choices: readonly number[];
  /** The epochs of training that the searcher asks for; null where it leaves that to the function. */
  readonly epochs: number | null;
  /** For whatever the function draws that is to differ from trial to trial; 64 bits. */
  readonly seed: bigint;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** A value for each metric by name, in the metric's unit; the number alone where there is one metric. */
export type Values = number | Readonly<Record<string, number>>;

/**
 * What is minimised (or maximised: its metric says so). What it throws is the failure of the trial, not of the run, and so
 * is a value that is no finite number.
 */
export type Objective = (architecture: string, trial: Trial) => Values | Promise<Values>;

/** Values in the order of the metrics, and the seconds that they took, where that is a cost. */
export interface Measured {
  readonly values: Float64Array;
  readonly seconds?: number;
}

/** Why there are none. */
export interface Failed {
  readonly failure: string;
}

/** What became of a question. */
export type Answer = Measured | Failed;

/** A question as the core writes it. */
export interface Question {
  id: number;
  architecture: string;
  choices: number[];
  epochs: number | null;
  seed: string;
}

/** Asks `objective`, which measures `metrics`. */
export async function ask(
  objective: Objective,
  metrics: readonly Metric[],
  question: Question,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    const trial = { ...question, seed: BigInt(question.seed), signal };
    return valuesOf(metrics, await objective(question.architecture, trial));
  } catch (error) {
    return { failure: errorOf(error).message };
  }
}

/** The values in the order of the metrics. That they are finite is for the core to judge. */
function valuesOf(metrics: readonly Metric[], said: unknown): Answer {
  const first = metrics[0];
  if (typeof said === "number" && first && metrics.length === 1) return { values: Float64Array.of(said) };
  const names = metrics.map((metric) => metric.name);
  if (typeof said !== "object" || said === null) {
    return { failure: `the function gave ${typeof said}; it is to give a number for each of ${names.join(", ")}` };
  }
  const given = said as Record<string, unknown>;
  const other = Object.keys(given).find((name) => !names.includes(name));
  if (other !== undefined) return { failure: `there is no metric \`${other}\`; this objective has ${names.join(", ")}` };
  const missing = names.find((name) => typeof given[name] !== "number");
  if (missing !== undefined) return { failure: `the function gave no number for ${missing}` };
  return { values: Float64Array.from(names, (name) => given[name] as number) };
}
