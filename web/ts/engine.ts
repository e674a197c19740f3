/** One run at work on this thread: the core is stepped, questions are asked, lines are handed on. */

import { core, resultsWith } from "./core.js";
import type { Metric, Position, Summary, Training } from "./documents.js";
import { errorOf } from "./errors.js";
import type { Host } from "./host.js";
import { parseLine } from "./log.js";
import type { Answer, Question } from "./objective.js";
import { SLICE_MS, due, next } from "./turns.js";
import type { Device } from "./training/calls.js";
import type { Run, Steps } from "./wasm/bilevel_web.js";

/** What a run is made of, in a form that a Worker can be sent. */
export interface Beginning {
  /** The specification as JSON text. */
  spec: string;
  /** The lines of a log to go on from. */
  log: string[];
  /** The policy is kept after every so many trials; 0 for never. */
  policyEvery: number;
  /** How many trials may be told before the run pauses; none where it does not. */
  allowance: number | null;
}

/** What is known of a run before its first trial. */
export interface Setting {
  /** The specification with every default written out: a terminal's `spec.json`, byte for byte. */
  readonly spec: string;
  /** The positions of the space, with the names of their choices. */
  readonly positions: readonly Position[];
  /** What the objective measures. */
  readonly metrics: readonly Metric[];
  /** The metric that the search looks at. */
  readonly metric: Metric;
  /** What the networks are trained by; null where none is, or one supernet is. */
  readonly trains: Trains | null;
  /** The supernet, where the searcher trains one. */
  readonly supernet?: SupernetAbout;
}

/** A supernet before its first epoch. */
export interface SupernetAbout {
  /** The positions of its policy, which are the edges with all their operations where mixtures are asked about. */
  readonly positions: readonly Position[];
  readonly epochs: number;
  /** Trainable weights. */
  readonly parameters: number;
  /** About the memory that a step takes at its peak. */
  readonly bytes: number;
}

/**
 * The device went away under a supernet: the search goes on in another Worker, after the last line that was told. Where the GPU
 * does not come back, that is one on the processor.
 */
export interface DeviceLoss {
  readonly reason: string;
  /** How many lines were told by then. */
  readonly told: number;
  /** Where it goes on. */
  readonly device: Device;
}

/** How the networks of a run are trained. */
export interface Trains {
  /** With every default written out. */
  readonly training: Training;
  /** The seed of the run, in digits. */
  readonly seed: string;
}

/** Some told trials. */
export interface Batch {
  /** Lines of the log, each with its line break. */
  lines: string;
  /** Which of them, from 0, were the best so far when they were told. */
  improved: Uint32Array;
  /** The policy after the last of them, where it is to be kept. */
  policy?: Float64Array;
  /** What the searcher has said so far, where it says anything. */
  notices?: readonly string[];
}

/** Whoever listens to a run. */
export interface Listener {
  began(setting: Setting, policy: Float64Array | undefined): void;
  told(batch: Batch): void;
  ended(summary: Summary): void;
  failed(error: Error): void;
  lost(loss: DeviceLoss): void;
  /** Has a question answered, where the objective is a function or trains networks. */
  ask(question: Question, metrics: readonly Metric[]): Promise<Answer>;
}

/** Whoever steers a run. */
export interface Engine {
  /** Lets so many more trials be told and pauses then; `null` lets it run. */
  allow(trials: number | null): void;
  /** Ends it in good order: it can be resumed from its log. */
  stop(): void;
  /** Ends it without a word. */
  abort(): void;
}

/** How many trials may be told when `more` are allowed beside `now`: 0 takes back what was, and `null` is without an end. */
export function allowance(now: number, more: number | null): number {
  if (more === null) return Infinity;
  return more === 0 ? 0 : (Number.isFinite(now) ? now : 0) + more;
}

/** The most trials that are told in one call of the core. */
const MOST_IN_A_CALL = 1 << 16;

/** An engine on this thread. */
export function engine(host: Pick<Host, "module" | "file">, beginning: Beginning, listener: Listener): Engine {
  const here = new Here(beginning, listener);
  here.go(host).catch((error: unknown) => {
    if (!here.aborted) listener.failed(errorOf(error));
  });
  return here;
}

class Here implements Engine {
  #allowance: number;
  #stopping = false;
  #aborted = false;
  /** Whether the run is given back to the module: answers that come later have nowhere to go. */
  #freed = false;
  #wake: () => void = () => {};
  /** Seconds of wall time, without pauses and with what the log says was before. */
  #elapsed = 0;
  #metrics: readonly Metric[] = [];
  #call = 64;

