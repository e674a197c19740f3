// The page "The gradient lab": its elements, its keys and its address. Estimating and drawing are the package's.
import { NARROW, among, oneOf, read, whole, write } from "../web/dist/package/dist/element.js";
import { load } from "../web/dist/package/dist/index.js";
import { element, face, keep, listenToKeys, listenToSeed, options } from "./controls.js";
import { Lab } from "./lab.js";
import { HEADS, QUANTITIES, WIDTH, csv, inWords, pictures, table } from "./readings.js";
import { ESTIMATORS, FIRST, GROUPS, MOST, OBJECTIVES, SUPERNET, TEMPERATURES, colours, command, estimators, named, ordered, suitable, suits } from "./scenes.js";
import { copy, save, show as draw, svgFile } from "./share.js";
import { row } from "./tried.js";

const BENDS = Array.from({ length: 11 }, (_, tenths) => tenths / 10);
const PLACES = {
  objective: oneOf(...Object.keys(OBJECTIVES)),
  bend: among(BENDS, FIRST.bend),
  estimators,
  follow: oneOf(...new Set([FIRST.follow, ...Object.keys(ESTIMATORS)])),
  temperature: among(TEMPERATURES, FIRST.temperature),
  step: oneOf(FIRST.step, "draw", "100", "10000"),
  position: whole(FIRST.position, 0, 9),
  choice: whole(FIRST.choice, 0, 4),
  draws: among([1000, 10_000, 100_000], FIRST.draws),
  seed: whole(FIRST.seed, 0, 999_999),
};

/** What the panels and the command are called where nothing else is to be said of them. */
const [SUBJECT, CONTROL, COMMAND] = ["subject-said", "control-said", "command-said"].map((id) => element(id).textContent);
const FIGURES = [...Object.keys(QUANTITIES), "distribution", "simplex"];

const still = matchMedia("(prefers-reduced-motion: reduce)");
const narrow = matchMedia("(max-width: 40rem)");

let figures, wanted, unknown;

const lab = new Lab({ changed, waits, failed });
/** What the places were filled for, and whether anything was drawn since the page was opened. */
let [filled, seen] = [];

/** What is measured, looked at as is wanted: of panels that are there while others are on their way. */
function looked() {
  const { temperature, step, position, choice } = wanted;
  const follow = names(lab.wanted).includes(wanted.follow) ? wanted.follow : lab.wanted.follow;
  return { ...lab.wanted, follow, temperature, step, position, choice };
}

/** Draws what the lab has. */
function changed() {
  const { count, running, over } = lab;
  face(element("run"), ...(running ? ["❚❚", "Pause"] : ["▶", over ? "Again" : "Run"]));
  if (lab.wanted === undefined) return;
  element("start").ariaDisabled = count === 0;
  if (filled !== lab.wanted) fillPlaces();
  const at = looked();
  const panels = Object.fromEntries(Object.entries(lab.panels).map(([name, { rows, exact }]) => [name, { rows, exact }]));
  const words = inWords(panels, count, at);
  if (count > 0 || seen) element("state").textContent = words;
  if (!running && element("spoken").textContent !== words) element("spoken").textContent = words;
  element("command").textContent = command(lab.wanted, count > 1 && !running ? count : lab.wanted.draws);
  if (Object.values(panels).some(({ rows }) => rows.length === 0)) return empty();
  seen = true;
  arrange(lab.panels, at);
  const width = narrow.matches ? NARROW : WIDTH;
  for (const quantity of Object.keys(QUANTITIES)) {
    for (const [name, picture] of Object.entries(pictures(figures, panels, quantity, at, width))) shown(`${quantity}-${name}`, picture);
  }
  near(at, width);
  element("rows").replaceChildren(...table(panels, names(at), at.temperature).map((texts) => row(texts, HEADS)));
  files();
}

/** Nothing is left of what was drawn before; the figures of the first frame stay until there are others. */
function empty() {
  if (!seen) return files();
  for (const picture of document.querySelectorAll(".panels .picture")) picture.classList.add("absent");
  element("rows").replaceChildren();
  files();
}

/** Which panels there are, and what they are called: where nothing bends the control is all. */
function arrange(panels, { objective }) {
  const [alone, traced] = [!panels.subject, panels.subject?.trace !== undefined];
  element("panels").classList.toggle("alone", alone);
  element("near-panels").classList.toggle("alone", !traced);
  element("near-sides").hidden = !traced;
  element("subject-said").textContent = objective === "supernet" ? `Bent: the network itself; what asks it about mixtures was drawn ${SUPERNET.draws} times, from seed ${SUPERNET.seed}` : SUBJECT;
  element("control-said").textContent = alone ? "Straight: a table says what choices are worth, not what mixtures are" : CONTROL;
  element("command-said").textContent = objective === "supernet" ? "What was measured at its mixtures; a terminal makes the network first, in some minutes:" : COMMAND;
}

