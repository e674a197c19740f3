/** Every document: those that the Rust types say, and those that commands put together. */

export type * from "./core_types.js";
export type * from "./figure_types.js";
export type * from "./searcher_types.js";

/** A name and a sentence about it. */
export interface Named {
  name: string;
  about: string;
}

/** What there is to name: the document of `bilevel spaces --json`. */
export interface Names {
  /** The version of this document. */
  schema_version: number;
  spaces: readonly Named[];
  objectives: readonly Named[];
  searchers: readonly Named[];
  /** Published options of searchers, which stand wherever a searcher is named. */
  presets: readonly Named[];
}

/** One field of a line that is not as it should be. */
export interface Difference {
  /** The line of the log, from 1. */
  line: number;
  /** The field, e.g. `values.loss`. */
  field: string;
  /** What it should be. */
  expected: string;
  /** What the log says. */
  logged: string;
}

/** What a replay found: the document of `bilevel replay --json`. */
export interface Replayed {
  /** The version of this document. */
  schema_version: number;
  /** Lines of the log. */
  trials: number;
  /** Lines that differ. */
  different: number;
  /** The digest of the log; null where it has no line. */
  digest: string | null;
  /** By which share of the larger values might differ, 0 to 1. */
  tolerance: number;
  /** By which share they differed at most, 0 to 1. */
  largest_difference: number;
  /** The first 1,000 differences. */
  differences: readonly Difference[];
}
