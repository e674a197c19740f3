// The page "The gradient lab": its elements, its keys and its address. Estimating and drawing are the package's.
import { oneOf, read, whole, write } from "../web/dist/package/dist/element.js";
import { load } from "../web/dist/package/dist/index.js";
import { element, face, keep, listenToKeys, options } from "./controls.js";
import { Lab } from "./lab.js";
import { HEADS, QUANTITIES, WIDTH, csv, inWords, pictures, table } from "./readings.js";
import { ESTIMATORS, FIRST, GROUPS, MOST, OBJECTIVES, SUPERNET, TEMPERATURES, command, estimators, ordered, suitable, suits } from "./scenes.js";
import { copy, save, show as draw, svgFile } from "./share.js";
import { row } from "./tried.js";

/** One of some numbers. */
function among(numbers, fallback) {
  return { fallback, taken: String(fallback), expected: `one of ${numbers.join(", ")}`, read: (text) => numbers.find((number) => String(number) === text) };
}

const BENDS = Array.from({ length: 11 }, (_, tenths) => tenths / 10);
const PLACES = {
  objective: oneOf(...Object.keys(OBJECTIVES)),
  bend: among(BENDS, FIRST.bend),
  estimators,
  follow: oneOf(...new Set([FIRST.follow, ...Object.keys(ESTIMATORS)])),
  temperature: among(TEMPERATURES, FIRST.temperature),
  step: oneOf(FIRST.step, "10", "100", "1000"),
  position: whole(FIRST.position, 1, 10),
  choice: whole(FIRST.choice, 1, 5),
  draws: among([1000, 10_000, 100_000], FIRST.draws),
  seed: whole(FIRST.seed, 0, 999_999),
};

/** What the panels are called. */
const [SUBJECT, CONTROL] = ["subject-said", "control-said"].map((id) => element(id).textContent);

const still = matchMedia("(prefers-reduced-motion: reduce)");

let figures, wanted, unknown;

const lab = new Lab({ changed, failed });
/** What the places were filled for, and whether anything was drawn since the page was opened. */
let [measured, seen] = [];

/** Draws what the lab has. */
function changed() {
  const { count, running, over } = lab;
  face(element("run"), ...(running ? ["❚❚", "Pause"] : ["▶", over ? "Again" : "Run"]));
  element("start").ariaDisabled = count === 0;
  const panels = Object.fromEntries(Object.entries(lab.panels).map(([name, { rows, exact }]) => [name, { rows, exact }]));
  if (lab.wanted !== measured) {
    measured = lab.wanted;
    fillPlaces();
  }
  const words = inWords(panels, count, wanted);
  if (count > 0 || seen) element("state").textContent = words;
  if (!running && element("spoken").textContent !== words) element("spoken").textContent = words;
  if (Object.values(panels).some(({ rows }) => rows.length === 0)) return empty();
  seen = true;
  arrange(panels);
  for (const quantity of Object.keys(QUANTITIES)) {
    for (const [name, picture] of Object.entries(pictures(figures, panels, quantity, wanted))) shown(`${quantity}-${name}`, picture);
  }
  for (const [name, panel] of Object.entries(lab.panels)) near(name, panel);
  element("rows").replaceChildren(...table(panels, names(), wanted.temperature).map((texts) => row(texts, HEADS)));
}

/** Nothing is left of what was drawn before; the figures of the first frame stay until there are others. */
function empty() {
  if (!seen) return;
  for (const picture of document.querySelectorAll(".panels .picture")) picture.classList.add("absent");
  element("rows").replaceChildren();
}

/** Which panels there are: where nothing bends the control is all. */
function arrange(panels) {
  element("panels").classList.toggle("alone", !panels.subject);
  element("near-panels").classList.toggle("alone", !lab.panels.subject?.trace);
  const supernet = wanted.objective === "supernet";
  element("subject-said").textContent = supernet ? `The network itself; what asks it about mixtures was drawn ${SUPERNET.draws} times, from seed ${SUPERNET.seed}` : SUBJECT;
  element("control-said").textContent = panels.subject ? CONTROL : "Straight: a table says what choices are worth, not what mixtures are";
}

