// The figures that the page shows before its scripts run, by the code of the page and the package in Node.
//
//   node www/first_frame.mjs            writes www/figures
//   node www/first_frame.mjs --check    fails where a file is not what this gives
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { NARROW, Race, WIDE, curves } from "../web/dist/package/dist/element.js";
import { gradient, load, run, train } from "../web/dist/package/dist/node.js";
import { FIRST, textOf } from "./cell.js";
import { specification } from "./methods.js";
import { FIRST as ONE_SHOT, PANELS } from "./progress.js";
import { QUANTITIES, pictures } from "./readings.js";
import { FIRST as LAB, specifications } from "./scenes.js";

const [SEED, TRIALS, EPOCHS, CHANCE] = [7, 100, 8, 10];
const folder = new URL("figures/", import.meta.url);

const { figures } = await load();
const race = new Race(run, SEED);
await race.to(TRIALS);
const series = race.series(TRIALS);
const training = train(textOf(FIRST), { training: { epochs: EPOCHS, learning_rate: 0.1, channels: 4 }, seed: SEED });
const { steps } = await training.about;
const course = { losses: [], steps, epochs: EPOCHS, judged: [] };
for await (const { kind, epoch, loss, accuracy } of training) {
  if (kind === "step") course.losses.push(loss);
  else course.judged.push({ epoch, accuracy, loss });
}
const epochs = [];
for await (const { line } of run(specification(ONE_SHOT))) if (line.purpose === "train") epochs.push(line.instruments);
const supernet = (width) => figures.instruments(epochs, { width, epochs: ONE_SHOT.epochs, panels: PANELS });
const panels = {};
for (const [name, asked] of Object.entries(specifications(LAB))) {
  const bench = await gradient(...asked);
  const draw = (_, measurement) => (bench.draw(measurement, LAB.draws), bench.row(measurement));
  panels[name] = { rows: bench.measurements.map(draw), exact: bench.exact };
}
const plots = Object.keys(QUANTITIES).flatMap((quantity) =>
  Object.entries(pictures(figures, panels, quantity, LAB)).map(([panel, picture]) => [`lab-${quantity}-${panel}.svg`, picture]),
);
const frames = {
  ...Object.fromEntries(plots),
  "training.svg": figures.training(course, CHANCE, { width: WIDE }),
  "training-narrow.svg": figures.training(course, CHANCE, { width: NARROW }),
  "supernet.svg": supernet(WIDE),
  "supernet-narrow.svg": supernet(NARROW),
  "race.svg": curves(figures, series, TRIALS, WIDE),
  "race-narrow.svg": curves(figures, series, TRIALS, NARROW),
};

await mkdir(folder, { recursive: true });
for (const [name, text] of Object.entries(frames)) {
  const file = new URL(name, folder);
  if (!process.argv.includes("--check")) await writeFile(file, text);
  else if ((await readFile(file, "utf8").catch(() => undefined)) !== text) {
    console.error(`www/figures/${name} is not what the page draws; \`node www/first_frame.mjs\` draws it anew`);
    process.exitCode = 1;
  }
}
