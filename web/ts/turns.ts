/** Keeping a thread responsive: work is cut into slices, with a turn of the event loop between them. */

/** How long work goes on without a turn, in ms: under a frame, and far under the 100 ms within which an abort counts. */
export const SLICE_MS = 8;

interface Immediate {
  setImmediate?: (callback: () => void) => unknown;
}

/** Waits for a turn of the event loop: timers, messages and input get theirs before it goes on. */
function turn(): Promise<void> {
  const { setImmediate } = globalThis as Immediate;
  if (setImmediate) return new Promise((resolve) => setImmediate(resolve));
  // A timer would wait 4 ms once it is nested.
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** The slices of one piece of work. */
export class Turns {
  #since = performance.now();

  /** Whether the slice is over: then `await next()` before going on. */
  get due(): boolean {
    return performance.now() - this.#since >= SLICE_MS;
  }

  async next(): Promise<void> {
    await turn();
    this.#since = performance.now();
  }
}
