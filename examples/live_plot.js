// How does one plot a search while it runs? With Observable Plot: every trial a dot, the best so far a line.
import * as Plot from "@observablehq/plot";
import { run } from "bilevel";

const search = run({ space: "nas-bench-201", objective: "table", searcher: "reinforce", budget: { trials: 200 }, seed: 7 });
const accuracy = (values) => values["cifar10/val200"];
const trials = [];
for await (const { told, line, best } of search) {
  trials.push({ told, accuracy: accuracy(line.values), best: accuracy(best.values) });
  const marks = [Plot.dot(trials, { x: "told", y: "accuracy", r: 2 }), Plot.lineY(trials, { x: "told", y: "best" })];
  document.body.replaceChildren(Plot.plot({ marks, x: { domain: [0, 200] }, y: { domain: [80, 92], label: "accuracy in %", clamp: true } }));
}
