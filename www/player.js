// What moves a page from step to step: run and pause, one step there or back, the start again.

/** The longest that a page moves by itself before anybody touched it, in seconds. */
export const OPENING = 4;

export class Player {
  #length;
  #speed;
  #pace;
  #show;
  #starts;
  #at = 0;
  #part = 0;
  #frame;
  #before;

  /** `show(at)` draws step `at`; `starts(running)` hears of every start and stop. */
  constructor({ length, speed, show, starts }) {
    Object.assign(this, { length, speed });
    this.#show = show;
    this.#starts = starts;
  }

  get length() {
    return this.#length;
  }

  /** What is shown is shown anew with `stay`. */
  set length(length) {
    this.#length = length;
  }

  /** Steps a second. */
  set speed(speed) {
    this.#speed = speed;
    this.#pace = speed;
  }

  get at() {
    return this.#at;
  }

  get running() {
    return this.#frame !== undefined;
  }

  /** Shows step `at` and rests there. */
  go(at) {
    this.pause();
    this.stay(at);
  }

  /** Shows step `at`, and goes on from there if it was running. */
  stay(at) {
    this.#at = Math.min(Math.max(at, 0), this.#length);
    this.#show(this.#at);
  }

  /** From here on, or from the start where this is the end; at another pace until somebody sets the speed or runs it again. */
  run(pace = this.#speed) {
    if (this.running) return;
    this.#pace = pace;
    if (this.#at >= this.#length) this.stay(0);
    this.#before = undefined;
    this.#frame = requestAnimationFrame((now) => this.#advance(now));
    this.#starts(true);
  }

  pause() {
    if (!this.running) return;
    cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    this.#starts(false);
  }

  #advance(now) {
    // Whoever comes back to the page goes on where it was left.
    const seconds = Math.min((now - (this.#before ?? now)) / 1000, 0.1);
    this.#before = now;
    this.#part += seconds * this.#pace;
    const whole = Math.floor(this.#part);
    this.#part -= whole;
    this.#frame = requestAnimationFrame((later) => this.#advance(later));
    if (whole > 0) this.stay(this.#at + whole);
    if (this.#at >= this.#length) this.pause();
  }
}