/** Draws one estimator of a panel from near, where its draws are here. */
function near(name, { trace, bench }) {
  for (const figure of ["distribution", "simplex"]) element(`${figure}-${name}`).classList.toggle("absent", !trace?.drawn);
  if (!trace?.drawn) return;
  const { positions } = bench;
  const [position, choice] = [wanted.position - 1, wanted.choice - 1];
  const first = positions.slice(0, position).reduce((sum, { choices }) => sum + choices.length, 0);
  const series = names().indexOf(wanted.follow);
  const { values, exact, mean } = trace.slope(first + choice);
  const slope = `slope of position ${positions[position].name}, choice ${positions[position].choices[choice]}`;
  shown(`distribution-${name}`, figures.distribution(values, { name: slope, exact, mean, series }, { width: WIDTH }));
  shown(`simplex-${name}`, figures.simplex({ ...trace.simplex(position, first), series }, { width: WIDTH }));
}

function shown(id, picture) {
  element(id).classList.remove("absent");
  draw(id, picture);
}

function failed(error) {
  notice([`This could not be measured: ${error.message}.`]);
}

function notice(sentences) {
  element("notice-text").textContent = sentences.join("\n");
  element("notice").hidden = sentences.length === 0;
}

const names = () => wanted.estimators.split(",");

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
  element("command").textContent = command(wanted);
  keep(write(wanted, unknown, PLACES));
}

/** Shows the positions of the space that is there, and the choices of the wanted one. */
function fillPlaces() {
  const { positions } = lab.panels.control.bench;
  const position = Math.min(wanted.position, positions.length);
  const { choices } = positions[position - 1];
  Object.assign(wanted, { position, choice: Math.min(wanted.choice, choices.length) });
  options("position", positions.map(({ name }, place) => [place + 1, name]), position);
  options("choice", choices.map((name, place) => [place + 1, name]), wanted.choice);
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

/** Looks at something else of what is measured. */
function look(values) {
  notice([]);
  wanted = { ...wanted, ...values };
  fill();
  fillPlaces();
  lab.look(wanted).catch(failed);
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
  element("run").onclick = () => (notice([]), lab.toggle());
  element("step").onclick = () => lab.step();
  element("start").onclick = () => element("start").ariaDisabled === "true" || change({}, { paused: true });
  element("objective").onchange = ({ target }) => change({ objective: target.value, draws: OBJECTIVES[target.value].draws });
  element("bend").oninput = ({ target }) => change({ bend: BENDS[Number(target.value)] });
  element("draws").onchange = ({ target }) => change({ draws: Number(target.value) });
  element("temperature").oninput = ({ target }) => look({ temperature: TEMPERATURES[Number(target.value)] });
  element("step-of").onchange = ({ target }) => look({ step: target.value });
  element("follow").onchange = ({ target }) => look({ follow: target.value });
  for (const id of ["position", "choice"]) element(id).onchange = ({ target }) => look({ [id]: Number(target.value) });
  element("seed").onchange = ({ target }) => {
    if (target.checkValidity() && target.value !== "") return change({ seed: Number(target.value) });
    fill();
    notice([`A seed is ${PLACES.seed.expected}.`]);
  };
  element("new-seed").onclick = () => change({ seed: Math.floor(Math.random() * 1_000_000) });
  element("controls").onsubmit = (event) => event.preventDefault();
  listenToKeys({ " ": "run", ArrowRight: "step" }, { Home: "start", r: "start" });
  addEventListener("hashchange", () => {
    const notices = take();
    change({});
    notice(notices);
  });
  element("link").onclick = ({ target }) => copy(target, new URL(`#${write(wanted, unknown, PLACES)}`, location).href);
  element("copy-command").onclick = ({ target }) => copy(target, element("command").textContent);
  element("csv").onclick = () => save("gradients.csv", "text/csv", csv(lab.panels));
  for (const name of [...Object.keys(QUANTITIES), "distribution", "simplex"]) {
    element(`${name}-svg`).onclick = () => svgFile(`${name}-${lab.panels.subject ? "subject" : "control"}`);
  }
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
    notice([`The page could not be loaded: ${error.message}.`]);
    element("again").hidden = false;
    element("again").onclick = () => location.reload();
    return;
  }
  const notices = take();
  list();
  listen();
  for (const id of ["usable", "near", "taken", "temperature"]) element(id).disabled = false;
  change({}, { paused: still.matches || document.visibilityState !== "visible" });
  notice(notices);
}

main();
