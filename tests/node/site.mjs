// The site in a browser, for the tests of its pages.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, losable, open, serve, violations } from "./chromium.mjs";
import { root } from "./installed.mjs";

/** A visitor who wants no motion. */
export const still = { reducedMotion: "reduce" };

/** The served site and a browser, from before the first test of a file to after its last. */
export const site = {};

/** Has the tests of a file find both in `site`. */
export function onSite() {
  before(async () => {
    site.server = await serve(join(root, "www/dist"));
    site.browser = await launch();
  });
  after(async () => {
    await site.browser.close();
    site.server.close();
  });
}

/** A page of the site as soon as it has an element, by its selector, with what tests ask of it. */
export async function visit(name, ready, options = still, { browser, server } = site) {
  const opened = await open(browser, `${server.address}/${name}`, options);
  const { page } = opened;
  await page.waitForSelector(ready);
  const text = (id) => page.locator(`#${id}`).innerText();
  const says = (id, words) => page.waitForFunction(([id, words]) => new RegExp(words).test(document.getElementById(id).textContent), [id, words], { timeout: 60_000 });
  // It is kept a moment after the last change.
  const address = async () => {
    await page.waitForTimeout(300);
    return page.evaluate(() => location.hash);
  };
  return { ...opened, text, says, address };
}

/** A browser that lends a GPU, and the site with Workers whose GPU can be taken away, for as long as `work` takes. */
export async function onGpu(work) {
  const folder = join(root, "www/dist");
  const pages = { "/training/worker.js": await losable(join(folder, "training/worker.js")) };
  const from = { browser: await launch({ webgpu: true }), server: await serve(folder, pages) };
  try {
    await work(from);
  } finally {
    await from.browser.close();
    from.server.close();
  }
}

/** Tests a page that is given by its address, narrow and wide, in both schemes, before it has run and after. */
export function fitsAndIsAccessible(page, hash) {
  for (const [width, colorScheme] of [[320, "light"], [1280, "dark"]]) {
    test(`at ${width} px in a ${colorScheme} scheme nothing scrolls sideways and axe finds nothing`, async () => {
      const { page: opened, says } = await page(hash, { ...still, viewport: { width, height: 800 }, colorScheme });
      assert.deepEqual(await violations(opened), []);
      await opened.click("#run");
      await says("run", "Again");
      for (const summary of await opened.locator("summary").all()) await summary.click();
      assert.deepEqual(await violations(opened), []);
      assert.ok(await opened.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    });
  }
}
