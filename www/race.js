// The race: every searcher that suits the table of NAS-Bench-201, over the same seeds. The search itself is the package's.
import { load, run } from "../web/dist/package/dist/index.js";

const SEEDS = 20;
const METRIC = "cifar10/val200";
const element = (id) => document.getElementById(id);
const { figures, searchers } = await load();

async function row(searcher, trials, first, signal) {
  const runs = Array.from({ length: SEEDS }, (_, index) => {
    const spec = { space: "nas-bench-201", objective: "table", metric: METRIC, searcher, budget: { trials }, seed: first + index };
    return run(spec, { signal }).result;
  });
  const best = (await Promise.all(runs)).map((summary) => summary.best);
  const values = best.map((one) => one.values[METRIC]);
  const mean = values.reduce((sum, value) => sum + value, 0) / SEEDS;
  const top = best.reduce((one, other) => (other.loss < one.loss ? other : one));
  return { searcher, mean, low: Math.min(...values), high: Math.max(...values), top };
}

let drawing = new AbortController();

async function draw() {
  drawing.abort();
  drawing = new AbortController();
  const { signal } = drawing;
  const trials = Number(element("trials").value);
  const typed = Math.trunc(Number(element("seed").value));
  const first = Math.min(Math.max(Number.isFinite(typed) ? typed : 0, 0), 1_000_000);
  element("shown").value = String(trials);
  try {
    const rows = await Promise.all(searchers("table").map((searcher) => row(searcher, trials, first, signal)));
    show(rows.sort((one, other) => other.mean - one.mean), trials, first);
  } catch (error) {
    // Whoever moved a control on is waiting for the next one.
    if (!signal.aborted) element("said").textContent = error.message;
  }
}

function show(rows, trials, first) {
  element("rows").replaceChildren(
    ...rows.map((row, place) => {
      const line = document.createElement("tr");
      line.className = place === 0 ? "first" : "";
      const texts = [row.searcher, `${row.mean.toFixed(2)} %`, `${row.low.toFixed(2)} to ${row.high.toFixed(2)}`];
      line.append(...texts.map((text) => Object.assign(document.createElement("td"), { textContent: text })));
      return line;
    }),
  );
  const { searcher, mean } = rows[0];
  const behind = mean - rows[1].mean;
  element("said").textContent =
    `After ${trials} tries ${searcher} leads ${rows[1].searcher} by ${behind.toFixed(2)} points; 91.61 % is the best there is.`;
  const top = rows.map((row) => row.top).reduce((one, other) => (other.loss < one.loss ? other : one));
  // The picture is text of the core, in which names are escaped.
  const picture = new DOMParser().parseFromString(figures.cell("nas-bench-201", top.architecture), "image/svg+xml");
  element("cell").replaceChildren(document.importNode(picture.documentElement, true));
  element("architecture").textContent = `${top.architecture}, ${top.values[METRIC].toFixed(2)} %`;
  element("command").textContent =
    `bilevel search --objective table --metric ${METRIC} --searcher ${searcher} --trials ${trials} --seed ${first}`;
}

element("controls").addEventListener("input", draw);
element("controls").addEventListener("submit", (event) => event.preventDefault());
await draw();
