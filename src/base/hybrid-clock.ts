/**
 * Hybrid logical clock (Kulkarni, Demirbas et al., 2014): timestamps close to wall time that respect causality.
 * A timestamp is `time` (ms since the epoch) and `count`; with the origin's id it is a total order.
 */
export interface Stamp {
  readonly time: number;
  readonly count: number;
  readonly origin: string;
}

export class HybridClock {
  #time = 0;
  #count = 0;
  readonly #origin: string;
  readonly #wall: () => number;

  constructor(origin: string, wall: () => number) {
    this.#origin = origin;
    this.#wall = wall;
  }

  /** A stamp newer than every stamp made or seen here. */
  next(): Stamp {
    const wall = this.#wall();
    if (wall > this.#time) {
      this.#time = wall;
      this.#count = 0;
    } else {
      this.#count += 1;
    }
    return { time: this.#time, count: this.#count, origin: this.#origin };
  }

  /** Takes note of a stamp made elsewhere, so that `next` is newer. */
  observe(time: number, count: number): void {
    if (time > this.#time) {
      this.#time = time;
      this.#count = count;
    } else if (time === this.#time && count > this.#count) {
      this.#count = count;
    }
  }
}
