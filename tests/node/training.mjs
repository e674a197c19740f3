// Networks trained in WebAssembly on the processor, in Node: the code of the terminal, with its numbers.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { install, root } from "./installed.mjs";

const installed = install();
const { gpu, replay, run, train } = await installed.import("bilevel");
const program = join(process.env.BILEVEL_TARGET ?? join(root, "target"), "release/bilevel");
const bilevel = (...words) => execFileSync(program, words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

const cell = "|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|skip_connect~0|none~1|nor_conv_3x3~2|";
const small = { channels: 2, epochs: 2, train_images: 150 };

async function all(training) {
  const events = [];
  for await (const event of training) events.push(event);
  return events;
}

test("a network is trained step by step, judged after every epoch, and its weights are a file", async () => {
  const training = train(cell, { training: small, seed: 9 });
  const about = await training.about;
  const events = await all(training);
  const network = await training.result;
  assert.deepEqual([about.epochs, about.steps, about.pixels.length], [2, 3, about.labels.length * 64]);
  assert.deepEqual(events.map(({ kind, epoch, number }) => [kind, epoch, number]), [
    ["step", 1, 1], ["step", 1, 2], ["step", 1, 3], ["epoch", 1, undefined],
    ["step", 2, 1], ["step", 2, 2], ["step", 2, 3], ["epoch", 2, undefined],
  ]);
  assert.deepEqual(await all(training), events, "whoever comes late sees all of it");
  const last = events.at(-1);
  const right = last.classes.filter((taken, image) => taken === about.labels[image]).length;
  assert.ok(Math.abs(last.accuracy - (100 * right) / about.labels.length) < 1e-9);
  assert.ok(last.probabilities.every((probability) => probability > 0.1 - 1e-6 && probability <= 1));
  assert.deepEqual([network.accuracy, network.loss, network.epochs, network.device], [last.accuracy, last.loss, 2, "cpu"]);
  const header = JSON.parse(Buffer.from(network.weights.slice(8, 8 + Number(Buffer.from(network.weights).readBigUInt64LE()))).toString());
  assert.equal(JSON.parse(header.__metadata__.bilevel).architecture, cell);
  assert.deepEqual(header["classifier.weight"].shape, [10, 8]);
  const again = await train(cell, { training: small, seed: 9n }).result;
  assert.deepEqual(again.weights, network.weights, "the same seed, the same bits");
  assert.notDeepEqual((await train(cell, { training: small, seed: 10 }).result).weights, network.weights);
});

test("it learns what the terminal's learns", async () => {
  const options = ["--objective", "digits:epochs=3", "--searcher", "random", "--trials", "3", "--seed", "5", "--no-retrain"];
  const path = join(installed.folder, "of-the-terminal");
  bilevel("search", ...options, "--out", path);
  const read = (file) => readFileSync(join(path, file), "utf8");
  const [spec, log] = [read("spec.json"), read("trials.jsonl")];
  // f32 in another order: some images of 719 change sides.
  const { different, trials, largest_difference: largest } = await replay(spec, log, { tolerance: 0.05 });
  assert.deepEqual([different, trials], [0, 3]);
  assert.ok(largest < 0.05, `${largest}`);
  const exact = await replay(spec, log);
  assert.ok(exact.differences.every(({ field }) => /^(values\.validation|loss|digest)/.test(field)), JSON.stringify(exact.differences));
});

test("a search over trained networks, its log, and the terminal that goes on from it", async () => {
  const objective = { name: "digits", ...small };
  const search = run({ space: "nas-bench-201", objective, searcher: "evolution", budget: { trials: 8 }, seed: 3 });
  const { best, trials } = await search.result;
  assert.equal(trials, 8);
  assert.ok(best.values.validation_accuracy > 10 && best.values.parameters > 0);
  for await (const { line } of search) assert.ok(line.cost.measured && line.cost.seconds > 0);
  const again = run({ space: "nas-bench-201", objective, searcher: "evolution", budget: { trials: 8 }, seed: 3 }, { worker: true });
  assert.equal((await again.result).digest, (await search.result).digest, "the same bits, whoever trained which");
  const path = join(installed.folder, "of-the-package");
  mkdirSync(path);
  const { spec } = await search.setting;
  writeFileSync(join(path, "spec.json"), spec.replace('"trials": 8', '"trials": 10'));
  writeFileSync(join(path, "trials.jsonl"), search.log());
  assert.equal(JSON.parse(bilevel("resume", path, "--json")).trials, 10);
});

test("searchers of several fidelities go on where a network stood", async () => {
  const objective = { name: "digits", ...small, epochs: 4 };
  const search = run({ space: "nas-bench-201", objective, searcher: "asha", budget: { trials: 12 }, seed: 3 });
  await search.result;
  const epochs = new Set();
  for await (const { line } of search) epochs.add(line.epochs);
  assert.ok(epochs.size > 1, [...epochs].join());
});

const long = { ...small, epochs: 50 };
const steps = async (training) => (await all(training)).filter(({ kind }) => kind === "step").length;

test("pause, step and stop, in every order, make the steps that were asked for", async () => {
  const training = train(cell, { training: long, paused: true });
  await training.step(2);
  await Promise.all([training.step(2), training.step(2)]);
  await training.to(8);
  const network = await training.stop();
  assert.deepEqual([await steps(training), network.epochs], [8, 2]);
  const running = train(cell, { training: long });
  for await (const { kind } of running) if (kind === "step") break;
  running.pause();
  // One may be on its way.
  const before = await running.step(3).then(() => running.stop()).then(() => steps(running));
  assert.ok(before >= 4 && before <= 6, String(before));
  const resumed = train(cell, { training: { ...small, epochs: 1 }, paused: true });
  resumed.resume();
  assert.equal((await resumed.result).epochs, 1);
  await resumed.step();
  await assert.rejects(resumed.step(0), RangeError);
  assert.equal((await train(cell, { training: long, paused: true }).stop()).epochs, 0);
});

test("an abort ends its Worker whenever it comes, and nobody waits for it", async () => {
  for (const late of [0, 5, 20, 60, 150]) {
    const controller = new AbortController();
    const aborted = train(cell, { training: { ...small, epochs: 500 }, signal: controller.signal });
    await new Promise((resolve) => setTimeout(resolve, late));
    const began = performance.now();
    controller.abort(new Error("enough"));
    await assert.rejects(aborted.result, /enough/);
    await assert.rejects(all(aborted), /enough/);
    await assert.rejects(aborted.about.then(() => aborted.result), /enough/);
    assert.ok(performance.now() - began < 100);
    await assert.rejects(train(cell, { signal: controller.signal }).result, /enough/);
  }
  // Whatever is left of them keeps this process and its handles: Workers are ports.
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal(process.getActiveResourcesInfo().filter((name) => name === "MessagePort" || name === "Worker").length, 0);
});

test("what cannot be trained says why, and a diverged training says what helps", async () => {
  const refusals = [
    ["|skip~0|", {}, /unknown operation `skip`|edges/],
    [5, {}, /^TypeError: an architecture is text/],
    [cell, { seed: 2 ** 60 }, /^RangeError: a seed beyond 2\^53 is a BigInt/],
    [cell, { seed: 0.5 }, /^RangeError: a seed is a whole number/],
    [cell, { training: { channels: 0 } }, /channels must be in 1\.\.=256, got 0/],
    [cell, { training: { chanels: 2 } }, /unknown field `chanels`/],
    [cell, { training: { device: "webgpu" } }, /this browser has no WebGPU/],
    [cell, { training: { device: "cuda:0" } }, /device `cuda:0` is not here/],
    [cell, { seed: -1 }, /a seed is a number from 0 to 18446744073709551615, got `-1`/],
    [cell, { training: { train_images: 5000 } }, /5000 train images are wanted and \d+ are left/],
    [cell, { training: { learning_rate: 10, weight_decay: 1e30 } }, /^Diverged: training diverged: the loss is .*; try a smaller learning_rate/],
  ];
  for (const [architecture, options, words] of refusals) {
    const training = train(architecture, options);
    await assert.rejects(training.result, (error) => words.test(String(error).replace(/^Error: /, "")) || assert.fail(String(error)));
    if (!/Diverged/.test(String(await training.result.catch((error) => error)))) await assert.rejects(training.about, words);
  }
  // The only step leads to weights that are no numbers, which no further step would notice.
  const astray = { training: { ...small, train_images: 60, epochs: 1, learning_rate: 10, weight_decay: 1e30 } };
  await assert.rejects(train(cell, astray).result, { name: "Diverged" });
  const search = (objective, searcher = "random") => run({ space: "nas-bench-201", objective, searcher, budget: { trials: 2 } }).result;
  await assert.rejects(search({ name: "digits", device: "webgpu" }), /no WebGPU/);
  await assert.rejects(search("cifar10"), /this build or place has no images for it/);
  const { failed } = await search({ name: "digits", ...small, learning_rate: 10, weight_decay: 1e30 });
  assert.equal(failed, 2);
  // A replay that cannot train says so, and not that everything differs.
  const digits = run({ space: "nas-bench-201", objective: { name: "digits", ...small }, searcher: "random", budget: { trials: 1 } });
  await digits.result;
  const { spec } = await digits.setting;
  await assert.rejects(replay(spec.replace('"name": "digits"', '"name": "digits", "device": "webgpu"'), digits.log()), /no WebGPU/);
  assert.equal(await gpu(), null);
});
