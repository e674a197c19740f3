// The cells of NAS-Bench-201 as six digits, one an edge, and the selects that change them.

export const OPERATIONS = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"];
const WORDS = ["nothing", "skip", "convolution 1 × 1", "convolution 3 × 3", "average pool"];
/** The same where there is little room. */
const SHORT = ["", "skip", "1×1", "3×3", "pool"];
/** (to, from), in the order of the text form. */
const EDGES = [[1, 0], [2, 0], [2, 1], [3, 0], [3, 1], [3, 2]];

/** The cell that is there before anybody chose one: a residual block with a side path. */
export const FIRST = "303133";

/** Six digits in an address. */
export const place = {
  fallback: FIRST,
  taken: FIRST,
  expected: "six digits from 0 to 4, one an edge",
  read: (text) => (/^[0-4]{6}$/.test(text) ? text : undefined),
};

/** The arch string of a cell. */
export function textOf(cell) {
  const nodes = [1, 2, 3].map((node) => {
    const edges = EDGES.map(([to, from], edge) => (to === node ? `${OPERATIONS[cell[edge]]}~${from}` : undefined));
    return `|${edges.filter((edge) => edge !== undefined).join("|")}|`;
  });
  return nodes.join("+");
}

/** The cell of an arch string that the core wrote. */
export function cellOf(text) {
  return [...text.matchAll(/\|?(\w+)~\d/g)].map(([, name]) => OPERATIONS.indexOf(name)).join("");
}

/** The cell of a number, which counts from 0 and begins anew after all of them. */
export function numbered(number) {
  return (number % OPERATIONS.length ** EDGES.length).toString(OPERATIONS.length).padStart(EDGES.length, "0");
}

/** Another cell, any. */
export function anyCell() {
  return Array.from(EDGES, () => Math.floor(Math.random() * OPERATIONS.length)).join("");
}

/** Whether a path leads from the input to the output. */
export function isConnected(cell) {
  const reached = new Set([0]);
  // The edges are in the order of where they lead.
  EDGES.forEach(([to, from], edge) => cell[edge] !== "0" && reached.has(from) && reached.add(to));
  return reached.has(3);
}

/** A cell in words that stand in a table: what is on its edges that carry anything. */
export function inWords(cell) {
  const parts = EDGES.map(([to, from], edge) => (cell[edge] === "0" ? undefined : `${from}→${to} ${SHORT[cell[edge]]}`));
  return parts.filter((part) => part !== undefined).join(", ") || "nothing at all";
}

/** Puts a select for each edge into `container`; `change` hears of the cell that they make. */
export function edges(container, change) {
  const selects = EDGES.map(([to, from], edge) => {
    const [label, select] = [document.createElement("label"), document.createElement("select")];
    select.id = `edge-${edge}`;
    select.ariaLabel = `${from} → ${to}: the operation from node ${from} to node ${to}`;
    label.htmlFor = select.id;
    label.textContent = `${from} → ${to}`;
    select.append(...WORDS.map((word, choice) => new Option(word, String(choice))));
    select.onchange = () => change(selects.map(({ value }) => value).join(""));
    container.append(label, select);
    return select;
  });
  return (cell) => selects.forEach((select, edge) => (select.value = cell[edge]));
}
