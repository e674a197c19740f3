/** What happens one after the other, for whoever iterates: everybody sees all of it, however late. */

export class Feed<T> implements AsyncIterable<T> {
  readonly #items: T[] = [];
  #over = false;
  #error: { reason: unknown } | undefined;
  #change!: Promise<void>;
  #changed!: () => void;

  constructor() {
    this.#renew();
  }

  #renew(): void {
    this.#change = new Promise((resolve) => (this.#changed = resolve));
  }

  /** Resolves with the next change. */
  get change(): Promise<void> {
    return this.#change;
  }

  get over(): boolean {
    return this.#over;
  }

  push(item: T): void {
    if (this.#over) return;
    this.#items.push(item);
    this.#changed();
    this.#renew();
  }

  /** Ends it, with an error where iterations are to reject. */
  end(error?: { reason: unknown }): void {
    if (this.#over) return;
    this.#over = true;
    this.#error = error;
    this.#changed();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (let index = 0; ; index++) {
      while (index >= this.#items.length) {
        if (this.#error) throw this.#error.reason;
        if (this.#over) return;
        await this.#change;
      }
      yield this.#items[index] as T;
    }
  }
}
