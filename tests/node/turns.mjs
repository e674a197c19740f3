// All work of a thread shares its slices: what else is waiting for the thread gets its turn after one of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { root } from "./installed.mjs";

const { SLICE_MS, due, next } = await import(pathToFileURL(join(root, "web/dist/package/dist/turns.js")));

test("a message comes through between the slices of a hundred runs, and no run is passed over", async () => {
  const [RUNS, CHUNKS] = [100, 12];
  let stopped = false;
  const done = new Array(RUNS).fill(0);
  const busy = (milliseconds) => {
    for (const since = performance.now(); performance.now() - since < milliseconds; );
  };
  const work = async (place) => {
    while (!stopped && done[place] < CHUNKS) {
      if (due()) {
        await next();
        continue;
      }
      busy(SLICE_MS / 4);
      done[place]++;
    }
  };
  busy(SLICE_MS);
  const all = Array.from({ length: RUNS }, (_, place) => work(place));
  let before;
  const message = new Promise((resolve) => setTimeout(() => {
    before = done.reduce((sum, chunks) => sum + chunks, 0);
    resolve();
  }));
  await message;
  // A slice has four such chunks, and a timer waits for two turns at most.
  assert.ok(before <= 16, `${before} chunks before the message`);
  while (Math.min(...done) === 0) await new Promise((resolve) => setTimeout(resolve));
  assert.ok(Math.max(...done) <= 9, `nobody has a third slice before all had one: ${done}`);
  stopped = true;
  await Promise.all(all);
});
