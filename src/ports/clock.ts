/** Time, as a node gets it. */

export type Cancel = () => void;

export interface Clock {
  /** Milliseconds that only grow, one scale for all nodes of a process. For durations and deadlines. */
  now(): number;
  /** Milliseconds since the epoch. For stamps that outlive the cluster; may jump. */
  wall(): number;
  /** Runs `act` once, no sooner than after `ms`. */
  after(ms: number, act: () => void): Cancel;
  /** Runs `act` at the end of this turn of the event loop, after all that is ready now. */
  turn(act: () => void): void;
}

/** Runs `act` every `ms`, until cancelled. The next run is planned when one has ended, so runs never pile up. */
export function every(clock: Clock, ms: number, act: () => void): Cancel {
  let cancel = clock.after(ms, run);
  function run(): void {
    cancel = clock.after(ms, run);
    act();
  }
  return () => cancel();
}
