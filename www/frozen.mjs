// What the gradient lab has of a frozen supernet: the loss of every path, and how estimators do that ask about mixtures.
//
//   cargo build --release && node www/frozen.mjs     makes the supernet where runs/ has none and measures; half an hour, and
//                                                       goes on where it was left
//   node www/frozen.mjs --check                       fails where the losses and what was measured of them do not fit
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { gradient } from "../web/dist/package/dist/node.js";
import { ESTIMATORS, SUPERNET, TEMPERATURES, command, suitable } from "./scenes.js";

const root = new URL("../", import.meta.url);
const folder = new URL("frozen/", import.meta.url);
const [LOSSES, ROWS] = [new URL("losses.bin", folder), new URL("rows.json", folder)];
/** Those that ask about architectures alone are here to be checked: the page draws them itself. */
const CHECKED = ["reinforce", "rloo"];

const wanted = { objective: "supernet", bend: 0, estimators: [...suitable(Object.keys(ESTIMATORS), "supernet").filter((name) => ESTIMATORS[name].soft), ...CHECKED].join(",") };

/** What a supernet is made by where nobody says otherwise. */
const USUAL = { channels: 8, epochs: 40, images: 128, weights: 0 };

/** What the head of a kept supernet says, and how many bytes it has. */
function headOf(bytes) {
  const size = Number(bytes.readBigUInt64LE());
  return { size, head: JSON.parse(bytes.subarray(8, 8 + size).toString()) };
}

/** The bytes of the usual supernet. */
async function kept() {
  for (const name of await readdir(new URL("runs/", root))) {
    if (!/^supernet-\w+\.safetensors$/.test(name)) continue;
    const bytes = await readFile(new URL(`runs/${name}`, root));
    if (isDeepStrictEqual(JSON.parse(headOf(bytes).head.__metadata__["bilevel-supernet"]), USUAL)) return bytes;
  }
  throw new Error("runs/ has no supernet as it is usually made");
}

/** The losses of a kept supernet: the first of the pairs that its file has of every path, in the order of the space. */
function losses(bytes) {
  const { size, head: { paths } } = headOf(bytes);
  const [begin, end] = paths.data_offsets.map((offset) => 8 + size + offset);
  const view = new DataView(bytes.buffer, bytes.byteOffset + begin, end - begin);
  return Float64Array.from({ length: (end - begin) / 16 }, (_, path) => view.getFloat64(16 * path, true));
}

const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");

async function make() {
  const words = [...command(wanted, SUPERNET.draws).split(" ").slice(1), "--out", "runs/lab-supernet", "--json"];
  const { exact, expectation, rows } = JSON.parse(execFileSync(new URL("target/release/bilevel", root).pathname, words, { cwd: root.pathname, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }));
  const bytes = Buffer.from(losses(await kept()).buffer);
  await mkdir(folder, { recursive: true });
  await writeFile(LOSSES, bytes);
  await writeFile(ROWS, `${JSON.stringify({ command: command(wanted, SUPERNET.draws), losses: digest(bytes), expectation, exact, rows: rows.map((row) => ({ ...row, microseconds: null })) })}\n`);
}

async function check() {
  const [bytes, found] = [await readFile(LOSSES), JSON.parse(await readFile(ROWS, "utf8"))];
  const values = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const bench = await gradient({ space: "nas-bench-201", objective: "function", estimators: CHECKED, seed: SUPERNET.seed }, { values });
  const drawn = CHECKED.map((_, measurement) => (bench.draw(measurement, SUPERNET.draws), bench.row(measurement)));
  const rows = found.rows.filter(({ estimator }) => CHECKED.includes(estimator));
  const measured = new Set(found.rows.map(({ estimator, temperature }) => `${estimator} ${temperature}`));
  const expected = wanted.estimators.split(",").flatMap((name) => (ESTIMATORS[name].warm ? TEMPERATURES : [null]).map((temperature) => `${name} ${temperature}`));
  if (found.command === command(wanted, SUPERNET.draws) && found.losses === digest(bytes) && isDeepStrictEqual([bench.exact, bench.expectation, drawn, [...measured].sort()], [found.exact, found.expectation, rows, expected.sort()])) return;
  console.error("www/frozen is not what its losses and the estimators give; `node www/frozen.mjs` measures anew");
  process.exitCode = 1;
}

await (process.argv.includes("--check") ? check() : make());
