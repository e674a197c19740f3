/** Many runs that one signal ends. */

const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `abort` when the signal says so; what it gives calls that off. A signal gets one listener however many wait for it:
 * Node takes more than ten for a leak and warns.
 */
export function onAbort(signal: AbortSignal, abort: () => void): () => void {
  const before = waiting.get(signal);
  const all = before ?? new Set<() => void>();
  if (!before) {
    waiting.set(signal, all);
    signal.addEventListener("abort", () => all.forEach((abort) => abort()), { once: true });
  }
  all.add(abort);
  return () => all.delete(abort);
}
