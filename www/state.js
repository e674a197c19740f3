// The state of a page in its address: `#v=1&seed=7&…`. What is missing is the default, what is unknown is kept, what is wrong
// is replaced and said.

export const VERSION = "1";

/** A whole number between two others. */
export function whole(fallback, least, most) {
  return {
    fallback,
    taken: String(fallback),
    read: (text) => (/^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most ? Number(text) : undefined),
    expected: `a whole number from ${least} to ${most}`,
  };
}

/** One of some words. */
export function oneOf(...words) {
  const [fallback] = words;
  return { fallback, taken: fallback, read: (text) => (words.includes(text) ? text : undefined), expected: `one of ${words.join(", ")}` };
}

/**
 * Reads the hash of an address. `fields` says by name what may stand there: how it is
 * read, what it is where it is missing, and what is said of it.
 *
 * Returns the values by name, what else stood there, and a sentence for each value that was replaced.
 */
export function read(hash, fields) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const notices = [];
  const version = given.get("v");
  if (version !== null && version !== VERSION) notices.push(`This address is of version “${short(version)}”, and this page reads version ${VERSION}.`);
  given.delete("v");
  const values = {};
  for (const [name, field] of Object.entries(fields)) {
    const text = given.get(name);
    const value = text === null ? field.fallback : field.read(text);
    if (value === undefined) notices.push(`${name} is ${field.expected}; ${field.taken} is taken for “${short(text)}”.`);
    values[name] = value ?? field.fallback;
    given.delete(name);
  }
  return { values, unknown: [...given], notices };
}

function short(text) {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** The hash of these values; defaults are left out. */
export function write(values, unknown, fields) {
  const hash = new URLSearchParams([["v", VERSION]]);
  for (const [name, field] of Object.entries(fields)) {
    if (values[name] !== field.fallback) hash.set(name, String(values[name]));
  }
  for (const [name, text] of unknown) hash.append(name, text);
  return `#${hash}`;
}
