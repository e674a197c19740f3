/** The objective `digits` of a search: Workers train the networks that it asks for. */

import type { Trains } from "../engine.js";
import { errorOf } from "../errors.js";
import type { Host } from "../host.js";
import type { Answer, Question } from "../objective.js";
import type { Device } from "./calls.js";
import { deviceOf } from "./devices.js";
import { Lost, Workshop } from "./workshop.js";

/** The most networks that are trained at once, each in a Worker of its own with some 10 MB. */
const MOST_WORKERS = 4;
/** How often the device may go away under one network. */
const MOST_LOST = 3;

/** Who answers. */
export class Networks {
  readonly #host: Host;
  readonly #device: Device;
  readonly #training: string;
  readonly #seed: string;
  readonly #idle: Workshop[] = [];
  readonly #all = new Set<Workshop>();
  readonly #waiting: (() => void)[] = [];
  #free: number;
  #ended = false;

  constructor(host: Host, { training, seed }: Trains) {
    this.#host = host;
    this.#device = deviceOf(training.device);
    this.#training = JSON.stringify(training);
    this.#seed = seed;
    // A GPU is one, whoever asks.
    this.#free = this.#device === "webgpu" ? 1 : Math.min(globalThis.navigator?.hardwareConcurrency ?? 1, MOST_WORKERS);
  }

  /** Opens the first Worker. Rejects where nothing can be trained here. */
  async begin(): Promise<void> {
    this.#give(await this.#take());
  }

  /** The values of a network, and the seconds that they took. */
  async answer({ architecture, epochs }: Question): Promise<Answer> {
    for (let lost = 0; ; ) {
      try {
        const workshop = await this.#take();
        try {
          const began = performance.now();
          const values = await workshop.call("answer", architecture, epochs);
          return { values, seconds: (performance.now() - began) / 1000 };
        } finally {
          this.#give(workshop);
        }
      } catch (error) {
        if (!(error instanceof Lost) || this.#ended || ++lost > MOST_LOST) return { failure: errorOf(error).message };
      }
    }
  }

  /** Ends all Workers. */
  end(): void {
    this.#ended = true;
    for (const workshop of this.#all) workshop.end();
    for (const go of this.#waiting.splice(0)) go();
  }

  async #take(): Promise<Workshop> {
    while (this.#free === 0 && !this.#ended) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#ended) throw new Error("the run has ended");
    this.#free -= 1;
    const known = this.#idle.pop();
    if (known) return known;
    try {
      const workshop = await Workshop.open(this.#host, this.#device);
      this.#all.add(workshop);
      if (this.#ended) workshop.end();
      await workshop.call("search", this.#training, this.#seed);
      return workshop;
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  #give(workshop: Workshop): void {
    if (workshop.broken) this.#all.delete(workshop);
    else this.#idle.push(workshop);
    this.#release();
  }

  #release(): void {
    this.#free += 1;
    this.#waiting.shift()?.();
  }
}
