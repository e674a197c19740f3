// The page "The race": its controls, its address and its figures. Searching and drawing are the package's.
import { load, run } from "../web/dist/package/dist/index.js";
import { OPENING, Player } from "./player.js";
import { MOST, NARROW, Race, SPACE, WIDE, command, curves, surest, table } from "./race.js";
import { copy, draw, save, svgFile } from "./share.js";
import { oneOf, read, whole, write } from "./state.js";

const SPEEDS = [1, 5, 10, 25, 60, 150, 500];
const FIELDS = {
  seed: whole(7, 0, 999_999),
  trials: whole(100, 10, MOST),
  speed: { ...whole(25, 1, 500), expected: `one of ${SPEEDS.join(", ")}`, read: (text) => SPEEDS.find((speed) => String(speed) === text) },
  focus: oneOf("reinforce", "ppo", "evolution", "local", "random"),
  // The try that is shown; the end where it is not said.
  at: { fallback: null, expected: `a whole number from 0 to ${MOST}`, read: whole(0, 0, MOST).read },
};
const NAMES = { random: "Random search", ppo: "PPO", reinforce: "REINFORCE", evolution: "Evolution", local: "Local search" };

const element = (id) => document.getElementById(id);
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const narrow = matchMedia("(max-width: 40rem)");
const { values: state, unknown, notices } = read(location.hash, FIELDS);

let figures;
let race;
let series = [];
let running = new AbortController();
const player = new Player({ length: state.trials, speed: state.speed, show, told: moves });

/** Draws the race up to a try. */
function show(at) {
  if (series.length === 0) return;
  draw(element("curves"), curves(figures, series, at, narrow.matches ? NARROW : WIDE));
  const policy = race.policy(state.focus, at);
  const line = at > 0 ? race.trial(state.focus, at) : undefined;
  element("cell").hidden = line === undefined;
  if (line) draw(element("cell"), figures.cell(SPACE, line.architecture));
  element("policy").hidden = policy === undefined;
  if (policy) draw(element("policy"), figures.policy(SPACE, policy));
  const name = NAMES[state.focus];
  element("cell-said").textContent = line
    ? `${name}, run 1, try ${at}: ${line.values["cifar10/val200"].toFixed(2)} %`
    : `${name}, run 1, has tried nothing yet`;
  element("policy-said").textContent = policy ? `What the policy of ${name} believes` : `${name} has no policy: it believes nothing`;
  for (const id of ["cell-svg", "policy-svg"]) element(id).disabled = element(id.replace("-svg", "")).hidden;
  element("back").disabled = at === 0;
  element("step").disabled = at >= player.length;
  rows(at);
  if (!player.running) rest(at);
}

function rows(at) {
  const now = series.map(({ name, points }) => ({ name, ...points[at - 1] })).sort((one, other) => other.mean - one.mean);
  element("rows").replaceChildren(
    ...now.map(({ name, mean, low, high }) => {
      const texts = at === 0 ? [NAMES[name], "", ""] : [NAMES[name], `${mean.toFixed(2)} %`, `${low.toFixed(2)} to ${high.toFixed(2)}`];
      const row = document.createElement("tr");
      row.append(...texts.map((textContent) => Object.assign(document.createElement("td"), { textContent })));
      return row;
    }),
  );
}

/** What is said, and kept in the address, where the page rests. */
function rest(at) {
  element("state").textContent = inWords(at);
  state.at = at === player.length ? null : at;
  history.replaceState(null, "", write(state, unknown, FIELDS));
}

function inWords(at) {
  if (at === 0) return "Nobody has tried anything yet. Which one will lead at the end?";
  const [first, second] = series.map(({ name, points }) => ({ name, mean: points[at - 1].mean })).sort((one, other) => other.mean - one.mean);
  const lead = `After ${at} tries ${NAMES[first.name]} leads ${NAMES[second.name]} by ${(first.mean - second.mean).toFixed(2)} points.`;
  const policy = race.policy(state.focus, at);
  if (!policy) return lead;
  const { position, sure } = surest(policy, policy.length / 6);
  return `${lead} The policy of ${NAMES[state.focus]}, run 1, is most sure of edge ${position}: ${Math.round(100 * sure)} %.`;
}