/** Draws one estimator from near, in every panel whose draws are here; both on the same axes. */
function near({ estimators, follow, position, choice }, width) {
  const traces = Object.entries(lab.panels).flatMap(([name, { trace, bench }]) => (trace?.drawn > 0 ? [[name, trace, bench]] : []));
  const series = colours(estimators.split(",")).get(lab.traced?.follow ?? follow) ?? 0;
  const at = ({ positions }) => {
    const place = Math.min(position, positions.length - 1);
    const first = positions.slice(0, place).reduce((sum, { choices }) => sum + choices.length, 0);
    return { place, first, which: Math.min(choice, positions[place].choices.length - 1) };
  };
  const slopes = traces.map(([, trace, bench]) => trace.slope(at(bench).first + at(bench).which));
  const covers = slopes.flatMap(({ ends, exact }) => [...ends, exact]);
  for (const [index, [name, trace, bench]] of traces.entries()) {
    const { place, first, which } = at(bench);
    const { name: called, choices } = bench.positions[place];
    const { values, exact, mean } = slopes[index];
    shown(`distribution-${name}`, figures.distribution(values, { name: `slope of position ${called}, choice ${choices[which]}`, exact, mean, series, covers }, { width }));
    element(`simplex-${name}`).classList.toggle("flat", choices.length === 2);
    shown(`simplex-${name}`, figures.simplex({ ...trace.simplex(place, first), series }, { width }));
  }
}

function shown(id, picture) {
  element(id).classList.remove("absent");
  draw(id, picture);
}

/** The figure of a name that can be taken along: the subject's, or the control's where that is all. */
function figureOf(name) {
  return ["subject", "control"].map((panel) => `${name}-${panel}`).find((id) => element(id).querySelector("svg") && !element(id).classList.contains("absent") && element(id).offsetParent);
}

/** What can be taken along is what is there. */
function files() {
  for (const name of FIGURES) element(`${name}-svg`).disabled = figureOf(name) === undefined;
  element("csv").disabled = lab.count < 2;
}

function waits(busy) {
  for (const id of ["panels", "near-panels"]) element(id).setAttribute("aria-busy", busy);
}

/** Says what could not be measured, with a way to try it again. */
function failed(error) {
  notice([`This could not be measured: ${error.message}.`], () => change({}, { paused: false }));
  changed();
}

function notice(sentences, again) {
  element("notice-text").textContent = sentences.join("\n");
  element("notice").hidden = sentences.length === 0;
  element("again").hidden = again === undefined;
  element("again").onclick = again ?? null;
}

function names({ estimators } = wanted) {
  return estimators.split(",");
}

/** Shows what is wanted in the controls and keeps it in the address. */
function fill() {
  const { objective, bend, follow, temperature, step, draws, seed } = wanted;
  for (const [id, value] of Object.entries({ objective, "step-of": step, draws, seed })) element(id).value = value;
  element("bend").value = BENDS.indexOf(bend);
  element("bend").disabled = !OBJECTIVES[objective].bends;
  element("bend-shown").value = element("bend").ariaValueText = OBJECTIVES[objective].bends ? bend : "none";
  element("temperature").value = TEMPERATURES.indexOf(temperature);
  element("temperature-shown").value = element("temperature").ariaValueText = temperature;
  for (const box of element("estimators").querySelectorAll("input")) {
    const chosen = names().includes(box.value);
    box.checked = chosen;
    // The last stays, and an eighth has no colour.
    box.disabled = !suits(box.value, objective) || (chosen ? names().length === 1 : names().length === MOST);
  }
  options("follow", names().map((name) => [name, name]), follow);
  keep(write(wanted, unknown, PLACES));
}

/** Shows the positions of the space that is there, and the choices of the wanted one. */
function fillPlaces() {
  filled = lab.wanted;
  const { positions } = lab.panels.control.bench;
  const position = Math.min(wanted.position, positions.length - 1);
  const { choices } = positions[position];
  options("position", positions.map(({ name }, place) => [place, name]), position);
  options("choice", choices.map((name, place) => [place, name]), Math.min(wanted.choice, choices.length - 1));
}

