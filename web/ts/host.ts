/** Where the package runs: how its files are read and its Workers are made. One implementation for each entry. */

import type { Device } from "./training/calls.js";

/** A Worker, whoever's it is. */
export interface Port {
  post(message: unknown): void;
  /** Whoever is given sees every message, and every error that ends the Worker. */
  listen(message: (message: unknown) => void, error: (error: Error) => void): void;
  /** Whether the Worker keeps the process alive; in a browser this means nothing. */
  hold(held: boolean): void;
  terminate(): void;
}

/** What it takes to train networks. */
export interface Workshops {
  /** The compiled module of a device, the same each time. */
  module(device: Device): Promise<WebAssembly.Module>;
  worker(): Port | Promise<Port>;
}

/** The place that the package was imported in. */
export interface Host {
  /** The compiled module, the same each time. */
  module(): Promise<WebAssembly.Module>;
  /** A file of the package by its name, e.g. `nas_bench_201/seconds.bin`. */
  file(name: string): Promise<Uint8Array>;
  /** A new Worker; absent where the package has no file for one. */
  worker?: (() => Port | Promise<Port>) | undefined;
  /** What trains networks, each in a Worker of its own; absent where the package has no files for it. */
  training?: Workshops | undefined;
  /** Whether a run is in a Worker where its options do not say. */
  readonly usuallyInWorker: boolean;
}

/** Remembers what a function of a name gave; a failure is not remembered. */
export function remembered<T>(make: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (name) => {
    const before = known.get(name);
    if (before) return before;
    const made = make(name);
    known.set(name, made);
    made.catch(() => known.delete(name));
    return made;
  };
}
