/** Logs as text: `trials.jsonl`, a line a told trial. */

import type { Best, Line } from "./documents.js";

/**
 * The lines of a log, from its text or as they are. A last line that has no line break and is no JSON was torn by a crash
 * and is left out, as the terminal does.
 */
export function linesOf(log: string | readonly string[]): string[] {
  if (typeof log !== "string") return log.map((line) => line.replace(/\r?\n$/, ""));
  const lines = log.split("\n");
  const last = lines.pop() as string;
  if (last.trim() !== "" && isJson(last)) lines.push(last);
  // Blank lines at the end are what an editor leaves; in the middle a line is missing, and the core says so.
  while (lines.at(-1)?.trim() === "") lines.pop();
  return lines;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A line as a document. */
export function parseLine(text: string): Line {
  return JSON.parse(text) as Line;
}

/** What a summary keeps of a line that was the best. */
export function bestOf(line: Line): Best {
  const { id, architecture, epochs, values, loss } = line;
  return { id, architecture, ...(epochs === undefined ? {} : { epochs }), values, loss: loss as number };
}
