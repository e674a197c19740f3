/** Whether a place can train, and on what. */

import type { Device } from "./calls.js";

/** How often a GPU may go away before what was begun on it has come any further; the processor has it after that. */
export const MOST_LOST = 3;

/** What there is of WebGPU in the types of no library that the package has. */
interface Adapter {
  readonly info?: { readonly vendor?: string; readonly architecture?: string; readonly description?: string; readonly isFallbackAdapter?: boolean };
  readonly isFallbackAdapter?: boolean;
}

/** A GPU that a browser lends. */
export interface Gpu {
  /** What it calls itself, e.g. `nvidia ampere`. */
  readonly name: string;
  /** Whether it is the processor in disguise, which is much slower than the processor itself. */
  readonly software: boolean;
}

/** The GPU that this browser lends; null where it has no WebGPU, or no adapter. */
export async function gpu(): Promise<Gpu | null> {
  const { gpu } = (globalThis.navigator ?? {}) as { gpu?: { requestAdapter(): Promise<Adapter | null> } };
  const adapter = await gpu?.requestAdapter().catch(() => null);
  if (!adapter) return null;
  const { vendor = "", architecture = "", description = "", isFallbackAdapter } = adapter.info ?? {};
  const name = description || [vendor, architecture].filter((part) => part !== "").join(" ") || "a GPU";
  return { name, software: isFallbackAdapter ?? adapter.isFallbackAdapter ?? architecture === "swiftshader" };
}

/** The device of this name. */
export function deviceOf(name: unknown): Device {
  if (name === undefined || name === "cpu") return "cpu";
  if (name === "webgpu") return "webgpu";
  throw new Error(`device \`${String(name)}\` is not here; in a browser a network is trained on \`cpu\` or \`webgpu\`, in Node on \`cpu\``);
}
