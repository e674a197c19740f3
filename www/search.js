// A search over networks that are trained in this tab, for a minute.
import { run } from "../web/dist/package/dist/index.js";

const SECONDS = 60;
/** Told trials between two sentences for whoever does not see the curve. */
const SAID_EVERY = 10;

export class Search {
  #view;
  #run;
  #points = [];
  /** The best so far. */
  best;
  metric;

  /** `view` has `drawn(metric, points)`, `said(text)` and `over()`. */
  constructor(view) {
    this.#view = view;
  }

  get running() {
    return this.#run !== undefined;
  }

  /** Searches by `searcher` from `seed`; resolves when it is over. `yours` is the accuracy to be beaten, undefined where there is none. */
  async begin({ searcher, seed, device }, yours) {
    const objective = { name: "digits", ...(device === "webgpu" ? { device } : {}) };
    const search = run({ space: "nas-bench-201", objective, searcher, seed, budget: { wall_seconds: SECONDS } });
    this.#run = search;
    this.#points = [];
    this.best = undefined;
    try {
      this.metric = (await search.setting).metric;
      for await (const { told, line, best } of search) {
        this.#points.push({ id: line.id, value: line.values[this.metric.name] ?? null });
        this.best = best ?? undefined;
        this.#view.drawn(this.metric, this.#points);
        if (told === 1 || told % SAID_EVERY === 0) this.#view.said(this.#words(told, yours));
      }
      const { trials } = await search.result;
      this.#view.said(`${this.#words(trials, yours)} That was all.`);
    } catch (error) {
      this.#view.said(`The search could not go on: ${error.message}.`);
    } finally {
      search.stop().catch(() => {});
      this.#run = undefined;
      this.#view.over();
    }
  }

  stop() {
    return this.#run?.stop();
  }

  #words(told, yours) {
    if (told === 0) return "No network was trained.";
    if (!this.best) return `${told} networks, and none could be trained.`;
    const accuracy = this.best.values[this.metric.name];
    const against = yours === undefined ? "" : accuracy > yours ? `, yours ${yours.toFixed(1)}: it leads.` : `, yours ${yours.toFixed(1)}: you lead.`;
    return `${told} networks, the best gets ${accuracy.toFixed(1)} % right${against || "."}`;
  }
}
