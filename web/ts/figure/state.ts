/**
 * The state of a figure as text, in an address or an attribute: `v=1&seed=7&…`. What is missing is the default, what is
 * unknown is kept, what is wrong is replaced and said.
 */

const VERSION = "1";

/** What may stand in one place of a state. */
export interface Place<T> {
  /** The value where it is missing or wrong. */
  readonly fallback: T;
  /** That value in words. */
  readonly taken: string;
  /** What may stand there, in words. */
  readonly expected: string;
  /** The value of a text; undefined where it is none. */
  read(text: string): T | undefined;
}

/** The values of a state by the names of its places. */
export type Values<P> = { [Name in keyof P]: P[Name] extends Place<infer T> ? T : never };

/** What was read. */
export interface State<P> {
  values: Values<P>;
  /** What else stood there. */
  unknown: [string, string][];
  /** A sentence for each value that was replaced. */
  notices: string[];
}

type Places = Record<string, Place<unknown>>;

/** A whole number between two others. */
export function whole(fallback: number, least: number, most: number): Place<number> {
  return {
    fallback,
    taken: String(fallback),
    expected: `a whole number from ${least} to ${most}`,
    read: (text) => (/^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most ? Number(text) : undefined),
  };
}

/** One of some words, the first where none is said. */
export function oneOf<const W extends readonly [string, ...string[]]>(...words: W): Place<W[number]> {
  const [fallback] = words;
  return { fallback, taken: fallback, expected: `one of ${words.join(", ")}`, read: (text) => words.find((word) => word === text) };
}

/** One of some numbers. */
export function among(numbers: readonly number[], fallback: number): Place<number> {
  const read = (text: string) => numbers.find((number) => String(number) === text);
  return { fallback, taken: String(fallback), expected: `one of ${numbers.join(", ")}`, read };
}

/** Reads a state, with or without the sign of an address before it. */
export function read<const P extends Places>(text: string, places: P): State<P> {
  const given = new URLSearchParams(text.replace(/^#/, ""));
  const notices = [];
  const version = given.get("v");
  if (version !== null && version !== VERSION) notices.push(`This state is of version “${short(version)}”, and version ${VERSION} is read here.`);
  given.delete("v");
  const values: Record<string, unknown> = {};
  for (const [name, { fallback, taken, expected, read }] of Object.entries(places)) {
    const text = given.get(name);
    const value = text === null ? fallback : read(text);
    if (value === undefined) notices.push(`${name} is ${expected}; ${taken} is taken for “${short(text as string)}”.`);
    values[name] = value === undefined ? fallback : value;
    given.delete(name);
  }
  return { values: values as Values<P>, unknown: [...given], notices };
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** A state as text; defaults are left out. */
export function write<const P extends Places>(values: Values<P>, unknown: readonly [string, string][], places: P): string {
  const state = new URLSearchParams([["v", VERSION]]);
  for (const [name, { fallback }] of Object.entries(places)) {
    if (values[name] !== fallback) state.set(name, String(values[name]));
  }
  for (const [name, text] of unknown) state.append(name, text);
  return String(state);
}
