/** A Worker that trains, seen from the caller's thread. */

import type { Host, Port } from "../host.js";
import type { Calls, Device, Reply } from "./calls.js";
import { gpu } from "./devices.js";

/** The device went away, and its Worker with it: what was there can be begun anew in another. */
export class Lost extends Error {
  override readonly name = "Lost";
}

/** Why a call of a Worker that was ended has no answer. */
const ENDED = new Error("the Worker that trains was ended");

/** How long a call on a GPU may take, in ms; a step takes up to some seconds where it compiles its pipelines. */
const PATIENCE = 60_000;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** A Worker with its device open. */
export class Workshop {
  readonly #waiting = new Map<number, Waiting>();
  #calls = 0;
  #opened = false;
  #ended: Error | undefined;
  #forget: () => void = () => {};

  private constructor(
    readonly port: Port,
    readonly device: Device,
  ) {
    port.listen(
      (reply) => this.#take(reply as Reply),
      // A panic on a GPU is what a lost device looks like from inside, and its call is never answered.
      (error) => this.#break(device === "webgpu" && this.#opened ? new Lost(error.message) : error),
    );
  }

  /**
   * Opens one, which ends with `ended` at the latest. The module of the GPU is loaded only after an adapter has answered.
   *
   * Rejects with an `Error` if there is no adapter, or this entry of the package has no file that trains.
   */
  static async open(host: Host, device: Device, ended: AbortSignal): Promise<Workshop> {
    const { training } = host;
    if (!training) throw new Error("nothing is trained from one inline file; import `bilevel` instead of `bilevel/inline`");
    if (device === "webgpu" && (await gpu()) === null) {
      throw new Error("device `webgpu` does not answer: this browser has no WebGPU, or no adapter for it; train on `cpu`");
    }
    const module = await training.module(device);
    ended.throwIfAborted();
    const workshop = new Workshop(await training.worker(), device);
    const end = () => workshop.#break(ENDED);
    workshop.#forget = () => ended.removeEventListener("abort", end);
    ended.addEventListener("abort", end);
    try {
      ended.throwIfAborted();
      await workshop.call("open", device, module);
      workshop.#opened = true;
      return workshop;
    } catch (error) {
      end();
      throw error;
    }
  }

  /** Has something done there. Rejects with `Lost` where the device went away. */
  call<Name extends keyof Calls>(name: Name, ...values: Parameters<Calls[Name]>): ReturnType<Calls[Name]> {
    const id = this.#calls++;
    const reply = new Promise<unknown>((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      this.#waiting.set(id, { resolve, reject });
      this.port.hold(true);
      this.port.post({ id, name, values });
    });
    // An answer is a whole training and a line of a supernet an epoch, and they take as long as those do.
    const limited = this.device === "webgpu" && !["answer", "advance", "relearn"].includes(name);
    return (limited ? this.#inTime(reply) : reply) as ReturnType<Calls[Name]>;
  }

  /** Whether it is of no more use. */
  get broken(): boolean {
    return this.#ended !== undefined;
  }

  /** A call that a GPU never answers is one of a GPU that is gone. */
  async #inTime(reply: Promise<unknown>): Promise<unknown> {
    const timer = setTimeout(() => this.#break(new Lost("the device did not answer")), PATIENCE);
    try {
      return await reply;
    } finally {
      clearTimeout(timer);
    }
  }

  #take(reply: Reply): void {
    if ("lost" in reply) return this.#break(new Lost(reply.lost));
    // The core may notice it before the browser says so.
    if ("error" in reply && reply.error.startsWith("the device was lost")) return this.#break(new Lost(reply.error));
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.port.hold(false);
    if ("value" in reply) waiting?.resolve(reply.value);
    else waiting?.reject(new Error(reply.error));
  }

  #break(error: Error): void {
    if (this.#ended) return;
    this.#ended = error;
    this.#forget();
    this.port.terminate();
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
