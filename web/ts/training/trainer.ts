/** One network trained step by step, as its caller sees it: events to iterate over, a result to await, and a hand on it. */

import { onAbort } from "../aborts.js";
import type { Training } from "../documents.js";
import { Feed } from "../feed.js";
import type { Host } from "../host.js";
import { textOf } from "../specification.js";
import type { About, Device, Judgement } from "./calls.js";
import { MOST_LOST, deviceOf } from "./devices.js";
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

/**
 * The device went away: training goes on in another Worker, after the last epoch whose weights were kept. Where the GPU does
 * not come back, that is one on the processor.
 */
export interface LostEvent {
  readonly kind: "lost";
  readonly reason: string;
  /** How many epochs it has behind it there. */
  readonly epoch: number;
  /** Where it goes on. */
  readonly device: Device;
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

/** A network in training. It goes on by itself; whoever iterates late sees every event. */
export class Trainer implements AsyncIterable<TrainEvent> {
  /** The trained network, after the last epoch or where it was stopped. Rejects with `Diverged`, or why it could not go on. */
  readonly result: Promise<TrainedNetwork>;
  /** What is known before the first step. Rejects as `result`. */
  readonly about: Promise<About>;

  readonly #architecture: string;
  readonly #options: TrainOptions;
  readonly #feed = new Feed<TrainEvent>();
  readonly #ended = new AbortController();
  #known!: { resolve(about: About): void; reject(reason: unknown): void };
  /** The step, of all epochs, after which it rests. */
  #target: number;
  #stopping = false;
  #wake: () => void = () => {};
  /** The steps behind it, and whether one more is on its way. */
  #made = 0;
  #making = false;
  #lost = 0;
  /** As it was after its last epoch. */
  #kept: Snapshot | undefined;

  /** Made by `train`. */
  constructor(host: Host, architecture: string, options: TrainOptions) {
    const { signal, paused = false } = options;
    this.#architecture = architecture;
    this.#options = options;
    this.#target = paused ? 0 : Infinity;
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
      this.#ended.abort();
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
    if (typeof this.#architecture !== "string") throw new TypeError("an architecture is text, e.g. `|nor_conv_3x3~0|+…`");
    if (typeof seed === "number" && !Number.isInteger(seed)) throw new RangeError(`a seed is a whole number, got ${seed}`);
    if (typeof seed === "number" && seed > Number.MAX_SAFE_INTEGER) throw new RangeError(`a seed beyond 2^53 is a BigInt, got ${seed}`);
    let device = deviceOf(training.device);
    textOf("a training", training);
    for (let before: Error | undefined; ; ) {
      let workshop: Workshop;
      try {
        workshop = await Workshop.open(host, device, this.#ended.signal);
      } catch (error) {
        // A GPU that was there and does not come back: the processor goes on.
        if (before === undefined || device === "cpu" || this.#feed.over) throw error;
        device = "cpu";
        continue;
      }
      if (before) this.#tellOfLoss(before, device);
      try {
        return await this.#work(workshop, JSON.stringify({ ...training, device }), String(seed));
      } catch (error) {
        if (!(error instanceof Lost) || this.#feed.over) throw error;
        before = error;
        if (++this.#lost > MOST_LOST) device = "cpu";
      }
    }
  }

  #tellOfLoss({ message: reason }: Error, device: Device): void {
    this.#feed.push([{ kind: "lost", reason, epoch: this.#kept?.epochs ?? 0, device }]);
  }

  async #work(workshop: Workshop, training: string, seed: string): Promise<TrainedNetwork> {
    const kept = this.#kept && { weights: this.#kept.weights, epochs: this.#kept.epochs };
    const about = await workshop.call("begin", this.#architecture, training, seed, kept);
    let epochs = kept?.epochs ?? 0;
    this.#made = epochs * about.steps;
    this.#known.resolve(about);
    while (epochs < about.epochs && (await this.#allowed())) {
      const ended = await this.#step(workshop);
      if (ended === undefined) continue;
      epochs = ended.epoch;
      this.#kept = await snapshot(workshop, epochs);
      this.#lost = 0;
      this.#feed.push([{ kind: "epoch", ...ended, of: about.epochs, ...this.#kept.judgement }]);
    }
    // Where it rests after an epoch, that is known.
    const rests = this.#made === epochs * about.steps;
    const { weights, judgement } = (rests && this.#kept) || (await snapshot(workshop, epochs));
    const { parameters, flops } = about;
    return { architecture: this.#architecture, device: workshop.device, epochs, parameters, flops, weights, ...judgement };
  }

  /** One step; the epoch that ended with it, if one did. */
  async #step(workshop: Workshop): Promise<Pick<EpochEvent, "epoch" | "trainLoss"> | undefined> {
    const began = performance.now();
    this.#making = true;
    try {
      const step = await workshop.call("step");
      if ("diverged" in step) throw new Diverged(step.diverged);
      const { epoch, number, of, loss, learning_rate: learningRate, ended } = step;
      this.#made += 1;
      this.#feed.push([{ kind: "step", epoch, number, of, loss, learningRate, milliseconds: performance.now() - began }]);
      return ended === null ? undefined : { epoch, trainLoss: ended };
    } finally {
      this.#making = false;
    }
  }

  /** Waits until a step may be made; false where it is to be stopped. */
  async #allowed(): Promise<boolean> {
    while (this.#made >= this.#target && !this.#stopping && !this.#feed.over) await new Promise<void>((resolve) => (this.#wake = resolve));
    return !this.#stopping && !this.#feed.over;
  }

  /** The steps that nothing can stop any more. */
  get #begun(): number {
    return this.#made + (this.#making ? 1 : 0);
  }

  /** Makes no more steps until `resume`, `step` or `to`; one that is on its way ends. */
  pause(): void {
    this.#target = this.#begun;
  }

  /** Goes on after a pause. */
  resume(): void {
    this.#target = Infinity;
    this.#wake();
  }

  /** Makes `count` more steps and pauses then. Resolves when they are made or it has ended; rejects where it failed. */
  step(count = 1): Promise<void> {
    if (!Number.isSafeInteger(count) || count < 1) return Promise.reject(new RangeError(`it is 1 step or more, got ${count}`));
    return this.to((Number.isFinite(this.#target) ? Math.max(this.#target, this.#begun) : this.#begun) + count);
  }

  /** Goes on to step `step` of the whole, from 0, and pauses there. Resolves as `step` does. */
  async to(step: number): Promise<void> {
    if (!Number.isSafeInteger(step) || step < 0) throw new RangeError(`a step is a whole number from 0, got ${step}`);
    this.#target = step;
    this.#wake();
    while (this.#made < step && !this.#feed.over) await this.#feed.change;
    if (this.#made < step) await this.result;
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

/** A network as it is at some moment, after so many whole epochs. */
interface Snapshot {
  readonly epochs: number;
  readonly weights: Uint8Array;
  readonly judgement: Judgement;
}

/** The network in a Worker as it is; it has diverged where how well it does is no number. */
async function snapshot(workshop: Workshop, epochs: number): Promise<Snapshot> {
  const judgement = await workshop.call("judge");
  if (Number.isFinite(judgement.loss)) return { epochs, weights: await workshop.call("weights"), judgement };
  throw new Diverged(`training diverged: the loss on unseen images is ${judgement.loss}; try a smaller learning_rate`);
}
