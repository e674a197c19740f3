/** A search that trains a supernet, as an engine: the Worker that trains has the run too, since weights and policy stay together. */

import type { Method } from "../documents.js";
import { type Beginning, type Engine, type Listener, allowance } from "../engine.js";
import { errorOf } from "../errors.js";
import type { Host } from "../host.js";
import { parseLine } from "../log.js";
import { nameOf } from "../specification.js";
import type { Device, SupernetLine } from "./calls.js";
import { MOST_LOST, deviceOf } from "./devices.js";
import { Lost, Workshop } from "./workshop.js";

const SUPERNETS = {
  supernet: true,
  "darts-v1": true,
  "darts-v2": true,
  idarts: true,
  snas: true,
  gdas: true,
  "pc-darts": true,
  drnas: true,
  enas: true,
  rsps: true,
  "reinforce-supernet": true,
  "rebar-supernet": true,
  "relax-supernet": true,
  "muprop-supernet": true,
} satisfies Record<Method | "supernet", true>;

/** Whether the searcher of a specification (JSON text) is one that trains a supernet. */
export function trainsSupernet(spec: string): boolean {
  const name = nameOf(partsOf(spec)?.searcher);
  return typeof name === "string" && Object.hasOwn(SUPERNETS, name);
}

/** What its Worker is to open, before the core has read it. */
interface Parts {
  searcher?: unknown;
  objective?: unknown;
}

function partsOf(spec: string): Parts | null {
  try {
    const document: unknown = JSON.parse(spec);
    return typeof document === "object" ? document : null;
  } catch {
    // The core says what is wrong with it.
    return null;
  }
}

/** The device of a specification. */
function deviceIn(spec: string): Device {
  const objective = partsOf(spec)?.objective;
  if (typeof objective === "string") return deviceOf(/[:,]device=([^,]*)/.exec(objective)?.[1]);
  return deviceOf((objective as { device?: unknown } | null | undefined)?.device);
}

/** An engine that trains in a Worker of its own. */
export function supernetEngine(host: Host, beginning: Beginning, listener: Listener): Engine {
  const search = new Search(beginning, listener);
  search.go(host).catch((error: unknown) => {
    if (search.aborted) return;
    search.abort();
    listener.failed(errorOf(error));
  });
  return search;
}

class Search implements Engine {
  #allowance: number;
  #stopping = false;
  readonly #ended = new AbortController();
  #wake: () => void = () => {};
  /** The lines that were told, to go on from. */
  readonly #log: string[];
  #began = false;
  #checkpoint: Uint8Array | undefined;
  #lost = 0;

  constructor(
    readonly beginning: Beginning,
    readonly listener: Listener,
  ) {
    this.#allowance = beginning.allowance ?? Infinity;
    this.#log = [...beginning.log];
  }

  get aborted(): boolean {
    return this.#ended.signal.aborted;
  }

  allow(lines: number | null): void {
    this.#allowance = allowance(this.#allowance, lines);
    this.#wake();
  }

  stop(): void {
    this.#stopping = true;
    this.#wake();
  }

  abort(): void {
    this.#ended.abort(new Error("the search was ended"));
    this.#wake();
  }

  async go(host: Host): Promise<void> {
    let { spec } = this.beginning;
    let device = deviceIn(spec);
    for (let before: Error | undefined; ; ) {
      let workshop: Workshop;
      try {
        workshop = await Workshop.open(host, device, this.#ended.signal);
      } catch (error) {
        // A GPU that was there and does not come back: the processor goes on.
        if (before === undefined || device === "cpu" || this.aborted) throw error;
        [device, spec] = ["cpu", onProcessor(spec)];
        continue;
      }
      if (before) this.listener.lost({ reason: before.message, told: this.#log.length, device });
      try {
        await this.#work(workshop, spec);
        return this.abort();
      } catch (error) {
        if (!(error instanceof Lost) || this.aborted) throw error;
        before = error;
        if (++this.#lost > MOST_LOST) [device, spec] = ["cpu", onProcessor(spec)];
      }
    }
  }

  async #work(workshop: Workshop, spec: string): Promise<void> {
    const begun = await workshop.call("supernet", spec, this.#log, this.#checkpoint);
    if (!this.#began) {
      this.#began = true;
      const { policy, about, told } = begun;
      this.listener.began({ ...about, spec: begun.spec }, this.beginning.policyEvery > 0 ? policy : undefined);
      told.forEach((line, index) => this.#tell(line, index + 1));
    }
    while (!this.#stopping && (await workshop.call("relearn")));
    while (await this.#allowed()) {
      const line = await workshop.call("advance");
      if (line === null) break;
      // Before it is told: what is kept of the supernet is never older than the log.
      if (workshop.device === "webgpu" && parseLine(line.line).purpose === "train") this.#checkpoint = (await workshop.call("checkpoint")) ?? this.#checkpoint;
      this.#lost = 0;
      // One that was on its way when it was paused was not allowed for.
      this.#allowance = Math.max(0, this.#allowance - 1);
      this.#log.push(line.line);
      this.#tell(line, this.#log.length);
    }
    if (!this.aborted) this.listener.ended(await workshop.call("summary"));
  }

  /** Waits until a line may be told; false where it is to be stopped. */
  async #allowed(): Promise<boolean> {
    while (this.#allowance <= 0 && !this.#stopping && !this.aborted) await new Promise<void>((resolve) => (this.#wake = resolve));
    return !this.#stopping && !this.aborted;
  }

  #tell({ line, improved, policy, notices }: SupernetLine, told: number): void {
    const { policyEvery } = this.beginning;
    const kept = policyEvery > 0 && told % policyEvery === 0 ? { policy } : {};
    this.listener.told({ lines: line, improved: Uint32Array.from(improved ? [0] : []), notices, ...kept });
  }
}

/** The same specification, trained on the processor. */
function onProcessor(spec: string): string {
  const document = JSON.parse(spec) as { objective: string | object };
  const { objective } = document;
  const moved = typeof objective === "string" ? objective.replace(/([:,]device=)[^,]*/, "$1cpu") : { ...objective, device: "cpu" };
  return JSON.stringify({ ...document, objective: moved });
}
