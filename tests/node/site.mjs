// The site in a browser, for the tests of its pages.
import { join } from "node:path";
import { after, before } from "node:test";
import { launch, open, serve } from "./chromium.mjs";
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
