// The gradient lab in a real browser: what a person sees and can do there, and that its numbers are the terminal's.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { violations } from "./chromium.mjs";
import { root } from "./installed.mjs";
import { fitsAndIsAccessible, onSite, visit } from "./site.mjs";

const program = join(process.env.BILEVEL_TARGET ?? join(root, "target"), "release/bilevel");
onSite();

/** The page, ready. */
async function page(hash = "", options) {
  const opened = await visit(`gradient.html${hash}`, "#usable:enabled", options);
  const file = async (id) => {
    if (!(await opened.page.locator(`#${id}`).isVisible())) await opened.page.locator("summary", { hasText: "Take it along" }).click();
    const [download] = await Promise.all([opened.page.waitForEvent("download"), opened.page.click(`#${id}`)]);
    return readFileSync(await download.path(), "utf8");
  };
  return { ...opened, file };
}

/** The lines and dots of a figure. */
const drawn = (opened, id) => opened.locator(`#${id} svg`).evaluate((svg) => [...svg.querySelectorAll("path, circle")].map((mark) => mark.outerHTML));

test("it measures by itself, and shows what it shows before its scripts run", async () => {
  const { page: opened, says, text, complaints } = await page("", { viewport: { width: 1280, height: 900 }, reducedMotion: "no-preference" });
  assert.equal(await opened.locator("#run").innerText(), "❚❚ Pause");
  await says("run", "Again");
  assert.match(await text("state"), /^After 10,000 draws concrete at temperature 0\.5 is off by 0\.1\d+, 1\d % of the exact gradient; one draw varies by 2\.\d+\. A step of 1,000 evaluations errs least at 0\.3\. Where the loss is straight it is off by 0\.1\d+, 1\d % of the exact gradient\.$/);
  for (const quantity of ["bias", "variance", "error"]) {
    for (const panel of ["subject", "control"]) {
      const kept = readFileSync(join(root, `www/figures/lab-${quantity}-${panel}.svg`), "utf8").replaceAll("/>", "></");
      for (const mark of await drawn(opened, `${quantity}-${panel}`)) {
        const shape = mark.match(/ (?:d|cx)="[^"]+"/)[0];
        assert.ok(kept.includes(shape), `${quantity}, ${panel}: the figure of the first frame has no ${shape}`);
      }
    }
  }
  assert.deepEqual(complaints, []);
  assert.deepEqual(await violations(opened), []);
});

