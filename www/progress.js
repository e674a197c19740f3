// What the page of supernets shows of the epochs of a search, and what it shows before any: for the page and for what is drawn before it.
import { METHODS } from "./methods.js";
import { row } from "./tried.js";

/** What is wanted before anybody wants anything. */
export const FIRST = { method: "darts-v1", ends: "epochs", epochs: 20, rate: 0.1, seed: 7, device: "cpu" };

/** How far a step of Adam moves the policy. */
export const RATES = [0.01, 0.03, 0.1, 0.3, 1, 3];

/** The panels of the figure. */
export const PANELS = ["accuracy", "loss", "skips"];

/** The probabilities of a policy over the six edges; PC-DARTS has weights of edges after them. */
export const CHOICES = 30;

const COLUMNS = {
  mixture: ["relaxed_accuracy", (value) => `${value.toFixed(1)} %`],
  "derived cell": ["derived_accuracy", (value) => `${value.toFixed(1)} %`],
  "on skips": ["skip_share", (value) => `${(100 * value).toFixed(0)} %`],
  entropy: ["entropy", (value) => `${value.toFixed(2)} nats`],
  curvature: ["eigenvalue", (value) => value.toFixed(3)],
};

/** The rows of the table of epochs; what was not measured is a dash. */
export function numbers(epochs) {
  const heads = ["epoch", ...Object.keys(COLUMNS)];
  const text = (value, words) => (value === undefined ? "–" : words(value));
  return epochs.map(({ epochs: epoch, instruments }) => row([epoch, ...Object.values(COLUMNS).map(([name, words]) => text(instruments[name], words))], heads));
}

/** The instruments of every epoch, with the cell that would be taken. */
export function csv(epochs) {
  const names = [...new Set(epochs.flatMap(({ instruments }) => Object.keys(instruments)))].sort();
  const rows = epochs.map(({ epochs: epoch, architecture, instruments }) => [epoch, architecture, ...names.map((name) => instruments[name] ?? "")].join(","));
  return `${[["epoch", "architecture", ...names].join(","), ...rows].join("\n")}\n`;
}

/** So many epochs, in words. */
export const count = (epochs) => (epochs === 1 ? "1 epoch" : `${epochs} epochs`);

/** What distinguishes a search from the first one, in words after the name of its method. */
export function summary({ method, ends, epochs, rate, seed }) {
  const rules = { alarm: "to end when the alarm goes off", skips: "to end at two skips", curvature: "to end when curvature grows" };
  const steps = METHODS[method].still ? [] : [`steps of ${rate}`];
  const said = [`up to ${count(epochs)}`, ...steps, `seed ${seed}`, ...(ends === "epochs" ? [] : [rules[ends]])];
  return `; ${said.join(", ")}`;
}
