// The networks that a visitor has trained to their end: the best of them, and the one that came last.
import { inWords } from "./cell.js";

const MOST = 8;
const HEADS = ["network", "right", "weights", "multiply-adds"];

export class Tried {
  #all = new Map();
  #last;

  /** Takes one in; the same training again is the same row. */
  add({ cell, channels, epochs, rate, seed }, { accuracy, parameters, flops }) {
    const many = (count, what) => (count === 1 ? `1 ${what}` : `${count} ${what}s`);
    this.#last = `${inWords(cell)}; ${many(channels, "channel")}, ${many(epochs, "epoch")}, learning rate ${rate}, seed ${seed}`;
    this.#all.set(this.#last, { accuracy, parameters, flops });
  }

  /** The accuracy of the best; undefined where there is none. */
  get best() {
    return this.#all.size === 0 ? undefined : Math.max(...[...this.#all.values()].map(({ accuracy }) => accuracy));
  }

  /** Its rows, the best first. */
  rows() {
    const ranked = [...this.#all].sort(([, a], [, b]) => b.accuracy - a.accuracy);
    const shown = ranked.slice(0, MOST);
    if (!shown.some(([name]) => name === this.#last)) shown.push([this.#last, this.#all.get(this.#last)]);
    const number = (value) => value.toLocaleString("en");
    return shown.map(([name, { accuracy, parameters, flops }]) => {
      const newest = name === this.#last && this.#all.size > 1 ? " — the last" : "";
      return row([`${name}${newest}`, `${accuracy.toFixed(1)} %`, number(parameters), number(flops)], HEADS);
    });
  }
}

/** A row of a table, whose first cell is its head; `heads` name the cells where a narrow page stacks them. */
export function row(texts, heads) {
  const row = document.createElement("tr");
  texts.forEach((textContent, column) => {
    const cell = Object.assign(document.createElement(column === 0 ? "th" : "td"), { textContent });
    if (column === 0) cell.scope = "row";
    else cell.dataset.head = heads[column];
    row.append(cell);
  });
  return row;
}
