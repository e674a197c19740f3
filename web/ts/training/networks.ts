/** The objective `digits` of a search: Workers train the networks that it asks for. */

import type { Trains } from "../engine.js";
import { errorOf } from "../errors.js";
import type { Host } from "../host.js";
import type { Answer, Question } from "../objective.js";
import type { Device } from "./calls.js";
import { MOST_LOST, deviceOf } from "./devices.js";
import { Lost, Workshop } from "./workshop.js";

/** The most networks that are trained at once, each in a Worker of its own with some 10 MB. */
const MOST_WORKERS = 4;

/** Who answers. */
export class Networks {
  readonly #host: Host;
  readonly #device: Device;
  readonly #training: string;
  readonly #seed: string;
  readonly #idle: Workshop[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #ended = new AbortController();
  #free: number;

  constructor(host: Host, { training, seed }: Trains) {
    this.#host = host;
    this.#device = deviceOf(training.device);
    this.#training = JSON.stringify(training);
    this.#seed = seed;
    // A GPU is one, whoever asks.
    this.#free = this.#device === "webgpu" ? 1 : Math.min(globalThis.navigator?.hardwareConcurrency ?? 1, MOST_WORKERS);
  }

  /** Opens the first Worker. Rejects where nothing can be trained here. */
  begin(): Promise<void> {
    return this.#with(async () => {});
  }

  /**
   * The values of a network, and the seconds that they took; or why the training gives none. Rejects where nothing can be
   * trained any more, which says nothing about the network.
   */
  answer({ architecture, epochs }: Question): Promise<Answer> {
    return this.#with(async (workshop) => {
      const began = performance.now();
      try {
        const values = await workshop.call("answer", architecture, epochs);
        return { values, seconds: (performance.now() - began) / 1000 };
      } catch (error) {
        if (workshop.broken) throw error;
        return { failure: errorOf(error).message };
      }
    });
  }

  /** Ends all Workers. */
  end(): void {
    this.#ended.abort(new Error("the run has ended"));
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Has `work` done in a Worker, and in another where its device goes away. */
  async #with<T>(work: (workshop: Workshop) => Promise<T>): Promise<T> {
    while (this.#free === 0 && !this.#ended.signal.aborted) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#ended.signal.throwIfAborted();
    this.#free -= 1;
    try {
      for (let lost = 1; ; lost++) {
        try {
          const workshop = this.#idle.pop() ?? (await this.#open());
          const value = await work(workshop);
          this.#idle.push(workshop);
          return value;
        } catch (error) {
          if (!(error instanceof Lost) || lost > MOST_LOST) throw error;
        }
      }
    } finally {
      this.#free += 1;
      this.#waiting.shift()?.();
    }
  }

  async #open(): Promise<Workshop> {
    const workshop = await Workshop.open(this.#host, this.#device, this.#ended.signal);
    await workshop.call("search", this.#training, this.#seed);
    return workshop;
  }
}
