// The page "Train one": its elements, its keys and its address. Training, searching and drawing are the package's.
import { NARROW, SPACE, WIDE, among, oneOf, read, whole, write } from "../web/dist/package/dist/element.js";
import { gpu, load } from "../web/dist/package/dist/index.js";
import { FIRST, anyCell, cellOf, edges, isConnected, place, textOf } from "./cell.js";
import { PATIENCE, element, face, inFrame, keep, listenToKeys, listenToSeed, noticeWith } from "./controls.js";
import { needsGpu, sayDevices } from "./devices.js";
import { CHANCE, Lesson } from "./lesson.js";
import { mistakes } from "./mistakes.js";
import { Search } from "./search.js";
import { copy, picture, save, svgFile } from "./share.js";
import { Tried, row } from "./tried.js";

const RATES = [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
const PLACES = { cell: place, seed: whole(7, 0, 999_999), epochs: whole(8, 1, 30), rate: among(RATES, 0.1), channels: whole(4, 1, 16), device: oneOf("cpu", "webgpu"), searcher: oneOf("evolution", "reinforce", "local", "random") };
/** Whoever gets fewer % of the digits right has learned nothing: guessing gets a tenth. */
const GUESSED = 15;

const still = matchMedia("(prefers-reduced-motion: reduce)");
const narrow = matchMedia("(max-width: 40rem)");

let figures, wanted, unknown, adapter, fillEdges;
/** The cells before this one, the last at the end. */
const earlier = [];
const tried = new Tried();
/** Says sentences, with a way out of them where there is one: what its button says, and what it changes. */
const notice = noticeWith((values) => change(values, { paused: false }));

const lesson = new Lesson({ changed, ended, failed });
const search = new Search({
  drawn: (metric, points) => inFrame("curve", () => picture("curve", figures.curve(metric, points))),
  said: (text) => (element("search-said").textContent = text),
  spoken: (text) => (element("search-spoken").textContent = text),
  over: () => searches(false),
  yours: () => tried.best,
});

function changed() {
  inFrame("lesson", () => {
    const { course, about, judged, running, over } = lesson;
    if (course.losses.length > 0 || about) picture("course", figures.training(course, CHANCE, { width: narrow.matches ? NARROW : WIDE }));
    element("state").textContent = lesson.words;
    face(element("run"), ...(running ? ["❚❚", "Pause"] : ["▶", over ? "Again" : "Run"]));
    element("step").ariaDisabled = element("epoch").ariaDisabled = over;
    element("start").ariaDisabled = course.losses.length === 0;
    element("weights").ariaDisabled = lesson.network === undefined;
    element("cell-said").textContent = lesson.short;
    if (judged !== shown) judge(judged);
    if (!running && element("spoken").textContent !== lesson.words) element("spoken").textContent = lesson.words;
  });
}

let shown;

/** Shows what the network did after its last epoch. */
function judge(judged) {
  shown = judged;
  element("mistakes-said").textContent = mistakes(element("mistakes"), lesson.about, judged);
  const heads = ["epoch", "right", "loss, unseen", "loss, training"];
  const rows = lesson.epochs.map(({ epoch, accuracy, loss, trainLoss }) => row([epoch, `${accuracy.toFixed(1)} %`, loss.toFixed(3), trainLoss.toFixed(3)], heads));
  element("rows").replaceChildren(...rows);
}

function ended(network) {
  tried.add(lesson.wanted, network);
  element("tried").replaceChildren(...tried.rows());
  if (network.accuracy < GUESSED) astray(`It gets ${network.accuracy.toFixed(1)} % right, as guessing does.`, lesson.wanted);
}

/** Explains a training that led nowhere, and offers a way back. */
function astray(seen, { cell, rate, epochs, seed }) {
  const usual = { rate: PLACES.rate.fallback, epochs: PLACES.epochs.fallback };
  const [why, label, values] = !isConnected(cell)
    ? ["No path leads from node 0 of its cell to node 3: it never sees the image.", "Train the first cell", { cell: FIRST }]
    : rate > usual.rate
      ? [`Steps of ${rate} threw its weights so far that nothing leads back; a learning rate of ${usual.rate} does better.`, `Train with ${usual.rate}`, { rate: usual.rate }]
      : epochs < usual.epochs
        ? [`${epochs === 1 ? "One epoch is" : `${epochs} epochs are`} too few for it.`, `Train for ${usual.epochs}`, { epochs: usual.epochs }]
        : rate < usual.rate
          ? [`Steps of ${rate} are too short; a learning rate of ${usual.rate} does better.`, `Train with ${usual.rate}`, { rate: usual.rate }]
          : ["Its weights began where nothing leads on; from another seed it may do better.", "Train from the next seed", { seed: seed + 1 }];
  notice([seen, why], [label, values]);
}

/** Says what could not be done, with a way out of it. */
function failed(error) {
  if (error.name === "Diverged") return astray("This training went astray: its loss left the numbers.", lesson.wanted);
  const onGpu = wanted.device === "webgpu";
  notice([`This could not be trained: ${error.message}.`], onGpu ? ["Train on the processor", { device: "cpu" }] : ["Try again", {}]);
}

let patience;

/** Shows what is wanted in the controls and keeps it in the address. */
function fill() {
  const { cell, seed, epochs, rate, channels, device, searcher } = wanted;
  fillEdges(cell);
  picture("cell", figures.cell(SPACE, textOf(cell)));
  for (const [id, value] of Object.entries({ seed, epochs, channels, device, searcher })) element(id).value = value;
  element("rate").value = RATES.indexOf(rate);
  for (const [id, value] of Object.entries({ epochs, rate, channels })) element(`${id}-shown`).value = element(id).ariaValueText = value;
  element("undo").ariaDisabled = earlier.length === 0;
  element("command").textContent = `bilevel search --objective digits --searcher ${searcher} --seed ${seed} --trials 100`;
  keep(write(wanted, unknown, PLACES));
}

/** Wants something else, and trains it, unless the visitor has it rest. */
function change(values, { paused = lesson.rests } = {}) {
  clearTimeout(patience);
  notice([]);
  if (values.cell !== undefined && values.cell !== wanted.cell) earlier.push(wanted.cell);
  renew(values, paused);
}

function renew(values, paused) {
  Object.assign(wanted, values);
  fill();
  lesson.begin({ ...wanted }, { paused });
}

/** Goes back to the cell before. */
function undo() {
  const cell = earlier.pop();
  if (cell === undefined) return;
  notice([]);
  renew({ cell }, lesson.rests);
}

/** The same for a slider, which is dragged over many values. */
function drag(values) {
  Object.assign(wanted, values);
  fill();
  clearTimeout(patience);
  patience = setTimeout(() => change({}), PATIENCE);
}

function listen() {
  fillEdges = edges(element("edges"), (cell) => change({ cell }));
  element("run").onclick = () => (notice([]), lesson.toggle());
  element("step").onclick = () => lesson.go();
  element("epoch").onclick = () => lesson.goToEpoch();
  element("start").onclick = () => element("start").ariaDisabled === "true" || change({}, { paused: true });
  for (const id of ["epochs", "channels"]) element(id).oninput = ({ target }) => drag({ [id]: Number(target.value) });
  element("rate").oninput = ({ target }) => drag({ rate: RATES[Number(target.value)] });
  element("device").onchange = ({ target }) => change({ device: target.value });
  listenToSeed(PLACES.seed, change, (sentences) => {
    fill();
    notice(sentences);
  });
  element("random").onclick = () => change({ cell: anyCell() });
  element("undo").onclick = undo;
  element("searcher").onchange = ({ target }) => {
    wanted.searcher = target.value;
    fill();
  };
  element("go").onclick = go;
  element("take").onclick = () => {
    change({ cell: cellOf(search.best.architecture) }, { paused: false });
    // What it does is seen up there.
    element("course").scrollIntoView({ block: "center", behavior: still.matches ? "auto" : "smooth" });
    element("run").focus({ preventScroll: true });
  };
  listenToKeys({ " ": "run", ArrowRight: "step" }, { Home: "start", r: "start" });
  narrow.onchange = changed;
  addEventListener("hashchange", () => {
    const { cell } = wanted;
    const notices = take();
    if (cell !== wanted.cell) earlier.push(cell);
    change({});
    notice(notices);
  });
  element("link").onclick = ({ target }) => copy(target, new URL(`#${write(wanted, unknown, PLACES)}`, location).href);
  element("copy-command").onclick = ({ target }) => copy(target, element("command").textContent);
  element("svg").onclick = () => svgFile("course");
  element("cell-svg").onclick = () => svgFile("cell");
  element("csv").onclick = () => save("training.csv", "text/csv", csv(lesson.course));
  element("weights").onclick = () => lesson.network && save("weights.safetensors", "application/octet-stream", lesson.network.weights);
}

function csv({ losses, steps, judged }) {
  const rows = losses.map((loss, step) => {
    const after = (step + 1) % steps === 0 ? judged[(step + 1) / steps - 1] : undefined;
    return [step + 1, loss, after?.accuracy ?? "", after?.loss ?? ""].join(",");
  });
  return `${["step,training_loss,validation_accuracy,validation_loss", ...rows].join("\n")}\n`;
}

function go() {
  if (search.running) return search.stop();
  const { seed, device, searcher } = wanted;
  element("search-said").textContent = "The first networks are being trained …";
  search.begin({ searcher, seed, device });
  searches(true);
}

/** What can be done while a search runs, and while none does. */
function searches(running) {
  face(element("go"), ...(running ? ["■", "Stop"] : ["▶", "Search for a minute"]));
  element("searcher").disabled = running;
  element("take").disabled = running || search.best === undefined;
}

/** Wants what the address says; a sentence for each value in it that was replaced. */
function take() {
  const { values, unknown: others, notices } = read(location.hash, PLACES);
  [wanted, unknown] = [values, others];
  return [...notices, ...needsGpu(wanted, adapter)];
}

async function main() {
  try {
    [{ figures }, adapter] = await Promise.all([load(), gpu()]);
  } catch (error) {
    notice([`The page could not be loaded: ${error.message}.`], ["Try again", {}]);
    element("again").onclick = () => location.reload();
    return;
  }
  const notices = take();
  listen();
  sayDevices(adapter);
  for (const id of ["usable", "edges", "search", "taken"]) element(id).disabled = false;
  change({}, { paused: still.matches || document.visibilityState !== "visible" });
  notice(notices);
}

main();
