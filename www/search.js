// A search over networks that are trained in this tab, for a minute.
import { run } from "../web/dist/package/dist/index.js";

const SECONDS = 60;
/** How often whoever does not see the curve is told how it stands, in ms. */
const SPOKEN_EVERY = 15_000;
const NAMES = { evolution: "evolution", reinforce: "REINFORCE", local: "local search", random: "random search" };

export class Search {
  #view;
  #run;
  #points = [];
  #searcher;
  #stopped = false;
  /** The best so far. */
  best;
  metric;

  /** `view` has `drawn(metric, points)`, `said(text)` for what is seen, `spoken(text)` for what is heard, `over()`, and `yours()`: the accuracy to be beaten. */
  constructor(view) {
    this.#view = view;
  }

  get running() {
    return this.#run !== undefined;
  }

  /** Searches by `searcher` from `seed`; resolves when it is over. */
  async begin({ searcher, seed, device }) {
    const objective = { name: "digits", ...(device === "webgpu" ? { device } : {}) };
    const search = run({ space: "nas-bench-201", objective, searcher, seed, budget: { wall_seconds: SECONDS } });
    this.#run = search;
    this.#searcher = NAMES[searcher];
    this.#points = [];
    this.#stopped = false;
    this.best = undefined;
    let spoken = performance.now();
    try {
      this.metric = (await search.setting).metric;
      for await (const { told, line, best } of search) {
        this.#points.push({ id: line.id, value: line.values[this.metric.name] ?? null });
        this.best = best ?? undefined;
        this.#view.drawn(this.metric, this.#points);
        this.#view.said(this.#words(told));
        if (performance.now() - spoken < SPOKEN_EVERY) continue;
        spoken = performance.now();
        this.#view.spoken(this.#words(told));
      }
      const { trials } = await search.result;
      this.#say(trials === 0 ? "Stopped before a network was trained." : `${this.#words(trials)} ${this.#stopped ? "Stopped." : "That was the minute."}`);
    } catch (error) {
      this.#say(`The search could not go on: ${error.message}.`);
    } finally {
      search.stop().catch(() => {});
      this.#run = undefined;
      this.#view.over();
    }
  }

  stop() {
    this.#stopped = true;
    return this.#run?.stop();
  }

  #say(text) {
    this.#view.said(text);
    this.#view.spoken(text);
  }

  #words(told) {
    const networks = `${told === 1 ? "1 network" : `${told} networks`} by ${this.#searcher}`;
    if (!this.best) return `${networks}, and none could be trained.`;
    const accuracy = this.best.values[this.metric.name].toFixed(1);
    const yours = this.#view.yours()?.toFixed(1);
    const lead = Number(accuracy) - Number(yours);
    const against = yours === undefined ? "." : `, yours ${yours}: ${lead > 0 ? "it leads" : lead < 0 ? "you lead" : "level"}.`;
    return `${networks}, the best gets ${accuracy} % right${against}`;
  }
}