test("its numbers are the terminal's, to the last bit", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bilevel-lab-"));
  try {
    for (const hash of ["#objective=toy&estimators=concrete,relax,disarm&draws=1000&seed=3", "#bend=0.3&estimators=gumbel-rao,rebar&draws=1000", "#objective=table&estimators=dirichlet,rloo&draws=1000"]) {
      const { page: opened, says, text, file } = await page(hash);
      await opened.click("#run");
      await says("run", "Again");
      const lines = (await file("csv")).trim().split("\n").map((line) => line.split(","));
      const command = await opened.locator("#command").textContent();
      assert.match(command, /^bilevel gradient --objective \S+ --space \S+ --estimators \S+ (--temperatures \S+ )?--samples 1000 --seed \d+$/);
      const words = [...command.split(" ").slice(1), "--json", "--out", join(folder, String(hash.length))];
      const { rows } = JSON.parse(execFileSync(program, words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
      const panel = hash.includes("table") ? "control" : "subject";
      const mine = lines.filter(([name]) => name === panel).map(([, ...values]) => values);
      const theirs = rows.map(({ estimator, temperature, draws, bias_norm, bias_ci, variance, mse, cosine, evaluations, soft_evaluations }) =>
        [estimator, temperature ?? "", draws, bias_norm, ...bias_ci, variance, mse, cosine ?? "", evaluations, soft_evaluations].map(String),
      );
      assert.deepEqual(mine, theirs, command);
      assert.match(await text("state"), /^After 1,000 draws /);
      await opened.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("draws, pause and start, the temperature that is dragged, and all of it in the address", async () => {
  const { page: opened, says, text, address } = await page("#draws=1000&estimators=concrete,rloo&lesson=4");
  // With reduced motion it rests, and shows the first frame.
  assert.match(await text("state"), /^Ten thousand draws of each estimator/);
  assert.ok(await opened.locator("#bias-subject img").isVisible());
  await opened.click("#step");
  await says("state", "^One draw of each: from two on there is a variance\\.$");
  await opened.keyboard.press("ArrowRight");
  await says("state", "^After 2 draws concrete at temperature 0\\.5 is off by");
  await opened.evaluate(() => [1, 2, 3].forEach(() => document.getElementById("step").click()));
  await says("state", "^After 5 draws");
  await opened.click("#run");
  await says("run", "Again");
  const before = await text("state");
  const marked = await drawn(opened, "bias-subject");
  await opened.fill("#temperature", "12");
  await says("state", "at temperature 5 is off by 0\\.8\\d+, \\d+ % of the exact gradient; one draw varies by 0\\.00");
  assert.notDeepEqual(await drawn(opened, "bias-subject"), marked, "the marked temperature");
  assert.equal(await text("temperature-shown"), "5");
  assert.equal(await address(), "#v=1&estimators=concrete%2Crloo&temperature=5&draws=1000&lesson=4");
  await opened.selectOption("#follow", "rloo");
  await says("state", "^After 1,000 draws rloo is unbiased: the mean of its draws is off by 0\\.\\d+, \\d+ % of the exact gradient, by noise");
  await opened.selectOption("#follow", "concrete");
  await opened.fill("#temperature", "6");
  await says("state", before.slice(0, 60).replaceAll(".", "\\."));
  await opened.click("#start");
  await says("state", "^Nothing was drawn yet\\.$");
  assert.equal(await opened.locator("#bias-subject.absent").count(), 1);
  // Who has it rest is not run away from.
  await opened.fill("#bend", "3");
  await opened.waitForTimeout(300);
  assert.match(await text("state"), /^Nothing was drawn yet/);
  await opened.click("#run");
  await says("run", "Again");
  assert.equal(await address(), "#v=1&bend=0.3&estimators=concrete%2Crloo&draws=1000&lesson=4");
});

test("a colder relaxation errs less where a step has many draws, and a bend costs a bias that draws do not buy off", async () => {
  const { page: opened, says, text } = await page("#draws=1000&estimators=concrete,straight-through&step=draw");
  await opened.click("#run");
  await says("run", "Again");
  const least = async () => Number((await text("state")).match(/errs least at ([\d.]+)\./)[1]);
  assert.match(await text("state"), /One draw errs least at/);
  const one = await least();
  await opened.selectOption("#step-of", "1000");
  await says("state", "A step of 1,000 evaluations errs least at 0\\.");
  assert.ok((await least()) < one);
  await opened.selectOption("#follow", "straight-through");
  await says("state", "^After 1,000 draws straight-through is off by 0\\.\\d+, \\d\\d % of the exact gradient; .* Where the loss is straight it is unbiased: the mean of its draws is off by 0\\.\\d+, \\d+ % of the exact gradient, by noise\\.$");
});

test("the supernet has the kept numbers where it is asked about mixtures, and the numbers of its losses elsewhere", async () => {
  execFileSync(process.execPath, [join(root, "www/frozen.mjs"), "--check"], { stdio: ["ignore", "ignore", "inherit"] });
  const { page: opened, says, text, file, requests } = await page("#objective=supernet&estimators=softmax,muprop,reinforce&follow=softmax&draws=1000");
  await opened.click("#run");
  await says("run", "Again");
  assert.match(await text("state"), /^After \d00 draws softmax is off by 0\.1\d*, \d+ % of the exact gradient; one draw varies by 0\. Where the loss is straight it is exact\.$/);
  assert.match(await text("subject-said"), /^Bent: the network itself/);
  const lines = (await file("csv")).trim().split("\n").map((line) => line.split(","));
  const of = (panel, name) => lines.find(([one, other]) => one === panel && other === name).slice(2);
  const kept = JSON.parse(readFileSync(join(root, "www/frozen/rows.json"), "utf8")).rows.find(({ estimator }) => estimator === "muprop");
  assert.equal(of("subject", "muprop")[2], String(kept.bias_norm));
  assert.deepEqual(of("subject", "reinforce"), of("control", "reinforce"), "the losses of its paths are the same");
  assert.equal(await opened.locator("#distribution-subject").isVisible(), false, "its draws are not here");
  assert.ok(await opened.locator("#distribution-control svg").isVisible());
  assert.equal(requests.filter((path) => path.startsWith("/frozen/")).length, 2);
});

test("estimators are chosen up to seven, and those that do not suit an objective are left out", async () => {
  const { page: opened, says, text, address } = await page("#draws=1000&objective=toy&estimators=arm,disarm,reinforce");
  const box = (name) => opened.locator(`#estimators input[value="${name}"]`);
  for (const name of ["softmax", "muprop", "lax", "nvil"]) await box(name).check();
  assert.ok(await box("relax").isDisabled(), "an eighth has no colour");
  await says("run", "Run|Again");
  await opened.selectOption("#objective", "chain");
  assert.match(await address(), /estimators=softmax%2Creinforce%2Cnvil%2Cmuprop%2Clax/);
  assert.ok(await box("arm").isDisabled());
  for (const name of ["softmax", "muprop", "lax", "nvil"]) await box(name).uncheck();
  assert.ok(await box("reinforce").isDisabled(), "the last stays");
  await opened.click("#run");
  await says("state", "^After [\\d,]+ draws reinforce is unbiased");
  await opened.selectOption("#objective", "table");
  assert.ok(await opened.locator("#bend").isDisabled());
  assert.equal(await text("draws"), "1,000\n10,000\n100,000");
  await says("control-said", "^Straight: a table says");
  assert.equal(await opened.locator("#bias-subject").isVisible(), false);
});

test("what is wrong in an address is replaced and said, and is no markup", async () => {
  const { page: opened, text, address, complaints } = await page("#objective=%3Cimg%20src%3Dx%3E&bend=2&estimators=concrete,%3Cb%3E&temperature=0.4&draws=1e9&position=-1&seed=-1");
  const said = await text("notice");
  for (const words of ["objective is one of chain, binary, toy", "bend is one of 0, 0.1", "estimators is up to 7 of softmax", "temperature is one of 0.05", "draws is one of 1000", "position is a whole number", "seed is a whole number"]) assert.ok(said.includes(words), said);
  assert.equal(await opened.locator("#notice img, #notice b").count(), 0);
  assert.equal(await address(), "#v=1");
  const other = await page("#estimators=arm,concrete&position=9&choice=4&objective=chain&draws=1000");
  assert.match(await other.text("notice"), /^Estimators that do not suit a chain, 6 positions of 5 are left out\.$/);
  await other.page.click("#run");
  await other.says("run", "Again");
  assert.equal(await other.page.locator("#position").inputValue(), "5");
  assert.deepEqual([...complaints, ...other.complaints], []);
});

test("what is looked at is what is begun again, and what is on its way does what was pressed", async () => {
  const { page: opened, says, text, address } = await page("#draws=1000&estimators=concrete,rloo");
  await opened.click("#run");
  await says("run", "Again");
  await opened.selectOption("#follow", "rloo");
  await opened.click("#run");
  await says("state", "^After 1,000 draws rloo ");
  assert.equal(await opened.locator("#simplex-subject .bl-mixture").count(), 0);
  // Files that come late: what is there keeps its names, and a pause holds for what comes.
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await opened.route("**/frozen/losses.bin", async (route) => (await held, route.continue()));
  await opened.selectOption("#objective", "supernet");
  assert.equal(await opened.locator("#panels").getAttribute("aria-busy"), "true");
  assert.match(await text("subject-said"), /^Bent: a mixture is worth other/);
  await opened.fill("#temperature", "2");
  await opened.click("#run");
  release();
  await opened.waitForFunction(() => document.getElementById("panels").ariaBusy === "false");
  await says("state", "^Nothing was drawn yet");
  assert.equal(await text("run"), "▶ Run");
  assert.match(await address(), /objective=supernet.*follow=rloo&temperature=0\.1/);
});

test("what could not be loaded is said, breaks nothing, and can be tried again", async () => {
  const { page: opened, says, text, complaints } = await page("#draws=1000");
  let broken = true;
  await opened.route("**/frozen/rows.json", (route) => (broken ? route.fulfill({ status: 404 }) : route.continue()));
  await opened.selectOption("#objective", "supernet");
  await says("notice", "^This could not be measured: the server gave 404 for frozen/rows\\.json\\.");
  await opened.click("#step");
  await opened.fill("#temperature", "3");
  await says("notice", "404");
  broken = false;
  await opened.click("#again");
  await says("state", "^After 400 draws concrete at temperature 0\\.15 ");
  assert.equal(await opened.locator("#notice").isVisible(), false);
  assert.match(await opened.locator("#command-said").textContent(), /^What was measured at its mixtures/);
  await opened.selectOption("#objective", "toy");
  await says("state", "^After [\\d,]+ draws concrete");
  assert.deepEqual(complaints.filter((text) => !/404|frozen\/rows\.json/.test(text)), []);
});

test("one estimator from near: its draws, its points and its arrows", async () => {
  const { page: opened, says, file } = await page("#draws=1000&estimators=concrete,rloo&position=1&choice=2");
  await opened.click("#run");
  await says("run", "Again");
  const near = opened.locator("#simplex-subject svg");
  assert.equal(await near.locator(".bl-mixture").count(), 300);
  await opened.selectOption("#follow", "rloo");
  await opened.waitForFunction(() => document.querySelectorAll("#simplex-subject .bl-mixture").length === 0);
  // Its four draws of a choice each stand at the corners.
  await opened.waitForFunction(() => document.querySelectorAll("#simplex-control circle[class^=bl-band]").length === 5);
  const picture = await file("distribution-svg");
  assert.match(picture, /^<svg .*aria-label="slope of position 1, choice 2: 1000 draws"/);
  assert.match(picture, /exact -?0\.\d{3}</);
});

fitsAndIsAccessible(page, "#draws=1000");
