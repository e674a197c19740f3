// The page "The race": its controls, its address and its figures. Searching and drawing are the package's.
import { load, run } from "../web/dist/package/dist/index.js";
import { OPENING, Player } from "./player.js";
import { METRIC, MOST, NAMES, NARROW, Race, SPACE, WIDE, command, curves, inWords, ranked, table } from "./race.js";
import { copy, draw, save, svgFile } from "./share.js";
import { oneOf, read, whole, write } from "./state.js";

const SPEEDS = [1, 5, 10, 25, 60, 150, 500];
const FIELDS = {
  seed: whole(7, 0, 999_999),
  trials: whole(100, 10, MOST),
  speed: { fallback: 25, taken: "25", expected: `one of ${SPEEDS.join(", ")}`, read: (text) => SPEEDS.find((speed) => String(speed) === text) },
  follow: oneOf("reinforce", "ppo", "evolution", "local", "random"),
  // The try that is looked at; null is the end, wherever that is.
  at: { fallback: null, taken: "the end", expected: `a whole number from 0 to ${MOST}`, read: whole(0, 0, MOST).read },
};
/** How long the seed stands still before its runs are begun, in ms: whoever holds a key passes many. */
const PATIENCE = 200;

const element = (id) => document.getElementById(id);
const still = matchMedia("(prefers-reduced-motion: reduce)");
const narrow = matchMedia("(max-width: 40rem)");

/** What is wanted, as the address has it. */
let wanted = read("", FIELDS).values;
let unknown = [];
/** What is there to be shown: the runs of one seed, as far as they have gone. Undefined until there are some. */
let shown;
let figures;
/** The runs that are on their way. */
let pending = new AbortController();
let opening = false;
const player = new Player({ length: wanted.trials, speed: wanted.speed, show, starts });

/** Draws the race up to a try. */
function show(at) {
  const { race, series } = shown;
  if (player.running && !opening) wanted.at = at >= player.length ? null : at;
  draw(element("curves"), curves(figures, series, at, narrow.matches ? NARROW : WIDE));
  const name = NAMES[wanted.follow];
  const line = at > 0 ? race.trial(wanted.follow, at) : undefined;
  const policy = race.policy(wanted.follow, at);
  optional("cell", line && figures.cell(SPACE, line.architecture));
  optional("policy", policy && figures.policy(SPACE, policy));
  element("cell-said").textContent = line
    ? `${name}, run 1, try ${at}: ${line.values[METRIC.name].toFixed(2)} %`
    : `${name}, run 1, has tried nothing yet`;
  element("policy-said").textContent = policy ? `What the policy of ${name} believes` : `${name} has no policy: it believes nothing`;
  element("back").setAttribute("aria-disabled", at === 0);
  element("step").setAttribute("aria-disabled", at >= player.length);
  element("state").textContent = inWords(race, series, at, wanted.follow);
  rows(series, at);
  if (!player.running) rest();
}

/** A figure that is not always there; its place is. */
function optional(id, picture) {
  element(id).classList.toggle("absent", !picture);
  element(`${id}-svg`).disabled = !picture;
  if (picture) draw(element(id), picture);
}

function rows(series, at) {
  const cell = (tag, textContent) => Object.assign(document.createElement(tag), { textContent });
  const lines = ranked(series, at).map(({ name, mean, low, high }) => {
    const row = document.createElement("tr");
    const head = Object.assign(cell("th", NAMES[name]), { scope: "row" });
    row.append(head, ...(at === 0 ? ["", ""] : [`${mean.toFixed(2)} %`, `${low.toFixed(2)} to ${high.toFixed(2)}`]).map((text) => cell("td", text)));
    return row;
  });
  element("rows").replaceChildren(...lines);
}

/** What the page says and keeps where it rests. */
function rest() {
  element("spoken").textContent = element("state").textContent;
  keep();
}

function keep() {
  history.replaceState(null, "", write(wanted, unknown, FIELDS));
}

function starts(running) {
  const [sign, word] = running ? ["❚❚", "Pause"] : ["▶", "Run"];
  element("run").replaceChildren(Object.assign(document.createElement("span"), { textContent: sign, ariaHidden: "true" }), ` ${word}`);
  if (!running) {
    opening = false;
    rest();
  }
}

/** Begins the runs of the wanted seed; what was there stays until they are. */
async function begin() {
  pending.abort();
  pending = new AbortController();
  await stretch({ race: new Race(run, wanted.seed, pending.signal), seed: wanted.seed, end: pending });
}

/** Has the runs of a race go as far as the wanted budget, and shows them where they are still wanted. */
async function stretch({ race, seed, end }) {
  const { trials } = wanted;
  element("curves").setAttribute("aria-busy", "true");
  try {
    await race.to(trials);
  } catch (error) {
    if (seed === wanted.seed && error?.name !== "AbortError") failed(error);
    return;
  }
  if (seed !== wanted.seed || trials !== wanted.trials) return;
  // What is shown no more is held no longer.
  if (shown?.race !== race) shown?.end.abort();
  pending = new AbortController();
  shown = { race, seed, end, trials, series: race.series(trials) };
  player.length = trials;
  element("command").textContent = command(seed, trials);
  element("curves").setAttribute("aria-busy", "false");
  element("usable").disabled = element("taken").disabled = false;
  player.stay(wanted.at ?? trials);
}

