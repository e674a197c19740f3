// One training after the other, as a visitor wants it: what has come of it so far, and what is to be said of it.
import { train } from "../web/dist/package/dist/index.js";
import { textOf } from "./cell.js";

/** The accuracy of guessing one of ten digits, in %. */
export const CHANCE = 10;

export class Lesson {
  #view;
  #end = new AbortController();
  #trainer;

  /** `view` has `changed()`, called after every event, `ended(network)` and `failed(error)`. */
  constructor(view) {
    this.#view = view;
  }

  /** What is wanted: cell, training and seed, as the training that is there began with them. */
  wanted;
  /** What is known of the network, as soon as it is. */
  about;
  /** What is drawn. */
  course = { losses: [], steps: 1, epochs: 1, judged: [] };
  /** What the network did after its last epoch. */
  judged;
  /** The last step that was made. */
  step;
  running = false;
  /** The epoch after which the device went away last; undefined where it never did. */
  lost;
  network;

  /** Begins anew, from the first step; what was there ends. */
  begin(wanted, { paused }) {
    this.#end.abort(new Error("begun anew"));
    this.#end = new AbortController();
    this.wanted = wanted;
    this.about = this.judged = this.step = this.lost = this.network = undefined;
    this.course = { losses: [], steps: 1, epochs: wanted.epochs, judged: [] };
    const { cell, seed, epochs, rate, channels, device } = wanted;
    const training = { epochs, learning_rate: rate, channels, device };
    this.running = !paused;
    this.#trainer = train(textOf(cell), { training, seed, paused, signal: this.#end.signal });
    this.#follow(this.#trainer, this.#end.signal);
    this.#view.changed();
  }

  async #follow(trainer, signal) {
    try {
      const about = await trainer.about;
      if (signal.aborted) return;
      this.about = about;
      this.course.steps = about.steps;
      this.#view.changed();
      for await (const event of trainer) {
        if (signal.aborted) return;
        this.#hear(event);
        this.#view.changed();
      }
      const network = await trainer.result;
      if (signal.aborted) return;
      this.network = network;
      this.running = false;
      this.#view.changed();
      this.#view.ended(network);
    } catch (error) {
      if (signal.aborted) return;
      this.running = false;
      this.#view.changed();
      this.#view.failed(error);
    }
  }

  #hear(event) {
    if (event.kind === "step") {
      this.course.losses.push(event.loss);
      this.step = event;
    } else if (event.kind === "epoch") {
      this.course.judged.push({ epoch: event.epoch, accuracy: event.accuracy, loss: event.loss });
      this.judged = event;
    } else {
      // What came after the weights that were kept is made again.
      this.course.losses.length = event.epoch * this.course.steps;
      this.lost = event.epoch;
    }
  }

  /** Runs, pauses, or begins again where it is over. */
  toggle() {
    if (this.over) return this.begin(this.wanted, { paused: false });
    this.running = !this.running;
    if (this.running) this.#trainer.resume();
    else this.#trainer.pause();
    this.#view.changed();
  }

  /** Makes some more steps and rests. */
  async go(steps) {
    if (this.over) return;
    this.running = false;
    this.#trainer.pause();
    this.#view.changed();
    await this.#trainer.step(steps).catch(() => {});
  }

  /** Makes the steps that the epoch still has. */
  goToEpoch() {
    const done = this.course.losses.length % this.course.steps;
    return this.go(this.course.steps - done);
  }

  /** Whether there is no further step. */
  get over() {
    return this.network !== undefined || this.#trainer === undefined;
  }

  /** What is seen, in words. */
  get words() {
    const { wanted, about, step, judged, lost } = this;
    if (!wanted) return "";
    const where = wanted.device === "webgpu" ? "the GPU" : "the processor";
    const size = about ? ` It has ${about.parameters.toLocaleString("en")} weights.` : "";
    if (!step) return `Not trained yet: its weights are drawn at random.${size}`;
    const seen = judged ? ` Of ${about.labels.length} digits that it never saw in training it gets ${judged.accuracy.toFixed(1)} % right.` : "";
    const from = lost === 0 ? "from its start" : `from the weights after epoch ${lost}`;
    const again = lost === undefined ? "" : ` The GPU went away; training went on with a new one, ${from}.`;
    const ms = step.milliseconds < 10 ? step.milliseconds.toFixed(1) : Math.round(step.milliseconds);
    return `Epoch ${step.epoch} of ${wanted.epochs}, step ${step.number} of ${step.of}: loss ${step.loss.toFixed(2)}.${seen}${size} The step took ${ms} ms on ${where}.${again}`;
  }
}
