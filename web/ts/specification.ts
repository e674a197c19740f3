/** A specification on its way to the core: as text, which is read there. */

import type { RunSpec } from "./documents.js";

/**
 * The JSON text of a specification, an object or text already. `withFunction` says that a function answers: an objective
 * that is not named is then `function`.
 */
export function specification(spec: RunSpec | Omit<RunSpec, "objective"> | string, withFunction: boolean): string {
  const text = typeof spec === "string" ? spec : textOf("a specification", spec);
  if (!withFunction) return text;
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // The core says what is wrong with it.
    return text;
  }
  if (typeof document !== "object" || document === null) return text;
  const { objective } = document as { objective?: unknown };
  if (objective === undefined) return JSON.stringify({ ...document, objective: "function" });
  const name = nameOf(objective);
  if (name !== "function") {
    throw new Error(`the specification names the objective \`${String(name)}\`, and a function was given; leave one of them out`);
  }
  return text;
}

/** What an entry that is a name, a name with options, or a table says for its name. */
export function nameOf(entry: unknown): unknown {
  return typeof entry === "string" ? entry.split(":")[0] : (entry as { name?: unknown } | null | undefined)?.name;
}

/** The JSON text of a document. */
export function textOf(what: string, document: unknown): string {
  let text: string | undefined;
  try {
    // Cycles and BigInts make it throw; `undefined` and functions have no text.
    text = JSON.stringify(document);
  } catch {
    text = undefined;
  }
  if (text === undefined) throw new TypeError(`${what} is an object of plain values, or its JSON text`);
  return text;
}
