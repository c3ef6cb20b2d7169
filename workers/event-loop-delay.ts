/**
 * How late this thread's timers are. Node's own `monitorEventLoopDelay` does not count the interval after a reset, so a
 * stall that begins right after somebody looked would go unseen; this one counts every interval. While nobody asks it looks
 * seldom: a close watch would be a third of the times at which a node with nothing to do wakes up.
 */
export interface Watch {
  /** Between two looks while somebody asks, and while nobody does. A stall that is shorter may go unseen. */
  readonly closeMs: number;
  readonly seldomMs: number;
  /** For so long after it was asked it is a close watch. */
  readonly askedMs: number;
}

const USUAL: Watch = { closeMs: 20, seldomMs: 250, askedMs: 10_000 };

export class EventLoopDelay {
  readonly #watch: Watch;
  #timer: NodeJS.Timeout;
  #lastMs = performance.now();
  #intervalMs: number;
  #worstMs = 0;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(watch: Watch = USUAL) {
    this.#watch = watch;
    this.#intervalMs = watch.seldomMs;
    this.#timer = this.#plan();
  }

  /** The worst delay in ms since this was last asked, one that lasts until now included; that one is not told again. */
  takeWorst(): number {
    this.#askedAt = performance.now();
    const worstMs = Math.max(this.#worstMs, this.#lateness());
    this.#worstMs = 0;
    clearTimeout(this.#timer);
    this.#next();
    return worstMs;
  }

  #plan(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#worstMs = Math.max(this.#worstMs, this.#lateness());
      this.#next();
    }, this.#intervalMs).unref();
  }

  #next(): void {
    this.#lastMs = performance.now();
    const { closeMs, seldomMs, askedMs } = this.#watch;
    this.#intervalMs = this.#lastMs - this.#askedAt < askedMs ? closeMs : seldomMs;
    this.#timer = this.#plan();
  }

  #lateness(): number {
    return Math.max(0, performance.now() - this.#lastMs - this.#intervalMs);
  }
}
