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

let since = performance.now();
const waiting: (() => void)[] = [];
let turning = false;

/**
 * Whether the slice of this thread is over: then `await next()` before going on. All that works on a thread shares its
 * slices, so that a hundred runs leave as much room for messages as one.
 */
export function due(): boolean {
  return performance.now() - since >= SLICE_MS;
}

/** Waits for a slice, behind whoever waits already. */
export function next(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (!turning) void give();
  });
}

/** One slice to each who waits, a turn of the event loop before each. */
async function give(): Promise<void> {
  turning = true;
  for (let first = waiting.shift(); first; first = waiting.shift()) {
    await turn();
    since = performance.now();
    first();
  }
  turning = false;
}
