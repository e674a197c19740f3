/** A run as its caller sees it: ticks to iterate over, a result to await, and a hand on it. */

import { onAbort } from "./aborts.js";
import type { Best, Line, RunSpec, Summary } from "./documents.js";
import { type Batch, type Beginning, type DeviceLoss, type Engine, type Listener, type Setting, engine } from "./engine.js";
import { errorOf } from "./errors.js";
import { Feed } from "./feed.js";
import type { Host, Port } from "./host.js";
import { bestOf, linesOf, parseLine } from "./log.js";
import { type Objective, ask } from "./objective.js";
import { remote } from "./remote.js";
import { specification } from "./specification.js";
import { Networks } from "./training/networks.js";
import { supernetEngine, trainsSupernet } from "./training/supernet.js";
import { due, next } from "./turns.js";

/** How a specification is run. */
export interface RunOptions {
  /** Ends the run: `result` and the iteration reject with the signal's reason, within 100 ms. */
  signal?: AbortSignal | undefined;
  /**
   * A function to be asked, on this thread; or the address of a module whose default export is one, to be asked in a
   * Worker of its own, where even one that never returns does not stand in the way of an abort. Without it the
   * specification names an objective that looks up, or `digits`, whose networks Workers train; a searcher that trains a supernet
   * is in such a Worker as a whole, whatever `worker` says, and each of its epochs is told as a trial.
   */
  objective?: Objective | URL | undefined;
  /**
   * A log to go on from: its text, or its lines. Nothing of it is asked again; a supernet is trained again up to where it was, to the
   * same bits in the same place.
   */
  log?: string | readonly string[] | undefined;
  /** Keeps the policy after every so many trials, for the ticks; a whole number, 0 (never) where it is not said. */
  policyEvery?: number | undefined;
  /** Whether the run waits for `step` or `resume` before its first trial. */
  paused?: boolean | undefined;
  /**
   * Whether the run is in a Worker, by default in browsers and not in Node; or the function that makes it, from
   * `bilevel/worker`, for pages that have a policy on what may become a Worker.
   */
  worker?: boolean | (() => Worker) | undefined;
}

/** A told trial. */
export interface Tick {
  /** How many trials are told with this one. */
  readonly told: number;
  /** Its line of the log. */
  readonly line: Line;
  /** The best so far; null while none has succeeded. */
  readonly best: Best | null;
  /** The probability of each choice at each position, one position after the other, after this trial: where it was kept. */
  readonly policy?: Float64Array;
}

/**
 * A run in progress. It goes on by itself, whether anybody iterates or awaits or not. It keeps its log, about 400 bytes a
 * trial, and 3 kB an epoch of a supernet (750 kB where ENAS' LSTM is the policy): whoever iterates late sees every trial.
 */
export class Run implements AsyncIterable<Tick> {
  /**
   * The document of `bilevel search --json`. Rejects with the words of the core where the specification cannot be run, and
   * with the reason of the signal where it was aborted.
   */
  readonly result: Promise<Summary>;
  /** What is known before the first trial: the specification written out, positions and metrics. Rejects as `result`. */
  readonly setting: Promise<Setting>;
  /** The policy by told trials, where it was kept; at 0 that of the start. */
  readonly policies: ReadonlyMap<number, Float64Array>;
  /** Each time that the device went away under a supernet; the search went on. */
  readonly losses: readonly DeviceLoss[] = [];

  readonly #engine: Engine;
  readonly #lines = new Feed<string>();
  readonly #improved: number[] = [];
  #notices: readonly string[] = [];
  readonly #policies = new Map<number, Float64Array>();
  readonly #ended = new AbortController();
  #settle!: { resolve(summary: Summary): void; reject(reason: unknown): void };
  #begin!: { resolve(setting: Setting): void; reject(reason: unknown): void };