/** Says what could not be done, with a way to try it again. */
function failed(error) {
  element("curves").setAttribute("aria-busy", "false");
  notice([`The runs could not be made: ${error?.message ?? error}.`], "Try again");
}

function notice(sentences, action) {
  element("notice-text").textContent = sentences.join(" ");
  element("again").hidden = action === undefined;
  element("notice").hidden = sentences.length === 0;
}

/** Shows what is wanted in the controls. */
function fill() {
  element("seed").value = wanted.seed;
  element("trials").value = wanted.trials;
  element("trials-shown").value = element("trials").ariaValueText = `${wanted.trials} tries`;
  element("speed").value = SPEEDS.indexOf(wanted.speed);
  element("speed-shown").value = element("speed").ariaValueText = `${wanted.speed} a second`;
  element("follow").value = wanted.follow;
  player.speed = wanted.speed;
}

/** Takes an address up: all of it, or what differs from what is wanted now. */
function take(hash) {
  const { values, unknown: rest, notices } = read(hash, FIELDS);
  if (values.at > values.trials) notices.push(`at is past the budget of ${values.trials} tries; the end is taken.`);
  [wanted, unknown] = [{ ...values, at: values.at >= values.trials ? null : values.at }, rest];
  fill();
  notice(notices);
}

/** A change by the visitor. */
function change(values, then) {
  // Whoever touches anything takes over: what was played by itself is now where it is.
  if (opening) wanted.at = player.at;
  opening = false;
  Object.assign(wanted, values);
  notice([]);
  fill();
  keep();
  then();
}

/** As much as is missing of what is wanted. */
function catchUp() {
  if (shown === undefined || shown.seed !== wanted.seed) begin();
  else if (shown.trials !== wanted.trials) stretch(shown);
  else player.stay(wanted.at ?? shown.trials);
}

function go(at) {
  if (at < 0 || at > player.length) return;
  change({ at: at === player.length ? null : at }, () => player.go(at));
}

function listen() {
  element("run").onclick = () => {
    const resume = player.running;
    change({}, () => (resume ? player.pause() : player.run()));
  };
  element("step").onclick = () => go(player.at + 1);
  element("back").onclick = () => go(player.at - 1);
  element("start").onclick = () => go(0);
  element("trials").oninput = ({ target }) => change({ trials: Number(target.value) }, catchUp);
  element("speed").oninput = ({ target }) => change({ speed: SPEEDS[Number(target.value)] }, () => {});
  element("follow").onchange = ({ target }) => change({ follow: target.value }, () => player.stay(player.at));
  let patience;
  const seed = (seed) => {
    clearTimeout(patience);
    change({ seed }, () => (patience = setTimeout(catchUp, PATIENCE)));
  };
  element("seed").onchange = ({ target }) => {
    const value = FIELDS.seed.read(target.value);
    if (value !== undefined) return seed(value);
    fill();
    notice([`A seed is ${FIELDS.seed.expected}.`]);
  };
  element("new-seed").onclick = () => seed(Math.floor(Math.random() * 1_000_000));
  element("controls").onsubmit = (event) => event.preventDefault();
  document.addEventListener("keydown", keys);
  narrow.onchange = () => shown && player.stay(player.at);
  addEventListener("hashchange", () => {
    player.pause();
    take(location.hash);
    catchUp();
  });
  element("again").onclick = () => {
    notice([]);
    figures ? begin() : main();
  };
  element("link").onclick = ({ target }) => {
    keep();
    copy(target, location.href);
  };
  element("copy-command").onclick = ({ target }) => copy(target, element("command").textContent);
  element("svg").onclick = () => svgFile("race.svg", element("curves"));
  element("csv").onclick = () => save("race.csv", "text/csv", table(shown.series, player.at));
  element("cell-svg").onclick = () => svgFile("cell.svg", element("cell"));
  element("policy-svg").onclick = () => svgFile("policy.svg", element("policy"));
}

/** The keys of the controls; an element that takes a key itself keeps it, and a letter is one only inside the race. */
function keys(event) {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || target.matches("input, select")) return;
  if (key === " " && target.matches("button, summary")) return;
  const inside = target.closest(".stage") !== null;
  const button = { " ": "run", ArrowRight: "step", ArrowLeft: "back", Home: "start", r: inside ? "start" : undefined }[key];
  if (button === undefined) return;
  event.preventDefault();
  // Held down, arrows repeat; run and pause would flicker.
  const repeats = event.repeat && !key.startsWith("Arrow");
  if (!repeats && !element(button).matches(":disabled")) element(button).click();
}

async function main() {
  try {
    ({ figures } = await load());
  } catch (error) {
    return failed(error);
  }
  await begin();
  if (shown && wanted.at === null && !still.matches && document.visibilityState === "visible") {
    // Once, by itself, and quickly.
    opening = true;
    player.run(Math.max(wanted.speed, wanted.trials / OPENING));
  }
}

take(location.hash);
listen();
main();
