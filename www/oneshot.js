// One search that trains a supernet after the other, as a visitor wants it: what has come of it, and what is to be said of it.
import { run, train } from "../web/dist/package/dist/index.js";
import { isConnected, numbered, textOf } from "./cell.js";
import { CHANNELS, FRESH_EPOCHS, METHODS, specification } from "./methods.js";

/** Cells drawn at random that the found one is compared with. */
const OTHERS = 3;

/** Cells that are networks, the same for a seed. */
function atRandom(seed) {
  const cells = [];
  // Steps of a prime lead far through the list of all cells.
  for (let number = 7919 * (seed + 1); cells.length < OTHERS; number += 10_007) if (isConnected(numbered(number))) cells.push(numbered(number));
  return cells;
}

export class OneShot {
  #view;
  #end = new AbortController();
  #run;

  /** `view` has `changed()`, called after every event, `ended()` when the found cell was trained, and `failed(error)`. */
  constructor(view) {
    this.#view = view;
  }

  /** What is wanted, as the search that is there began with it. */
  wanted;
  /** What is known of the supernet, as soon as it is. */
  setting;
  /** The lines of the log that are of epochs. */
  epochs = [];
  /** The probability of each operation on each edge, one edge after the other. */
  policy;
  /** The epoch at which the alarm went off. */
  alarm;
  /** Cells that were judged at the end. */
  judged = 0;
  running = false;
  /** Seconds that the search has taken, without those in which it rested. */
  seconds = 0;
  /** Since when seconds count, while it works. */
  #since;
  /** A step that was asked for and is not made. */
  #stepping = false;
  /** The cell that was found, what the supernet says of it, and what it does from fresh weights. */
  found;
  fresh;
  others = [];
  error;

  /** Begins anew, from the first epoch; what was there ends. */
  begin(wanted, { paused }) {
    this.#end.abort(new Error("begun anew"));
    this.#end = new AbortController();
    this.wanted = wanted;
    this.setting = this.policy = this.alarm = this.found = this.fresh = this.error = this.#since = undefined;
    this.epochs = [];
    this.others = [];
    this.seconds = this.judged = 0;
    this.#stepping = false;
    this.running = !paused;
    this.#run = run(specification(wanted), { paused, policyEvery: 1, signal: this.#end.signal });
    this.#follow(this.#run, this.#end.signal);
    this.#view.changed();
  }

  async #follow(search, signal) {
    try {
      const setting = await search.setting;
      if (signal.aborted) return;
      this.setting = setting;
      this.policy = search.policies.get(0);
      this.#view.changed();
      if (this.running) this.#works();
      for await (const { line, policy } of search) {
        if (signal.aborted) return;
        const now = performance.now();
        this.seconds += (now - (this.#since ?? now)) / 1000;
        if (line.purpose !== "train") this.judged++;
        else if (line.failure === undefined) this.epochs.push(line);
        this.policy = policy ?? this.policy;
        if (search.notices.some((notice) => notice.startsWith("alarm: "))) this.alarm ??= this.epochs.length;
        // What follows the last epoch is no more than a judgement, and nobody waits for each.
        const judges = this.epochs.length === this.wanted.epochs || this.judged > 0;
        if (judges) search.resume();
        this.#since = this.running || judges ? now : undefined;
        this.#view.changed();
      }
      const { best } = await search.result;
      if (signal.aborted) return;
      if (best === null) throw new Error("its weights left the numbers before an epoch had ended");
      this.found = { architecture: best.architecture, accuracy: best.values.validation_accuracy };
      // Also where somebody stepped to here.
      this.running = true;
      this.#view.changed();
      await this.#fromFreshWeights(signal);
    } catch (error) {
      if (signal.aborted) return;
      this.error = error;
      this.running = false;
      this.#view.changed();
      this.#view.failed(error);
    }
  }

  /** Trains the cell that was found, and some drawn at random, from fresh weights. */
  async #fromFreshWeights(signal) {
    const { seed } = this.wanted;
    const device = this.lost?.device ?? this.wanted.device;
    const training = { channels: CHANNELS, epochs: FRESH_EPOCHS, learning_rate: 0.1, device };
    const accuracy = async (architecture) => (await train(architecture, { training, seed, signal }).result).accuracy;
    this.fresh = await accuracy(this.found.architecture);
    const cells = atRandom(seed);
    for (let others = 0; others < OTHERS; others++) {
      if (signal.aborted) return;
      this.#view.changed();
      this.others.push(await accuracy(textOf(cells[others])));
    }
    if (signal.aborted) return;
    this.running = false;
    this.#view.changed();
    this.#view.ended();
  }

