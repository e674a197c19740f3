// The page "Train while searching": its elements, its keys and its address. Searching, training and drawing are the package's.
import { NARROW, SPACE, WIDE, among, oneOf, read, whole, write } from "../web/dist/package/dist/element.js";
import { gpu, load } from "../web/dist/package/dist/index.js";
import { PATIENCE, element, face, inFrame, keep, listenToKeys, listenToSeed, noticeWith } from "./controls.js";
import { needsGpu, sayDevices } from "./devices.js";
import { ENDS, METHODS, command } from "./methods.js";
import { OneShot } from "./oneshot.js";
import { CHOICES, FIRST, PANELS, RATES, count, csv, numbers, summary } from "./progress.js";
import { clear, copy, picture, save, svgFile } from "./share.js";
import { row } from "./tried.js";

const PLACES = {
  method: oneOf(...Object.keys(METHODS)),
  ends: oneOf(...Object.keys(ENDS)),
  epochs: whole(FIRST.epochs, 1, 60),
  rate: among(RATES, FIRST.rate),
  seed: whole(FIRST.seed, 0, 999_999),
  device: oneOf("cpu", "webgpu"),
};
const HEADS = ["search", "shared weights", "from fresh weights", "cells at random", "skips", "its cost"];

const still = matchMedia("(prefers-reduced-motion: reduce)");
const narrow = matchMedia("(max-width: 40rem)");

let figures, wanted, unknown, adapter;
/** The searches that have ended, by what they were: the same again is the same row. */
const searched = new Map();
/** Says sentences, with a way out of them where there is one: what its button says, and what it changes. */
const notice = noticeWith((values) => change(values, { paused: false }));

const search = new OneShot({ changed, ended, failed });

function changed() {
  inFrame("search", () => {
    const { epochs, policy, running, over, found, alarm, notices, words, setting } = search;
    const width = narrow.matches ? NARROW : WIDE;
    if (epochs.length > 0 || setting) {
      const view = { width, epochs: search.wanted.epochs, panels: PANELS, ...(alarm ? { alarm } : {}) };
      picture("course", figures.instruments(epochs.map(({ instruments }) => instruments), view));
    }
    if (policy) picture("policy", figures.policyBars(SPACE, policy.slice(0, CHOICES), { width: NARROW }));
    if (search.architecture) picture("cell", figures.cell(SPACE, search.architecture));
    else clear("cell");
    element("state").textContent = words;
    const which = METHODS[search.wanted.method].candidates ? "The likeliest cell" : "The cell that it would become";
    element("cell-said").textContent = found ? "The cell that it took" : epochs.length > 0 ? `${which} after epoch ${epochs.length}` : which;
    element("alarm").textContent = notices.map((notice) => `${notice[0].toUpperCase()}${notice.slice(1)}.`).join(" ");
    element("alarm").hidden = notices.length === 0;
    face(element("run"), ...(running ? ["❚❚", "Pause"] : ["▶", over ? "Again" : "Run"]));
    // The cell that was found is trained without a pause.
    element("run").ariaDisabled = running && found !== undefined;
    element("step").ariaDisabled = over || found !== undefined;
    element("start").ariaDisabled = epochs.length === 0;
    element("rows").replaceChildren(...numbers(epochs));
    if ((!running || found) && element("spoken").textContent !== words) element("spoken").textContent = words;
  });
}

function ended() {
  const name = `${METHODS[search.wanted.method].called}${summary(search.wanted)}`;
  const { found, fresh, others, epochs, seconds } = search;
  const percent = (value) => `${value.toFixed(1)} %`;
  const mean = others.reduce((sum, value) => sum + value, 0) / others.length;
  const skips = found.architecture.split("skip_connect").length - 1;
  searched.delete(name);
  searched.set(name, [percent(found.accuracy), percent(fresh), percent(mean), `${skips} of 6`, `${count(epochs.length)}, ${seconds.toFixed(0)} s`]);
  element("searched").replaceChildren(...[...searched].reverse().map(([name, texts]) => row([name, ...texts], HEADS)));
}

/** Says what could not be done, with a way out of it. */
function failed(error) {
  const onGpu = wanted.device === "webgpu";
  notice([`This could not be searched: ${error.message}.`], onGpu ? ["Search on the processor", { device: "cpu" }] : ["Try again", {}]);
}

let patience;

/** Shows what is wanted in the controls and keeps it in the address. */
function fill() {
  const { method, ends, epochs, rate, seed, device } = wanted;
  element("rate").disabled = METHODS[method].still === true;
  element("ends").querySelector("[value=curvature]").disabled = METHODS[method].paths === true;
  for (const [id, value] of Object.entries({ method, ends, epochs, seed, device })) element(id).value = value;
  element("rate").value = RATES.indexOf(rate);
  for (const [id, value] of Object.entries({ epochs, rate })) element(`${id}-shown`).value = element(id).ariaValueText = value;
  element("command").textContent = command(wanted);
  keep(write(wanted, unknown, PLACES));
}

/** Wants something else, and searches, unless the visitor has it rest. */
function change(values, { paused = search.rests } = {}) {
  clearTimeout(patience);
  Object.assign(wanted, values);
  notice(unmeasured());
  fill();
  search.begin({ ...wanted }, { paused });
}

/** Wants no rule over what the method does not measure; the sentence that says so. */
function unmeasured() {
  const { called, paths } = METHODS[wanted.method];
  if (wanted.ends !== "curvature" || !paths) return [];
  wanted.ends = "epochs";
  return [`${called} runs no mixture, whose curvature could grow: it ends after its epochs.`];
}

/** The same for a slider, which is dragged over many values. */
function drag(values) {
  Object.assign(wanted, values);
  fill();
  clearTimeout(patience);
  patience = setTimeout(() => change({}), PATIENCE);
}

function listen() {
  element("run").onclick = () => element("run").ariaDisabled === "true" || (notice([]), search.toggle());
  element("step").onclick = () => search.go();
  element("start").onclick = () => element("start").ariaDisabled === "true" || change({}, { paused: true });
  element("epochs").oninput = ({ target }) => drag({ epochs: Number(target.value) });
  element("rate").oninput = ({ target }) => drag({ rate: RATES[Number(target.value)] });
  for (const id of ["method", "ends", "device"]) element(id).onchange = ({ target }) => change({ [id]: target.value });
  listenToSeed(PLACES.seed, change, (sentences) => {
    fill();
    notice(sentences);
  });
  listenToKeys({ " ": "run", ArrowRight: "step" }, { Home: "start", r: "start" });
  narrow.onchange = changed;
  addEventListener("hashchange", () => {
    const before = JSON.stringify(wanted);
    const notices = take();
    if (JSON.stringify(wanted) === before) return notice(notices);
    change({});
    if (notices.length > 0) notice(notices);
  });
  element("link").onclick = ({ target }) => copy(target, new URL(`#${write(wanted, unknown, PLACES)}`, location).href);
  element("copy-command").onclick = ({ target }) => copy(target, element("command").textContent);
  for (const [id, figure] of [["svg", "course"], ["policy-svg", "policy"], ["cell-svg", "cell"]]) element(id).onclick = () => svgFile(figure);
  element("csv").onclick = () => save("search.csv", "text/csv", csv(search.epochs));
  element("log").onclick = () => save("trials.jsonl", "application/jsonl", search.log());
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
  for (const id of ["usable", "taken"]) element(id).disabled = false;
  change({}, { paused: still.matches || document.visibilityState !== "visible" });
  if (notices.length > 0) notice(notices);
}

main();
