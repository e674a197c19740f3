/** What a page and its Worker say to each other. Runs share a Worker, so that every message names its run. */

import type { Summary } from "./documents.js";
import type { Batch, Beginning, Setting } from "./engine.js";
import type { Answer, Question } from "./objective.js";

/** To the Worker. */
export type ToWorker =
  | { kind: "module"; module: WebAssembly.Module }
  | { kind: "file"; name: string; bytes?: Uint8Array; error?: string }
  /** `objective` is the address of a module whose default export is asked in the Worker. */
  | { kind: "begin"; run: number; beginning: Beginning; objective?: string | undefined }
  | { kind: "allow"; run: number; trials: number | null }
  | { kind: "stop"; run: number }
  | { kind: "abort"; run: number }
  | { kind: "answer"; run: number; id: number; answer: Answer };

/** From the Worker. */
export type FromWorker =
  | { kind: "file"; name: string }
  | { kind: "began"; run: number; setting: Setting; policy: Float64Array | undefined }
  | { kind: "told"; run: number; batch: Batch }
  | { kind: "ask"; run: number; question: Question }
  | { kind: "ended"; run: number; summary: Summary }
  | { kind: "failed"; run: number; message: string }
  /** The module met a bug: what is in this Worker can no longer be trusted. */
  | { kind: "broken"; message: string };