function moves(running) {
  element("run").innerHTML = running ? '<span aria-hidden="true">❚❚</span> Pause' : '<span aria-hidden="true">▶</span> Run';
  if (!running) rest(player.at);
}

/** Begins anew, with the runs of these seeds. */
async function begin() {
  running.abort();
  running = new AbortController();
  series = [];
  race = new Race(run, state.seed, running.signal);
  await stretch();
}

/** Has the runs go as far as the budget, and shows them. */
async function stretch() {
  const { signal } = running;
  const { trials } = state;
  element("curves").setAttribute("aria-busy", "true");
  try {
    await race.to(trials);
  } catch (error) {
    if (!signal.aborted) element("state").textContent = error.message;
    return;
  }
  if (signal.aborted || trials !== state.trials) return;
  const atEnd = state.at === null;
  player.length = trials;
  series = race.series(trials);
  element("command").textContent = command(state.seed, trials);
  element("curves").removeAttribute("aria-busy");
  player.go(atEnd ? trials : Math.min(state.at, trials));
}

function fill() {
  element("seed").value = state.seed;
  element("trials").value = state.trials;
  element("trials-shown").value = `${state.trials} tries`;
  element("speed").value = SPEEDS.indexOf(state.speed);
  element("speed-shown").value = `${state.speed} a second`;
  element("focus").value = state.focus;
  element("notice").textContent = notices.join(" ");
  element("notice").hidden = notices.length === 0;
}

function changed() {
  notices.length = 0;
  fill();
}

function listen() {
  element("run").onclick = () => (player.running ? player.pause() : player.run());
  element("step").onclick = () => player.go(player.at + 1);
  element("back").onclick = () => player.go(player.at - 1);
  element("reset").onclick = () => player.go(0);
  element("trials").oninput = (event) => {
    state.trials = Number(event.target.value);
    changed();
    stretch();
  };
  element("speed").oninput = (event) => {
    state.speed = SPEEDS[Number(event.target.value)];
    player.speed = state.speed;
    changed();
    if (!player.running) rest(player.at);
  };
  element("focus").onchange = (event) => {
    state.focus = event.target.value;
    changed();
    show(player.at);
  };
  const seed = (value) => {
    state.seed = value;
    changed();
    begin();
  };
  element("seed").onchange = (event) => seed(FIELDS.seed.read(event.target.value) ?? state.seed);
  element("new-seed").onclick = () => seed(Math.floor(Math.random() * 1_000_000));
  element("controls").onsubmit = (event) => event.preventDefault();
  document.addEventListener("keydown", keys);
  narrow.onchange = () => show(player.at);
  element("link").onclick = (event) => say(event.target, copy(location.href));
  element("copy-command").onclick = (event) => say(event.target, copy(element("command").textContent));
  element("svg").onclick = () => svgFile("race.svg", element("curves"));
  element("csv").onclick = () => save("race.csv", "text/csv", table(series, player.at));
  element("cell-svg").onclick = () => svgFile("cell.svg", element("cell"));
  element("policy-svg").onclick = () => svgFile("policy.svg", element("policy"));
}

/** The keys of the controls; an element that takes a key itself keeps it. */
function keys(event) {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || target.matches("input, select")) return;
  if (key === " " && target.matches("button, summary")) return;
  const button = { " ": "run", ArrowRight: "step", ArrowLeft: "back", r: "reset" }[key];
  if (button === undefined) return;
  event.preventDefault();
  if (!element(button).disabled) element(button).click();
}

/** Says on a button what became of it. */
async function say(button, copied) {
  const text = button.textContent;
  button.textContent = (await copied) ? "Copied" : "Could not be copied";
  setTimeout(() => (button.textContent = text), 1500);
}

fill();
listen();
({ figures } = await load());
await begin();
if (!still && state.at === null && document.visibilityState === "visible") {
  // Once, by itself, and quickly; whoever touches anything takes over.
  player.go(0);
  player.run(Math.max(state.speed, state.trials / OPENING));
}
