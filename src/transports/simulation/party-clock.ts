/** The clocks of one simulated machine: virtual time, as its own clocks show it when they are set off or run too fast. */
import type { Address } from '../../base/index.ts';
import type { Clock } from '../../ports/index.ts';
import type { Scheduler } from './scheduler.ts';

/** Where virtual wall time begins: 2026-01-01, so that stamps look like stamps. */
const EPOCH_MS = Date.UTC(2026, 0, 1);

/** How far a machine's clocks are off; all lives of a node on it share them. */
export class Drift {
  #wallMs = 0;
  #rate = 1;
  #shown = 0;
  #since = 0;

  /** From `trueMs` on the wall clock is off by `wallMs`, and both run at `rate`; what `now` shows never jumps. */
  set(trueMs: number, wallMs: number, rate: number): void {
    this.#shown = this.now(trueMs);
    this.#since = trueMs;
    this.#wallMs = wallMs;
    this.#rate = rate;
  }

  now(trueMs: number): number {
    return this.#shown + (trueMs - this.#since) * this.#rate;
  }

  wall(trueMs: number): number {
    return Math.floor(EPOCH_MS + this.#wallMs + this.now(trueMs));
  }

  /** How long `ms` of its own clock last. */
  lasting(ms: number): number {
    return ms / this.#rate;
  }
}

export function partyClock(self: Address, scheduler: Scheduler, drift: Drift): Clock {
  return {
    now: () => drift.now(scheduler.now),
    wall: () => drift.wall(scheduler.now),
    after: (ms, act) => scheduler.at(scheduler.now + drift.lasting(Math.max(0, ms)), self, act),
    turn: (act) => {
      scheduler.at(scheduler.now, self, act);
    },
  };
}
