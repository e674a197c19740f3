// What moves a page from step to step: run and pause, one step there or back, the start again.

/** The longest that a page moves by itself before anybody touched it, in seconds. */
export const OPENING = 4;

export class Player {
  #length;
  #speed;
  #pace;
  #show;
  #told;
  #at = 0;
  #part = 0;
  #frame;
  #before;

  /** `show(at)` draws step `at`; `told(running)` hears of every start and stop. */
  constructor({ length, speed, show, told }) {
    Object.assign(this, { length, speed });
    this.#show = show;
    this.#told = told;
  }

  get length() {
    return this.#length;
  }

  set length(length) {
    this.#length = length;
    if (this.#at > length) this.#at = length;
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
    this.#to(at);
  }

  /** From here on, or from the start where this is the end; at another pace until somebody sets the speed or runs it again. */
  run(pace = this.#speed) {
    if (this.running) return;
    this.#pace = pace;
    if (this.#at >= this.#length) this.#to(0);
    this.#before = undefined;
    this.#frame = requestAnimationFrame((now) => this.#advance(now));
    this.#told(true);
  }

  pause() {
    if (!this.running) return;
    cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    this.#told(false);
  }

  #advance(now) {
    // Whoever comes back to the page goes on where it was left.
    const seconds = Math.min((now - (this.#before ?? now)) / 1000, 0.1);
    this.#before = now;
    this.#part += seconds * this.#pace;
    const whole = Math.floor(this.#part);
    this.#part -= whole;
    this.#frame = requestAnimationFrame((later) => this.#advance(later));
    if (whole > 0) this.#to(this.#at + whole);
    if (this.#at >= this.#length) this.pause();
  }

  #to(at) {
    this.#at = Math.min(Math.max(at, 0), this.#length);
    this.#show(this.#at);
  }
}
