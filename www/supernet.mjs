// What the gradient lab has of a frozen supernet: the loss of every path, and how estimators do that ask about mixtures.
//
//   cargo build --release && node www/supernet.mjs     makes the supernet where runs/ has none and measures; half an hour, and
//                                                       goes on where it was left
//   node www/supernet.mjs --check                       fails where the losses and what was measured of them do not fit
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { gradient } from "../web/dist/package/dist/node.js";
import { ESTIMATORS, SUPERNET, TEMPERATURES, command, suitable } from "./scenes.js";

const root = new URL("../", import.meta.url);
const folder = new URL("supernet/", import.meta.url);
const [LOSSES, ROWS] = [new URL("losses.bin", folder), new URL("rows.json", folder)];
/** Those that ask about architectures alone are here to be checked: the page draws them itself. */
const CHECKED = ["reinforce", "rloo"];

const wanted = { objective: "supernet", estimators: [...suitable(Object.keys(ESTIMATORS), "supernet").filter((name) => ESTIMATORS[name].soft), ...CHECKED].join(","), draws: SUPERNET.draws, seed: SUPERNET.seed };

/** The losses of a kept supernet: the first of the pairs that its file has of every path, in the order of the space. */
function losses(bytes) {
  const size = Number(bytes.readBigUInt64LE());
  const { paths } = JSON.parse(bytes.subarray(8, 8 + size).toString());
  const [begin, end] = paths.data_offsets.map((offset) => 8 + size + offset);
  const view = new DataView(bytes.buffer, bytes.byteOffset + begin, end - begin);
  return Float64Array.from({ length: (end - begin) / 16 }, (_, path) => view.getFloat64(16 * path, true));
}

const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");

async function make() {
  const words = [...command(wanted).split(" ").slice(1), "--out", "runs/lab-supernet", "--json"];
  const { exact, expectation, rows } = JSON.parse(execFileSync(new URL("target/release/bilevel", root).pathname, words, { cwd: root.pathname, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }));
  const [file] = (await readdir(new URL("runs/", root))).filter((name) => /^supernet-\w+\.safetensors$/.test(name));
  const bytes = Buffer.from(losses(await readFile(new URL(`runs/${file}`, root))).buffer);
  await mkdir(folder, { recursive: true });
  await writeFile(LOSSES, bytes);
  await writeFile(ROWS, `${JSON.stringify({ command: command(wanted), losses: digest(bytes), expectation, exact, rows: rows.map((row) => ({ ...row, microseconds: null })) })}\n`);
}

async function check() {
  const [bytes, kept] = [await readFile(LOSSES), JSON.parse(await readFile(ROWS, "utf8"))];
  const values = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const bench = await gradient({ space: "nas-bench-201", objective: "function", estimators: CHECKED, seed: wanted.seed }, { values });
  const drawn = CHECKED.map((_, measurement) => (bench.draw(measurement, wanted.draws), bench.row(measurement)));
  const rows = kept.rows.filter(({ estimator }) => CHECKED.includes(estimator));
  const measured = new Set(kept.rows.map(({ estimator, temperature }) => `${estimator} ${temperature}`));
  const expected = wanted.estimators.split(",").flatMap((name) => (ESTIMATORS[name].warm ? TEMPERATURES : [null]).map((temperature) => `${name} ${temperature}`));
  if (kept.command === command(wanted) && kept.losses === digest(bytes) && isDeepStrictEqual([bench.exact, drawn, [...measured].sort()], [kept.exact, rows, expected.sort()])) return;
  console.error("www/supernet is not what its losses and the estimators give; `node www/supernet.mjs` measures anew");
  process.exitCode = 1;
}

await (process.argv.includes("--check") ? check() : make());
