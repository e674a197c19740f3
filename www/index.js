// The page "The race": its elements, its keys and its address. Searching and drawing are the package's.
import { MIXERS, NAMES, NARROW, PLACES, RIVALS, SPACE, SPEEDS, Stage, WIDE, command, curves, heard, inWords, racers, ranked, table } from "../web/dist/package/dist/element.js";
import { load, run } from "../web/dist/package/dist/index.js";
import { PATIENCE, element, face, keep, listenToKeys, options } from "./controls.js";
import { copy, save, show as draw, svgFile } from "./share.js";

const still = matchMedia("(prefers-reduced-motion: reduce)");
const narrow = matchMedia("(max-width: 40rem)");

let figures;
const stage = new Stage(run, { show, starts, rests, waits, made, failed });

/** Draws the race up to a try. */
function show({ race, series, seed, trials, follow }, at) {
  const [name, line, policy] = [NAMES[follow], at > 0 ? race.trial(follow, at) : undefined, race.policy(follow, at)];
  draw("curves", curves(figures, series, at, narrow.matches ? NARROW : WIDE));
  optional("cell", line && figures.cell(SPACE, line.architecture));
  optional("policy", policy && figures.policy(SPACE, policy));
  element("cell-said").textContent = line
    ? `${name}, run 1, try ${at}: ${heard(line)}`
    : `${name}, run 1, has tried nothing yet`;
  element("policy-said").textContent = policy ? `What the policy of ${name} believes` : `${name} has no policy: it believes nothing`;
  element("state").textContent = inWords(race, series, at, follow);
  element("command").textContent = command(seed, trials, series.map(({ name }) => name));
  element("back").ariaDisabled = at === 0;
  element("step").ariaDisabled = at >= trials;
  rows(series, at);
}

/** A figure that is not always there; its place is. */
function optional(id, picture) {
  element(id).classList.toggle("absent", !picture);
  element(`${id}-svg`).disabled = !picture;
  if (picture) draw(id, picture);
}

function rows(series, at) {
  const cell = (tag, textContent) => Object.assign(document.createElement(tag), { textContent });
  const lines = ranked(series, at).map(({ name, mean, low, high }) => {
    const row = document.createElement("tr");
    const numbers = at === 0 ? ["", ""] : [`${mean.toFixed(2)} %`, `${low.toFixed(2)} to ${high.toFixed(2)}`];
    row.append(Object.assign(cell("th", NAMES[name]), { scope: "row" }), ...numbers.map((text) => cell("td", text)));
    return row;
  });
  element("rows").replaceChildren(...lines);
}

function starts(running) {
  face(element("run"), ...(running ? ["❚❚", "Pause"] : ["▶", "Run"]));
}

/** What the page says, shows in its controls and keeps in its address where it rests. */
function rests(text) {
  if (stage.shown) element("spoken").textContent = element("state").textContent;
  fill();
  keep(text);
}

function waits(busy) {
  element("curves").setAttribute("aria-busy", busy);
}

function made() {
  element("usable").disabled = element("taken").disabled = false;
  if (element("again").hidden) return;
  // Whoever pressed it goes on where it helped.
  const pressed = document.activeElement === element("again");
  notice([]);
  if (pressed) element("run").focus();
}

/** Says what could not be done, with a way to try it again. */
function failed(error) {
  notice([`The runs could not be made: ${error?.message ?? error}.`], true);
}

function notice(sentences, again = false) {
  element("notice-text").textContent = sentences.join("\n");
  element("again").hidden = !again;
  element("notice").hidden = sentences.length === 0;
}

/** Shows what is wanted in the controls. */
function fill() {
  const { seed, trials, speed, follow, beside } = stage.wanted;
  options("beside", [["none", "nobody"], ...RIVALS.map((name) => [name, name])], beside);
  options("follow", racers({ beside }).map((name) => [name, NAMES[name]]), follow);
  const mixes = MIXERS.includes(beside);
  element("beside-said").hidden = !mixes;
  element("beside-said").textContent = mixes ? `${beside} asks about mixtures of cells, and this table answers with the mean of up to all 15,625: it hears more in a try than the others do.` : "";
  element("seed").value = seed;
  element("trials").value = trials;
  element("trials-shown").value = element("trials").ariaValueText = `${trials} tries`;
  element("speed").value = SPEEDS.indexOf(speed);
  element("speed-shown").value = element("speed").ariaValueText = `${speed} a second`;
}

function take() {
  keep(undefined);
  // The page is the race, whatever figure an embedded one shows.
  const notices = stage.take(location.hash);
  stage.wanted.figure = "race";
  fill();
  notice(notices);
}

/** A change by the visitor. */
function change(values) {
  notice([]);
  stage.change(values);
}

function listen() {
  const button = (id, action) => {
    element(id).onclick = () => {
      notice([]);
      action();
    };
  };
  button("run", () => stage.toggle());
  button("step", () => stage.go(stage.player.at + 1));
  button("back", () => stage.go(stage.player.at - 1));
  button("start", () => stage.go(0));
  element("trials").oninput = ({ target }) => (change({ trials: Number(target.value) }), stage.catchUp());
  element("speed").oninput = ({ target }) => change({ speed: SPEEDS[Number(target.value)] });
  element("follow").onchange = ({ target }) => (change({ follow: target.value }), stage.player.stay(stage.player.at));
  element("beside").onchange = ({ target: { value } }) => {
    const { follow } = stage.wanted;
    // Whoever is gone is followed no more, and who comes is.
    change({ beside: value, follow: value !== "none" ? value : RIVALS.includes(follow) ? PLACES.follow.fallback : follow });
    stage.catchUp();
  };
  // Whoever holds a key passes many.
  let patience;
  const seed = (seed) => {
    clearTimeout(patience);
    change({ seed });
    patience = setTimeout(() => stage.catchUp(), PATIENCE);
  };
  element("seed").onchange = ({ target }) => {
    if (target.checkValidity() && target.value !== "") return seed(Number(target.value));
    fill();
    notice([`A seed is ${PLACES.seed.expected}.`]);
  };
  button("new-seed", () => seed(Math.floor(Math.random() * 1_000_000)));
  element("controls").onsubmit = (event) => event.preventDefault();
  listenToKeys({ " ": "run", ArrowRight: "step", ArrowLeft: "back" }, { Home: "start", r: "start" });
  narrow.onchange = () => stage.player.stay(stage.player.at);
  addEventListener("hashchange", () => {
    take();
    proceed();
  });
  element("again").onclick = proceed;
  element("link").onclick = ({ target }) => copy(target, new URL(`#${stage.text}`, location).href);
  element("copy-command").onclick = ({ target }) => copy(target, element("command").textContent);
  for (const [id, name] of [["svg", "curves"], ["cell-svg", "cell"], ["policy-svg", "policy"]]) element(id).onclick = () => svgFile(name);
  element("csv").onclick = () => save("race.csv", "text/csv", table(stage.shown.series, stage.player.at));
}

/** Makes what is wanted, and what it takes where that could not be had. */
function proceed() {
  if (figures) stage.catchUp();
  else main();
}

async function main() {
  try {
    ({ figures } = await load());
  } catch (error) {
    return failed(error);
  }
  await stage.begin();
  if (!still.matches && document.visibilityState === "visible") stage.open();
}

take();
listen();
main();
