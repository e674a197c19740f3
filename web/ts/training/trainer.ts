/** One network trained step by step, as its caller sees it: events to iterate over, a result to await, and a hand on it. */

import { onAbort } from "../aborts.js";
import type { Training } from "../documents.js";
import type { Host } from "../host.js";
import { textOf } from "../specification.js";
import type { About, Device, Judgement } from "./calls.js";
import { deviceOf } from "./devices.js";
import { Feed } from "./feed.js";
import { Lost, Workshop } from "./workshop.js";

/** How a network is trained. */
export interface TrainOptions {
  /** Size and training; what is left out is as in a terminal. `device` is `cpu` or, in a browser, `webgpu`. */
  training?: Omit<Training, "device"> & { device?: Device };
  /** Decides weights, images and batches: 0 to 2^64 − 1, 7 where it is not said, as in a terminal. */
  seed?: number | bigint | undefined;
  /** Ends it: `result` and the iteration reject with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Whether it waits for `step` or `resume` before its first step. */
  paused?: boolean | undefined;
}

/** A step that was made. */
export interface StepEvent {
  readonly kind: "step";
  /** Its epoch, from 1. */
  readonly epoch: number;
  /** Which of the epoch it was, from 1, of so many. */
  readonly number: number;
  readonly of: number;
  /** The cross-entropy of its images before the step, in nats. */
  readonly loss: number;
  readonly learningRate: number;
  /** The time that it took, with the way to the Worker and back. */
  readonly milliseconds: number;
}

/** An epoch that has ended. */
export interface EpochEvent extends Judgement {
  readonly kind: "epoch";
  /** Which, from 1, of so many. */
  readonly epoch: number;
  readonly of: number;
  /** The mean cross-entropy of its steps, in nats; `loss` is that of the images it never sees in training. */
  readonly trainLoss: number;
}

/** The device went away: training goes on in another Worker, after the last epoch whose weights were kept. */
export interface LostEvent {
  readonly kind: "lost";
  readonly reason: string;
  /** How many epochs it has behind it there. */
  readonly epoch: number;
}

export type TrainEvent = StepEvent | EpochEvent | LostEvent;

/** A trained network. */
export interface TrainedNetwork extends Judgement {
  readonly architecture: string;
  readonly device: Device;
  readonly epochs: number;
  readonly parameters: number;
  readonly flops: number;
  /** A file of safetensors with its architecture and normalisation, which PyTorch and `bilevel` read. */
  readonly weights: Uint8Array;
}

/** Training has no finite loss any more. */
export class Diverged extends Error {
  override readonly name = "Diverged";
}

/** How often a device may go away before the same epoch ends. */
const MOST_LOST = 3;

/** A network in training. It goes on by itself; whoever iterates late sees every event. */
export class Trainer implements AsyncIterable<TrainEvent> {
  /** The trained network, after the last epoch or where it was stopped. Rejects with `Diverged`, or why it could not go on. */
  readonly result: Promise<TrainedNetwork>;
  /** What is known before the first step. Rejects as `result`. */
  readonly about: Promise<About>;

  readonly #architecture: string;
  readonly #options: TrainOptions;
  readonly #feed = new Feed<TrainEvent>();
  #known!: { resolve(about: About): void; reject(reason: unknown): void };
  #workshop: Workshop | undefined;
  /** How many more steps may be made. */
  #allowance: number;
  #stopping = false;
  #wake: () => void = () => {};
  /** Steps that were made, those again that were lost. */
  #steps = 0;
  #lost = 0;
  #kept: { weights: Uint8Array; epochs: number } | undefined;

