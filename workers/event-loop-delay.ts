/**
 * How late this thread's timers are. Node's own `monitorEventLoopDelay` does not count the interval after a reset, so a
 * stall that begins right after somebody looked would go unseen; this one counts every interval.
 */
const INTERVAL_MS = 20;

export class EventLoopDelay {
  #lastMs = performance.now();
  #worstMs = 0;

  constructor() {
    setInterval(() => this.#note(), INTERVAL_MS).unref();
  }

  /** The worst delay in ms since this was last asked, one that lasts until now included. */
  takeWorst(): number {
    const worstMs = Math.max(this.#worstMs, this.#lateness());
    this.#worstMs = 0;
    return worstMs;
  }

  #note(): void {
    this.#worstMs = Math.max(this.#worstMs, this.#lateness());
    this.#lastMs = performance.now();
  }

  #lateness(): number {
    return Math.max(0, performance.now() - this.#lastMs - INTERVAL_MS);
  }
}