/** What fits one another: estimators the objective, and the one that is followed those. */
function fitted(values) {
  const fitting = suitable(values.estimators.split(","), values.objective);
  const estimators = fitting.length > 0 ? fitting : PLACES.estimators.fallback.split(",");
  const follow = estimators.includes(values.follow) ? values.follow : estimators[0];
  return { ...values, estimators: estimators.join(","), follow };
}

/** Wants something else, and measures it anew, unless the visitor has it rest. */
function change(values, { paused = lab.rests } = {}) {
  notice([]);
  wanted = fitted({ ...wanted, ...values });
  fill();
  lab.begin({ ...wanted }, { paused });
}

/** Looks at something else of what is measured; draws anew what is from near where that is of another kind. */
function look(values) {
  if (!lab.waiting && !lab.failed) notice([]);
  wanted = { ...wanted, ...values };
  fill();
  if ("follow" in values || "temperature" in values) lab.look(wanted);
  if (lab.wanted === undefined) return;
  fillPlaces();
  changed();
}

function choose(name, chosen) {
  const others = names().filter((other) => other !== name);
  change({ estimators: ordered(chosen ? [...others, name] : others).join(",") });
}

/** The boxes of the estimators. */
function list() {
  const box = (value, about) => {
    const label = document.createElement("label");
    const input = Object.assign(document.createElement("input"), { type: "checkbox", value });
    input.onchange = () => choose(value, input.checked);
    const name = Object.assign(document.createElement("b"), { textContent: value });
    label.append(input, name, Object.assign(document.createElement("span"), { textContent: about, className: "quiet" }));
    return label;
  };
  const groups = GROUPS.map(({ name, estimators }) => {
    const group = document.createElement("fieldset");
    group.append(Object.assign(document.createElement("legend"), { textContent: name }));
    group.append(...Object.entries(estimators).map(([value, { about }]) => box(value, about)));
    return group;
  });
  element("estimators").replaceChildren(...groups);
  options("objective", Object.entries(OBJECTIVES).map(([value, { name }]) => [value, name]), wanted.objective);
}

function listen() {
  element("run").onclick = () => (lab.waiting || notice([]), lab.toggle());
  element("step").onclick = () => lab.step();
  element("start").onclick = () => element("start").ariaDisabled === "true" || change({}, { paused: true });
  element("objective").onchange = ({ target }) => change({ objective: target.value, draws: OBJECTIVES[target.value].draws });
  element("bend").oninput = ({ target }) => change({ bend: BENDS[Number(target.value)] });
  element("draws").onchange = ({ target }) => change({ draws: Number(target.value) });
  element("temperature").oninput = ({ target }) => look({ temperature: TEMPERATURES[Number(target.value)] });
  element("step-of").onchange = ({ target }) => look({ step: target.value });
  element("follow").onchange = ({ target }) => look({ follow: target.value });
  for (const id of ["position", "choice"]) element(id).onchange = ({ target }) => look({ [id]: Number(target.value) });
  listenToSeed(PLACES.seed, change, (sentences) => {
    fill();
    notice(sentences);
  });
  listenToKeys({ " ": "run", ArrowRight: "step" }, { Home: "start", r: "start" });
  addEventListener("hashchange", () => {
    const notices = take();
    change({});
    notice(notices);
  });
  element("link").onclick = ({ target }) => copy(target, new URL(`#${write(wanted, unknown, PLACES)}`, location).href);
  element("copy-command").onclick = ({ target }) => copy(target, element("command").textContent);
  element("csv").onclick = () => save(`gradients-${named(lab.wanted).replace(/\W/g, "-")}-seed-${lab.wanted.seed}.csv`, "text/csv", csv(lab.panels));
  for (const name of FIGURES) element(`${name}-svg`).onclick = () => svgFile(figureOf(name));
  narrow.onchange = changed;
}

/** Wants what the address says; a sentence for each value in it that was replaced. */
function take() {
  const { values, unknown: others, notices } = read(location.hash, PLACES);
  [wanted, unknown] = [fitted(values), others];
  if (wanted.estimators !== values.estimators) notices.push(`Estimators that do not suit ${OBJECTIVES[wanted.objective].name} are left out.`);
  return notices;
}

async function main() {
  try {
    ({ figures } = await load());
  } catch (error) {
    return notice([`The page could not be loaded: ${error.message}.`], () => location.reload());
  }
  const notices = take();
  list();
  listen();
  for (const id of ["usable", "near", "taken", "temperature"]) element(id).disabled = false;
  change({}, { paused: still.matches || document.visibilityState !== "visible" });
  notice(notices);
}

main();
