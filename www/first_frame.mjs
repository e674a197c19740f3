// The figures that the page shows before its scripts run, by the code of the page and the package in Node.
//
//   node www/first_frame.mjs            writes www/figures
//   node www/first_frame.mjs --check    fails where a file is not what this gives
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { NARROW, Race, WIDE, curves } from "../web/dist/package/dist/element.js";
import { load, run } from "../web/dist/package/dist/node.js";

const [SEED, TRIALS] = [7, 100];
const folder = new URL("figures/", import.meta.url);

const { figures } = await load();
const race = new Race(run, SEED);
await race.to(TRIALS);
const series = race.series(TRIALS);
const frames = {
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
