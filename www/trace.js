// One estimator from near: its draws one after the other, and the points that it asked about.

/** How many draws are kept, and how many of these with their points. */
const [KEPT, OBSERVED] = [10_000, 1000];

export class Trace {
  drawn = 0;
  #bench;
  /** The kept draws, one after the other. */
  #gradients;
  #kept = 0;
  #points = [];

  /** `bench` measures the estimator alone. */
  constructor(bench) {
    this.#bench = bench;
    this.#gradients = new Float64Array(KEPT * bench.exact.length);
  }

  draw(count) {
    for (let done = 0; done < count; done++) {
      if (this.#kept === KEPT) {
        this.#bench.draw(0, count - done);
        break;
      }
      this.#gradients.set(this.#next(), this.#kept * this.#bench.exact.length);
      this.#kept++;
    }
    this.drawn += count;
  }

  #next() {
    if (this.#kept >= OBSERVED) return this.#bench.one(0);
    const { gradient, points } = this.#bench.observe(0);
    this.#points.push(points);
    return gradient;
  }

  /** The kept draws of one logit's slope and where all but a hundredth at each end lie, the exact one, and the mean of all. */
  slope(logit) {
    const size = this.#bench.exact.length;
    const values = Float64Array.from({ length: this.#kept }, (_, draw) => this.#gradients[draw * size + logit]);
    const sorted = values.slice().sort();
    const beyond = Math.floor(0.01 * sorted.length);
    return { values, ends: [sorted[beyond], sorted[sorted.length - 1 - beyond]], exact: this.#bench.exact[logit], mean: this.#mean?.[logit] ?? null };
  }

  /** What the figure of a simplex is made of, for the position whose choices are the logits from `first` on. */
  simplex(position, first) {
    const { choices } = this.#bench.positions[position];
    const row = (all) => Array.from(all.slice(first, first + choices.length));
    const size = this.#bench.exact.length;
    const asked = this.#points.flat();
    const hard = choices.map((_, choice) => asked.filter((point) => point.choices?.[position] === choice).length);
    const soft = asked.filter(({ mixture }) => mixture).slice(-300).map(({ mixture }) => row(mixture));
    const last = Math.min(this.#kept, 24);
    const draws = Array.from({ length: last }, (_, draw) => row(this.#gradients.subarray((this.#kept - last + draw) * size)));
    const { probabilities, exact } = this.#bench;
    const mean = this.#mean;
    return { choices, policy: row(probabilities), hard, soft, exact: row(exact), mean: mean ? row(mean) : null, draws };
  }

  get #mean() {
    return this.#bench.row(0)?.gradient;
  }

  free() {
    this.#bench.free();
  }
}
