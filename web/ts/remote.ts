/** A run at work in a Worker, seen from the caller's thread. */

import type { Metric } from "./documents.js";
import type { Beginning, Engine, Listener } from "./engine.js";
import { errorOf } from "./errors.js";
import type { Host, Port } from "./host.js";
import type { FromWorker, ToWorker } from "./protocol.js";

/** A Worker with the runs that are in it. */
class Shared {
  readonly runs = new Map<number, { listener: Listener; metrics: readonly Metric[] }>();
  /** Why it is no longer there. */
  broken: Error | undefined;

  constructor(
    readonly host: Host,
    readonly port: Port,
  ) {
    port.listen(
      (message) => this.#take(message as FromWorker),
      (error) => this.break(error),
    );
    host.module().then(
      (module) => this.post({ kind: "module", module }),
      (error: unknown) => this.break(errorOf(error)),
    );
  }

  post(message: ToWorker): void {
    this.port.post(message);
  }

  /** Ends it with all its runs. */
  break(error: Error): void {
    this.broken = error;
    this.port.terminate();
    for (const { listener } of this.runs.values()) listener.failed(error);
    this.runs.clear();
  }

  forget(run: number): void {
    this.runs.delete(run);
    if (this.runs.size === 0) this.port.hold(false);
  }

  #take(message: FromWorker): void {
    if (message.kind === "file") {
      const { name } = message;
      this.host.file(name).then(
        (bytes) => this.post({ kind: "file", name, bytes }),
        (error: unknown) => this.post({ kind: "file", name, error: errorOf(error).message }),
      );
      return;
    }
    // Runs that come later have another Worker.
    if (message.kind === "broken") return this.break(new Error(`this is a bug of bilevel, and its Worker was ended: ${message.message}`));
    const { run } = message;
    const entry = this.runs.get(run);
    if (!entry) return;
    switch (message.kind) {
      case "began":
        entry.metrics = message.setting.metrics;
        return entry.listener.began(message.setting, message.policy);
      case "told":
        return entry.listener.told(message.batch);
      case "ask":
        void entry.listener.ask(message.question, entry.metrics).then((answer) => {
          if (this.runs.has(run)) this.post({ kind: "answer", run, id: message.question.id, answer });
        });
        return;
      case "ended":
        this.forget(run);
        return entry.listener.ended(message.summary);
      case "failed":
        this.forget(run);
        return entry.listener.failed(new Error(message.message));
    }
  }
}

/** The Worker that all runs of a host share but those that bring their own. */
const shared = new WeakMap<Host, Promise<Shared>>();
let runs = 0;

function sharedBy(host: Host, make: () => Port | Promise<Port>): Promise<Shared> {
  const before = shared.get(host) ?? Promise.reject(new Error("none yet"));
  const now = before.then((worker) => (worker.broken ? Promise.reject(worker.broken) : worker));
  const next = now.catch(async () => new Shared(host, await make()));
  shared.set(host, next);
  return next;
}

/**
 * An engine in a Worker: the one that runs share, or one of its own, which `alone` says. A run whose objective is in the
 * Worker is alone, since an objective that does not come back can only be ended together with its Worker.
 */
export function remote(
  host: Host,
  make: () => Port | Promise<Port>,
  alone: boolean,
  beginning: Beginning,
  objective: string | undefined,
  listener: Listener,
): Engine {
  const run = runs++;
  let aborted = false;
  let release = () => {};
  const ending: Listener = {
    ...listener,
    ended: (summary) => (release(), listener.ended(summary)),
    failed: (error) => (release(), listener.failed(error)),
  };
  const worker = alone ? Promise.resolve(make()).then((port) => new Shared(host, port)) : sharedBy(host, make);
  worker.then(
    (worker) => {
      if (alone) release = () => worker.port.terminate();
      if (aborted) return release();
      worker.runs.set(run, { listener: ending, metrics: [] });
      worker.port.hold(true);
      worker.post({ kind: "begin", run, beginning, objective });
    },
    (error: unknown) => listener.failed(errorOf(error)),
  );
  const post = (message: ToWorker) => void worker.then((worker) => worker.broken ?? worker.post(message), () => {});
  return {
    allow: (trials) => post({ kind: "allow", run, trials }),
    stop: () => post({ kind: "stop", run }),
    abort: () => {
      aborted = true;
      post({ kind: "abort", run });
      void worker.then((worker) => worker.forget(run), () => {});
      release();
    },
  };
}
