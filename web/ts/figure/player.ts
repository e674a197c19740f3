/** What moves a figure from step to step: run and pause, one step there or back, the start again. */

/** What a player moves. */
export interface Played {
  /** The last step. */
  length: number;
  /** Steps a second. */
  speed: number;
  /** Draws a step. */
  show(at: number): void;
  /** Hears of every start and stop. */
  starts(running: boolean): void;
}

export class Player {
  /** The last step; what is shown is shown anew with `stay`. */
  length: number;
  readonly #show: (at: number) => void;
  readonly #starts: (running: boolean) => void;
  #speed: number;
  #pace: number;
  #at = 0;
  /** The part of a step that has passed. */
  #part = 0;
  #frame: number | undefined;
  #before: number | undefined;

  constructor({ length, speed, show, starts }: Played) {
    this.length = length;
    this.#speed = speed;
    this.#pace = speed;
    this.#show = show;
    this.#starts = starts;
  }

  /** Steps a second. */
  set speed(speed: number) {
    this.#speed = speed;
    this.#pace = speed;
  }

  get at(): number {
    return this.#at;
  }

  get running(): boolean {
    return this.#frame !== undefined;
  }

  /** Shows step `at` and rests there. */
  go(at: number): void {
    this.pause();
    this.stay(at);
  }

  /** Shows step `at`, and goes on from there if it was running. */
  stay(at: number): void {
    this.#at = Math.min(Math.max(at, 0), this.length);
    this.#show(this.#at);
  }

  /** From here on, or from the start where this is the end; at another pace until somebody sets the speed or runs it again. */
  run(pace = this.#speed): void {
    if (this.running) return;
    this.#pace = pace;
    if (this.#at >= this.length) this.stay(0);
    this.#before = undefined;
    this.#frame = requestAnimationFrame((now) => this.#advance(now));
    this.#starts(true);
  }

  pause(): void {
    if (this.#frame === undefined) return;
    cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    this.#starts(false);
  }

  #advance(now: number): void {
    // Whoever comes back to the page goes on where it was left.
    const seconds = Math.min((now - (this.#before ?? now)) / 1000, 0.1);
    this.#before = now;
    this.#part += seconds * this.#pace;
    const whole = Math.floor(this.#part);
    this.#part -= whole;
    this.#frame = requestAnimationFrame((later) => this.#advance(later));
    if (whole > 0) this.stay(this.#at + whole);
    if (this.#at >= this.length) this.pause();
  }
}
