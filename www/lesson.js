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
  /** What the network did after each epoch. */
  epochs = [];
  /** The last step that was made. */
  step;
  running = false;
  /** How the device went away last; undefined where it never did. */
  lost;
  network;
  /** Why it could not go on. */
  error;

  /** Begins anew, from the first step; what was there ends. */
  begin(wanted, { paused }) {
    this.#end.abort(new Error("begun anew"));
    this.#end = new AbortController();
    this.wanted = wanted;
    this.about = this.step = this.lost = this.network = this.error = undefined;
    this.course = { losses: [], steps: 1, epochs: wanted.epochs, judged: [] };
    this.epochs = [];
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
      this.error = error;
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
      this.epochs.push(event);
    } else {
      // What came after the weights that were kept is made again.
      this.course.losses.length = event.epoch * this.course.steps;
      this.step = undefined;
      this.lost = event;
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

  /** Makes one more step and rests. */
  go() {
    return this.#rest((trainer) => trainer.step());
  }

  /** Makes the steps that the epoch still has and rests. */
  goToEpoch() {
    return this.#rest(async (trainer) => {
      const { steps } = await trainer.about;
      await trainer.to((Math.floor(this.course.losses.length / steps) + 1) * steps);
    });
  }

  async #rest(move) {
    if (this.over) return;
    const trainer = this.#trainer;
    // Whoever presses it often wants as many steps.
    if (this.running) trainer.pause();
    this.running = false;
    this.#view.changed();
    // What went wrong is heard of by its events.
    await move(trainer).catch(() => {});
  }

  /** Whether there is no further step. */
  get over() {
    return this.network !== undefined || this.error !== undefined || this.#trainer === undefined;
  }

  /** What it did after its last epoch. */
  get judged() {
    return this.epochs.at(-1);
  }

  /** Whether a visitor has paused it, or it was never begun. */
  get rests() {
    return !this.running && !this.over;
  }

  /** How well it does by now, in a few words. */
  get short() {
    if (!this.judged) return "Not judged yet.";
    const { epoch, accuracy } = this.judged;
    return `${accuracy.toFixed(1)} % right after ${epoch === 1 ? "one epoch" : `${epoch} epochs`}.`;
  }

  /** What is seen, in words. */
  get words() {
    const { wanted, about, step, judged, lost } = this;
    if (!wanted) return "";
    const where = (lost?.device ?? wanted.device) === "webgpu" ? "the GPU" : "the processor";
    const size = about ? ` It has ${about.parameters.toLocaleString("en")} weights.` : "";
    const from = lost?.epoch === 0 ? "from its start" : `from the weights after epoch ${lost?.epoch}`;
    const on = lost?.device === "cpu" ? "on the processor" : "with a new one";
    const again = lost === undefined ? "" : ` The GPU went away; training went on ${on}, ${from}.`;
    if (!step) return lost ? again.trim() : `Not trained yet: its weights are drawn at random.${size}`;
    const seen = judged ? ` Of ${about.labels.length} digits that it never saw in training it gets ${judged.accuracy.toFixed(1)} % right.` : "";
    const ms = step.milliseconds < 10 ? step.milliseconds.toFixed(1) : Math.round(step.milliseconds);
    return `Epoch ${step.epoch} of ${wanted.epochs}, step ${step.number} of ${step.of}: loss ${step.loss.toFixed(2)}.${seen}${size} The step took ${ms} ms on ${where}.${again}`;
  }
}
