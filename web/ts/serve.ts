/** The Worker's side: runs at work here, told of by messages. */

import { type Engine, engine } from "./engine.js";
import { errorOf } from "./errors.js";
import { remembered } from "./host.js";
import { type Answer, type Objective, ask } from "./objective.js";
import type { FromWorker, ToWorker } from "./protocol.js";

/** Somewhere that a promise is settled from. */
interface Settled<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

function settled<T>(keep: (settled: Settled<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => keep({ resolve, reject }));
}

/** Answers messages with `post` for ever; gives the function that takes a message. */
export function serve(post: (message: FromWorker) => void): (message: ToWorker) => void {
  const engines = new Map<number, Engine>();
  const answers = new Map<string, (answer: Answer) => void>();
  const files = new Map<string, Settled<Uint8Array>>();
  let compiled!: Settled<WebAssembly.Module>;
  const module = settled<WebAssembly.Module>((settled) => (compiled = settled));
  // Files come from the page, which knows where they are and reads each once.
  const file = remembered((name) => {
    post({ kind: "file", name });
    return settled<Uint8Array>((settled) => files.set(name, settled));
  });

  function begin(message: ToWorker & { kind: "begin" }): void {
    const { run, objective } = message;
    const ended = new AbortController();
    const asked = objective === undefined ? undefined : imported(objective);
    const end = () => {
      engines.delete(run);
      ended.abort();
    };
    const work = engine({ module: () => module, file }, message.beginning, {
      began: (setting, policy) => post({ kind: "began", run, setting, policy }),
      told: (batch) => post({ kind: "told", run, batch }),
      ended: (summary) => (end(), post({ kind: "ended", run, summary })),
      failed: (error) => {
        end();
        const { message } = error;
        post(error instanceof WebAssembly.RuntimeError ? { kind: "broken", message } : { kind: "failed", run, message });
      },
      // Of networks in Workers beside this one `Networks` takes care, and a supernet is never in this one.
      lost: () => {},
      ask: async (question, metrics) => {
        if (asked) return ask(await asked, metrics, question, ended.signal);
        post({ kind: "ask", run, question });
        return new Promise((resolve) => answers.set(`${run} ${question.id}`, resolve));
      },
    });
    engines.set(run, work);
    asked?.catch((error: unknown) => {
      work.abort();
      end();
      post({ kind: "failed", run, message: errorOf(error).message });
    });
  }

  return (message) => {
    switch (message.kind) {
      case "module":
        return compiled.resolve(message.module);
      case "file": {
        const waiting = files.get(message.name);
        files.delete(message.name);
        if (message.bytes) waiting?.resolve(message.bytes);
        else waiting?.reject(new Error(message.error));
        return;
      }
      case "begin":
        return begin(message);
      case "allow":
        return engines.get(message.run)?.allow(message.trials);
      case "stop":
        return engines.get(message.run)?.stop();
      case "abort":
        engines.get(message.run)?.abort();
        engines.delete(message.run);
        return;
      case "answer": {
        const key = `${message.run} ${message.id}`;
        answers.get(key)?.(message.answer);
        answers.delete(key);
      }
    }
  };
}

/** The function that a module exports by default. */
async function imported(address: string): Promise<Objective> {
  const { default: objective } = (await import(/* @vite-ignore */ /* webpackIgnore: true */ address)) as { default: unknown };
  if (typeof objective !== "function") throw new Error(`the module ${address} has no function as its default export`);
  return objective as Objective;
}
