/** Durations, counted in buckets that grow by a tenth, so that any number of them, of several threads, take little room. */

/** From 0.1 ms; the last bucket holds all that took longer than about two minutes. */
const LEAST_MS = 0.1;
const GROWTH = 1.1;
const BUCKETS = 150;

/** How many there are in each bucket. */
export type Buckets = readonly number[];

export class Latencies {
  readonly #counts = new Array<number>(BUCKETS).fill(0);

  add(ms: number): void {
    const bucket = ms <= LEAST_MS ? 0 : Math.ceil(Math.log(ms / LEAST_MS) / Math.log(GROWTH));
    this.#counts[Math.min(BUCKETS - 1, bucket)]! += 1;
  }

  addAll(buckets: Buckets): void {
    for (const [at, count] of buckets.entries()) this.#counts[at]! += count;
  }

  get buckets(): Buckets {
    return [...this.#counts];
  }

  /** The duration that this part of all do not exceed, a tenth too long at most; undefined without any. */
  percentile(part: number): number | undefined {
    const total = this.#counts.reduce((sum, count) => sum + count, 0);
    let seen = 0;
    for (const [at, count] of this.#counts.entries()) {
      seen += count;
      if (count > 0 && seen >= total * part) return LEAST_MS * GROWTH ** at;
    }
    return undefined;
  }

  /** Those that were added since; this holds more than `before` did. */
  since(before: Buckets): Latencies {
    const difference = new Latencies();
    difference.addAll(this.#counts.map((count, at) => count - (before[at] ?? 0)));
    return difference;
  }
}