  constructor(
    readonly beginning: Beginning,
    readonly listener: Listener,
  ) {
    this.#allowance = beginning.allowance ?? Infinity;
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  allow(trials: number | null): void {
    this.#allowance = allowance(this.#allowance, trials);
    this.#wake();
  }

  stop(): void {
    this.#stopping = true;
    this.#wake();
  }

  abort(): void {
    this.#aborted = true;
    this.#wake();
  }

  async go(host: Pick<Host, "module" | "file">): Promise<void> {
    const { spec, log } = this.beginning;
    const wasm = await core(host);
    const results = await resultsWith(host, wasm.filesOfRun(spec));
    if (this.#aborted) return;
    const run = new wasm.Run(spec, results);
    try {
      this.#begin(run);
      await this.#feed(run, log);
      await this.#steps(run);
      if (!this.#aborted) this.listener.ended(JSON.parse(run.summary()) as Summary);
    } finally {
      this.#freed = true;
      run.free();
    }
  }

  #begin(run: Run): void {
    const setting = { ...(JSON.parse(run.about()) as Omit<Setting, "spec">), spec: run.spec() };
    this.#metrics = setting.metrics;
    this.listener.began(setting, this.beginning.policyEvery > 0 ? run.policy() : undefined);
  }

  async #feed(run: Run, log: readonly string[]): Promise<void> {
    for (const [index, line] of log.entries()) {
      const best = run.feed(line);
      this.#elapsed = Math.max(this.#elapsed, parseLine(line).elapsed ?? 0);
      this.#tell(run, `${line}\n`, Uint32Array.from(best ? [0] : []), index + 1);
      if (due()) await next();
      if (this.#aborted) return;
    }
  }

  async #steps(run: Run): Promise<void> {
    while (!this.#aborted && !this.#stopping) {
      // Before the work and not after it: an abort that is on its way comes first.
      if (due()) {
        const began = performance.now();
        await next();
        if (this.#allowance > 0) this.#elapsed += (performance.now() - began) / 1000;
        continue;
      }
      const most = Math.min(this.#allowance, this.#call, this.#untilSnapshot(run.told));
      // Made before the step, so that no answer can come between the two unseen.
      const woken = new Promise<void>((resolve) => (this.#wake = resolve));
      const began = performance.now();
      const told = run.told;
      if (most > 0) {
        const steps = run.step(most, this.#elapsed);
        const finished = this.#take(run, steps, told);
        steps.free();
        if (finished) return;
      }
      const paused = most === 0;
      if (run.told - told === most && !paused) this.#pace(performance.now() - began);
      else await woken;
      if (!paused) this.#elapsed += (performance.now() - began) / 1000;
    }
  }

  /** Hands on what came of some steps; whether the run is over. */
  #take(run: Run, steps: Steps, before: number): boolean {
    for (const question of JSON.parse(steps.questions()) as Question[]) this.#ask(run, question);
    const told = run.told - before;
    if (told > 0) {
      this.#allowance -= told;
      this.#tell(run, steps.lines, steps.improved, run.told);
    }
    return steps.finished;
  }

  #tell(run: Run, lines: string, improved: Uint32Array, told: number): void {
    const { policyEvery } = this.beginning;
    const policy = policyEvery > 0 && told % policyEvery === 0 ? run.policy() : undefined;
    this.listener.told({ lines, improved, ...(policy ? { policy } : {}) });
  }

  #ask(run: Run, question: Question): void {
    void this.listener.ask(question, this.#metrics).then((answer) => {
      if (this.#freed) return;
      if ("values" in answer) run.answer(question.id, answer.values, answer.seconds);
      else run.fail(question.id, answer.failure);
      this.#wake();
    });
  }

  /** How many trials until the policy is to be kept. */
  #untilSnapshot(told: number): number {
    const { policyEvery } = this.beginning;
    return policyEvery > 0 ? policyEvery - (told % policyEvery) : Infinity;
  }

  /** Calls as long as half a slice: an abort need not wait, and the boundary is not crossed for every trial. */
  #pace(milliseconds: number): void {
    if (milliseconds < SLICE_MS / 4) this.#call = Math.min(this.#call * 2, MOST_IN_A_CALL);
    else if (milliseconds > SLICE_MS / 2) this.#call = Math.max(this.#call >> 1, 1);
  }
}
