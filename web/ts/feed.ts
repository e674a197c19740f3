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

  /** What has happened so far. */
  get items(): readonly T[] {
    return this.#items;
  }

  /** Resolves with the next change. */
  get change(): Promise<void> {
    return this.#change;
  }

  get over(): boolean {
    return this.#over;
  }

  /** What happened together is one change. */
  push(items: readonly T[]): void {
    if (this.#over) return;
    for (const item of items) this.#items.push(item);
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

  /** Throws what it ended with, where that was an error. */
  throwIfFailed(): void {
    if (this.#error) throw this.#error.reason;
  }

  /** Waits until there are more than `index` items; false where it ended before. Rejects where it failed before. */
  async has(index: number): Promise<boolean> {
    while (index >= this.#items.length) {
      this.throwIfFailed();
      if (this.#over) return false;
      await this.#change;
    }
    return true;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (let index = 0; await this.has(index); index++) yield this.#items[index] as T;
  }
}
