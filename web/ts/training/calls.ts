/** What a page and a Worker that trains say to each other: a call has one reply, and calls are answered in their order. */

import type { Summary } from "../documents.js";
import type { Setting } from "../engine.js";

/** Where a network is trained: on the processor, or on the GPU that the browser lends. */
export type Device = "cpu" | "webgpu";

/** What is known of a network before its first step. */
export interface About {
  /** Trainable weights. */
  readonly parameters: number;
  /** Multiply-adds for one image. */
  readonly flops: number;
  /** The epochs of the training. */
  readonly epochs: number;
  /** The steps of an epoch. */
  readonly steps: number;
  /** The images that it is judged by and never sees in training, 0 to 255, `[image][row][column]`. */
  readonly pixels: Uint8Array;
  /** The class of each. */
  readonly labels: Uint16Array;
}

/** A step as the core writes it. */
export interface StepDocument {
  epoch: number;
  number: number;
  of: number;
  loss: number;
  learning_rate: number;
  ended: number | null;
}

/** How a network classifies the images that it was not trained on. */
export interface Judgement {
  /** The share that is right, in %. */
  readonly accuracy: number;
  /** The mean cross-entropy, in nats. */
  readonly loss: number;
  /** The class that it takes each image for. */
  readonly classes: Uint16Array;
  /** The probability that it gives to that class. */
  readonly probabilities: Float64Array;
}

/** A search that trains a supernet, before its next epoch. */
export interface SupernetBegun {
  /** The specification with every default written out. */
  readonly spec: string;
  readonly about: Omit<Setting, "spec">;
  /** The policy of the start. */
  readonly policy: Float64Array;
  /** The lines that it goes on from. */
  readonly told: readonly SupernetLine[];
}

/** A line of its log, and what is known after it. */
export interface SupernetLine {
  /** As `trials.jsonl` has it, with its line break. */
  readonly line: string;
  /** Whether it is the best architecture so far. */
  readonly improved: boolean;
  /** The probability of each choice at each position of the policy, one position after the other. */
  readonly policy: Float64Array;
  /** What the search has said so far, such as its alarm. */
  readonly notices: readonly string[];
}

/**
 * The calls. A Worker has one device, one network that is trained step by step, one objective of a search, and one search that
 * trains a supernet.
 */
export interface Calls {
  open(device: Device, module: WebAssembly.Module): Promise<void>;
  /** `training` is JSON text, `seed` digits. Goes on from weights, where there are some, after `epochs` epochs. */
  begin(architecture: string, training: string, seed: string, kept?: { weights: Uint8Array; epochs: number }): Promise<About>;
  step(): Promise<StepDocument | { diverged: string }>;
  judge(): Promise<Judgement>;
  /** The weights as a file of safetensors. */
  weights(): Promise<Uint8Array>;
  search(training: string, seed: string): Promise<void>;
  answer(architecture: string, epochs: number | null): Promise<Float64Array>;
  /** Goes on from the lines of a log. */
  supernet(spec: string, log: readonly string[], checkpoint?: Uint8Array): Promise<SupernetBegun>;
  /** The next line, an epoch as a rule; null when the search is over. */
  advance(): Promise<SupernetLine | null>;
  /** Trains an epoch of the log again, where there was no checkpoint; false when none is left. */
  relearn(): Promise<boolean>;
  checkpoint(): Promise<Uint8Array | null>;
  summary(): Promise<Summary>;
}

/** To the Worker. */
export type Call = { [Name in keyof Calls]: { id: number; name: Name; values: Parameters<Calls[Name]> } }[keyof Calls];

/** From the Worker; without an `id` the device went away. */
export type Reply = { id: number; value: unknown } | { id: number; error: string } | { lost: string };
