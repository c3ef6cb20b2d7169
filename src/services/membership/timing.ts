/** The times by which a cluster tells busy from hung and slow from cut off. One set for the whole cluster. */
import { InvalidValue } from '../../base/index.ts';

/** All in ms; virtual in a simulation. */
export interface Timing {
  /**
   * How long a node may act without hearing from the authority again. A node out of reach is replaced once its lease and the
   * margin have run out. Default 3,000.
   */
  readonly leaseMs: number;
  /** What the authority waits beyond the end of a lease: for clocks that run at different rates. Default 500. */
  readonly marginMs: number;
  /**
   * An event loop that neither ran a timer nor took a message for this long is hung, and its thread is ended; a loop that is only
   * busy is not. Infinity turns it off, for debuggers. Default 3,000. Threads only: elsewhere such a node is out of reach.
   */
  readonly hungMs: number;
  /** A member that leaves a strong write or a view unacknowledged for this long is evicted. Default 10,000. */
  readonly ackMs: number;
}

export const DEFAULT_TIMING: Timing = { leaseMs: 3_000, marginMs: 500, hungMs: 3_000, ackMs: 10_000 };

/** The times given, with defaults for the others. Throws `InvalidValue`. */
export function timingOf(given: Partial<Timing> = {}): Timing {
  const timing = { ...DEFAULT_TIMING, ...given };
  for (const [name, ms] of Object.entries(timing)) {
    if (!(typeof ms === 'number' && ms > 0))
      throw new InvalidValue(`timing.${name}`, `expected more than 0 ms, got ${ms}`);
  }
  return timing;
}

/** How often a node tells the authority that it lives. */
export function beatMs({ leaseMs }: Timing): number {
  return leaseMs / 6;
}