  /** Made by `train`. */
  constructor(host: Host, architecture: string, options: TrainOptions) {
    const { signal, paused = false } = options;
    this.#architecture = architecture;
    this.#options = options;
    this.#allowance = paused ? 0 : Infinity;
    this.about = new Promise((resolve, reject) => (this.#known = { resolve, reject }));
    let forget = () => {};
    const aborted = new Promise<never>((_, reject) => {
      if (signal) forget = onAbort(signal, () => reject(signal.reason));
    });
    this.result = Promise.race([this.#go(host), aborted]);
    // Whoever only iterates learns of an error there.
    this.about.catch(() => {});
    const end = (error?: { reason: unknown }) => {
      forget();
      this.#feed.end(error);
      this.#workshop?.end();
      this.#wake();
      if (error) this.#known.reject(error.reason);
    };
    this.result.then(
      () => end(),
      (reason: unknown) => end({ reason }),
    );
  }

  async #go(host: Host): Promise<TrainedNetwork> {
    const { signal, seed = 7, training = {} } = this.#options;
    signal?.throwIfAborted();
    const device = deviceOf(training.device);
    const text = textOf("a training", training);
    for (;;) {
      try {
        this.#workshop = await Workshop.open(host, device);
        return await this.#work(this.#workshop, text, String(seed));
      } catch (error) {
        if (!(error instanceof Lost) || this.#feed.over) throw error;
        if (++this.#lost > MOST_LOST) throw new Error(`the GPU went away ${this.#lost} times in one epoch (${error.message}); train on \`cpu\``);
        this.#feed.push({ kind: "lost", reason: error.message, epoch: this.#kept?.epochs ?? 0 });
      }
    }
  }

  async #work(workshop: Workshop, training: string, seed: string): Promise<TrainedNetwork> {
    const about = await workshop.call("begin", this.#architecture, training, seed, this.#kept);
    this.#known.resolve(about);
    let epochs = this.#kept?.epochs ?? 0;
    while (epochs < about.epochs && (await this.#allowed())) {
      const began = performance.now();
      const step = await workshop.call("step");
      if ("diverged" in step) throw new Diverged(step.diverged);
      const { epoch, number, of, loss, learning_rate: learningRate, ended } = step;
      this.#steps += 1;
      this.#feed.push({ kind: "step", epoch, number, of, loss, learningRate, milliseconds: performance.now() - began });
      if (ended === null) continue;
      epochs = epoch;
      const judgement = await workshop.call("judge");
      this.#kept = { weights: await workshop.call("weights"), epochs };
      this.#lost = 0;
      this.#feed.push({ kind: "epoch", epoch, of: about.epochs, trainLoss: ended, ...judgement });
    }
    const judgement = await workshop.call("judge");
    const weights = await workshop.call("weights");
    const { parameters, flops } = about;
    return { architecture: this.#architecture, device: workshop.device, epochs, parameters, flops, weights, ...judgement };
  }

  /** Waits until a step may be made; false where it is to be stopped. */
  async #allowed(): Promise<boolean> {
    while (this.#allowance <= 0 && !this.#stopping && !this.#feed.over) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#allowance -= 1;
    return !this.#stopping && !this.#feed.over;
  }

  /** Makes no more steps until `resume` or `step`. */
  pause(): void {
    this.#allowance = 0;
  }

  /** Goes on after a pause. */
  resume(): void {
    this.#allowance = Infinity;
    this.#wake();
  }

  /** Makes `count` more steps and pauses then. Resolves when they are made or it has ended; rejects where it failed. */
  async step(count = 1): Promise<void> {
    if (!Number.isSafeInteger(count) || count < 1) throw new RangeError(`it is 1 step or more, got ${count}`);
    const target = this.#steps + count;
    this.#allowance = count + (Number.isFinite(this.#allowance) ? Math.max(this.#allowance, 0) : 0);
    this.#wake();
    while (this.#steps < target && !this.#feed.over) await this.#feed.change;
    if (this.#steps < target) await this.result;
  }

  /** Ends it in good order: the network is what it is by now. */
  stop(): Promise<TrainedNetwork> {
    this.#stopping = true;
    this.#wake();
    return this.result;
  }

  /** The events from the first on, each as soon as it happens; ends with the training. */
  [Symbol.asyncIterator](): AsyncGenerator<TrainEvent, void, undefined> {
    return this.#feed[Symbol.asyncIterator]();
  }
}