  /** Made by `run`. */
  constructor(host: Host, spec: RunSpec | string, options: RunOptions) {
    this.policies = this.#policies;
    this.result = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    this.setting = new Promise((resolve, reject) => (this.#begin = { resolve, reject }));
    // Whoever only iterates learns of an error there.
    this.result.catch(() => {});
    this.setting.catch(() => {});
    const { signal } = options;
    try {
      signal?.throwIfAborted();
      this.#engine = this.#start(host, spec, options);
    } catch (error) {
      this.#engine = { allow() {}, stop() {}, abort() {} };
      this.#fail(error);
      return;
    }
    if (signal) {
      const abort = () => {
        this.#engine.abort();
        this.#fail(signal.reason);
      };
      this.#ended.signal.addEventListener("abort", onAbort(signal, abort), { once: true });
    }
  }

  #start(host: Host, spec: RunSpec | string, options: RunOptions): Engine {
    const { objective, policyEvery = 0, paused = false } = options;
    if (!Number.isSafeInteger(policyEvery) || policyEvery < 0) {
      throw new RangeError(`policyEvery must be a whole number and ≥ 0, got ${policyEvery}`);
    }
    const beginning: Beginning = {
      spec: specification(spec, objective !== undefined),
      log: options.log === undefined ? [] : linesOf(options.log),
      policyEvery,
      allowance: paused ? 0 : null,
    };
    const listener = this.#listener(host, typeof objective === "function" ? objective : undefined);
    if (trainsSupernet(beginning.spec)) {
      if (objective !== undefined) throw new Error("a searcher that trains a supernet asks no function; leave `objective` out");
      return supernetEngine(host, beginning, listener);
    }
    const inWorker = options.worker ?? (objective instanceof URL || host.usuallyInWorker);
    if (inWorker === false) {
      if (objective instanceof URL) throw new Error("an objective that is named by its address is asked in a Worker; pass its function instead");
      return engine(host, beginning, listener);
    }
    const make = typeof inWorker === "function" ? () => portOf(inWorker()) : host.worker;
    if (!make) throw new Error("there is no Worker in one inline file; pass `worker: false`, or a function that makes one");
    const alone = typeof inWorker === "function" || objective instanceof URL;
    return remote(host, make, alone, beginning, objective instanceof URL ? objective.href : undefined, listener);
  }

  #listener(host: Host, objective: Objective | undefined): Listener {
    let networks: Networks | undefined;
    const fail = (error: unknown) => {
      this.#engine.abort();
      this.#fail(error);
    };
    return {
      began: (setting, policy) => {
        if (policy) this.#policies.set(0, policy);
        this.#begin.resolve(setting);
        if (setting.trains === null || this.#lines.over) return;
        try {
          networks = new Networks(host, setting.trains);
          networks.begin().catch(fail);
        } catch (error) {
          fail(error);
        }
        this.#ended.signal.addEventListener("abort", () => networks?.end(), { once: true });
      },
      told: (batch) => this.#tell(batch),
      ended: (summary) => {
        if (this.#lines.over) return;
        this.#end();
        this.#settle.resolve(summary);
      },
      failed: (error) => this.#fail(error),
      lost: (loss) => void (this.losses as DeviceLoss[]).push(loss),
      ask: (question, metrics) => {
        // That nothing can be trained any more is no failure of the network: the run ends, and its log can be gone on from.
        if (networks) return networks.answer(question).catch((error: unknown) => (fail(error), { failure: errorOf(error).message }));
        if (objective) return ask(objective, metrics, question, this.#ended.signal);
        return Promise.resolve({ failure: "the objective is a function, and none was given; pass it as `objective`" });
      },
    };
  }

  #tell({ lines, improved, policy, notices }: Batch): void {
    if (this.#lines.over) return;
    if (notices) this.#notices = notices;
    const before = this.told;
    for (const index of improved) this.#improved.push(before + index);
    // Every line ends with a break, so that the last part is empty.
    const parts = lines.split("\n").filter((line) => line !== "");
    if (policy) this.#policies.set(before + parts.length, policy);
    this.#lines.push(parts);
  }

  #end(error?: { reason: unknown }): void {
    this.#lines.end(error);
    this.#ended.abort();
  }

  #fail(reason: unknown): void {
    if (this.#lines.over) return;
    this.#settle.reject(reason);
    this.#begin.reject(reason);
    this.#end({ reason });
  }

  /** How many trials are told so far. */
  get told(): number {
    return this.#lines.items.length;
  }

  /** What the searcher has said so far: the alarm of one that trains a supernet, and why it ended early. */
  get notices(): readonly string[] {
    return this.#notices;
  }

  /** The log so far, as `trials.jsonl` has it: to be kept, and to go on from. */
  log(): string {
    return this.#lines.items.map((line) => `${line}\n`).join("");
  }

  /** Lets nothing more be told until `resume` or `step`. Trials that a function works on go on. */
  pause(): void {
    this.#engine.allow(0);
  }

  /** Goes on after a pause. */
  resume(): void {
    this.#engine.allow(null);
  }

  /**
   * Lets `count` more trials be told and pauses then. Resolves with the last of them, or undefined where the run ended
   * first; rejects where it failed.
   */
  async step(count = 1): Promise<Tick | undefined> {
    if (!Number.isSafeInteger(count) || count < 1) throw new RangeError(`a step is of 1 trial or more, got ${count}`);
    const last = this.told + count - 1;
    this.#engine.allow(count);
    const told = await this.#lines.has(last);
    this.#lines.throwIfFailed();
    return told ? this.#tick(last) : undefined;
  }

  /** Ends the run in good order, as Ctrl-C does in a terminal: it has a result, and its log can be gone on from. */
  stop(): Promise<Summary> {
    this.#engine.stop();
    return this.result;
  }

  /** The told trials from the first on, each as soon as it is told; ends with the run. Any number may iterate. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Tick, void, undefined> {
    // What is there already is not waited for: of many trials that would be most of the time.
    for (let index = 0; index < this.told || (await this.#lines.has(index)); index++) {
      // What is told already would keep timers and input waiting until all of it is seen.
      if (due()) await next();
      this.#lines.throwIfFailed();
      yield this.#tick(index);
    }
  }

  #tick(index: number): Tick {
    const line = parseLine(this.#lines.items[index] as string);
    const improved = this.#lastImproved(index);
    const best = improved === undefined ? null : bestOf(improved === index ? line : parseLine(this.#lines.items[improved] as string));
    const policy = this.#policies.get(index + 1);
    return { told: index + 1, line, best, ...(policy ? { policy } : {}) };
  }

  /** The last improvement up to `index`, by bisection. */
  #lastImproved(index: number): number | undefined {
    let [low, high] = [0, this.#improved.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#improved[middle] as number) <= index) low = middle + 1;
      else high = middle;
    }
    return this.#improved[low - 1];
  }
}

/** A browser's Worker as a port. */
export function portOf(worker: Worker): Port {
  return {
    post: (message) => worker.postMessage(message),
    listen: (message, error) => {
      worker.onmessage = (event) => message(event.data);
      worker.onerror = (event) => {
        event.preventDefault();
        error(new Error(event.message || "the Worker could not be started"));
      };
    },
    hold: () => {},
    terminate: () => worker.terminate(),
  };
}