  /** Runs, pauses, or begins again where it is over. */
  toggle() {
    if (this.over) return this.begin(this.wanted, { paused: false });
    // The cell that was found is trained in seconds, and nothing stops that.
    if (this.found) return;
    this.running = !this.running;
    if (this.running) {
      this.#works();
      this.#run.resume();
    } else this.#run.pause();
    this.#view.changed();
  }

  /** Seconds count from now, unless they do already. */
  #works() {
    this.#since ??= performance.now();
  }

  /** Trains one more epoch and rests. */
  go() {
    // Whoever presses it often sees one epoch after the other.
    if (this.over || this.found || this.#stepping) return;
    const search = this.#run;
    if (this.running) search.pause();
    this.running = false;
    this.#stepping = true;
    this.#works();
    this.#view.changed();
    // What went wrong is heard of by the iteration.
    const made = () => search === this.#run && (this.#stepping = false);
    search.step().then(made, made);
  }

  /** Whether there is nothing more to come. */
  get over() {
    return this.error !== undefined || this.#run === undefined || (this.found !== undefined && !this.running);
  }

  /** Whether a visitor has paused it, or it was never begun. */
  get rests() {
    return !this.running && !this.over;
  }

  /** How the device went away last; undefined where it never did. */
  get lost() {
    return this.#run?.losses.at(-1);
  }

  /** What the search has said: its alarm, and why it ended early. */
  get notices() {
    return this.#run?.notices ?? [];
  }

  /** The log so far, as a terminal writes it. */
  log() {
    return this.#run?.log() ?? "";
  }

  /** The architecture that would be taken now. */
  get architecture() {
    return this.found?.architecture ?? this.epochs.at(-1)?.architecture;
  }

  /** What is seen, in words. */
  get words() {
    const { wanted, setting, found, fresh, others, lost, epochs } = this;
    if (!wanted) return "";
    const where = (lost?.device ?? wanted.device) === "webgpu" ? "the GPU" : "the processor";
    const from = lost?.told === 0 ? "from its start" : `after ${lost === undefined ? "" : `epoch ${Math.min(lost.told, epochs.length)}`}`;
    const again = lost === undefined ? "" : ` The GPU went away; the search went on ${lost.device === "cpu" ? "on the processor" : "with a new one"}, ${from}.`;
    const last = epochs.at(-1);
    const size = setting?.supernet ? ` It has ${setting.supernet.parameters.toLocaleString("en")} weights.` : "";
    if (!last) return `Nothing was trained yet: every operation on every edge is there, with weights drawn at random.${size}${again}`;
    const { relaxed_accuracy: mixture, derived_accuracy: derived, skip_share: skips } = last.instruments;
    const percent = (value) => `${value.toFixed(1)} %`;
    const ofMixture = mixture === undefined ? "" : `the mixture gets ${percent(mixture)} of unseen digits right, and `;
    const { called, candidates } = METHODS[wanted.method];
    const now = `Epoch ${epochs.length} of ${wanted.epochs}, ${called}: ${ofMixture}the ${candidates ? "likeliest cell" : "cell that would be taken now"} gets ${percent(derived)} with the shared weights. The policy has ${(100 * skips).toFixed(0)} % on skips.`;
    if (!found && this.judged > 0) return `${now} ${this.judged === 1 ? "1 cell was" : `${this.judged} cells were`} judged with the shared weights so far.${again}`;
    if (!found) return `${now} ${this.seconds.toFixed(1)} s so far, on ${where}.${again}`;
    const early = epochs.length < wanted.epochs ? ` It ended after epoch ${epochs.length}.` : "";
    const alone = fresh === undefined ? " Now it is trained from fresh weights." : ` From fresh weights it gets ${percent(fresh)}${others.length === 0 ? "" : `, and ${others.length === 1 ? "a cell" : `${others.length} cells`} drawn at random ${others.map(percent).join(", ")}`}.`;
    return `${called} took ${this.judged > 1 ? `the best of ${this.judged} cells` : "a cell"} in ${this.seconds.toFixed(0)} s on ${where}.${early} With the shared weights it gets ${percent(found.accuracy)} of unseen digits right.${alone}${again}`;
  }
}
