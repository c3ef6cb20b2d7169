/** Time as a thread has it. `now` is one scale for all threads of the process, which `performance.now()` is not. */
import type { Clock } from '../../ports/index.ts';

/** Node turns a longer timeout into one millisecond. */
const LONGEST_TIMEOUT_MS = 2_147_483_647;

/** What `performance.now()` of this thread lacks to the scale of all threads: both count the same clock, from another zero. */
const ZERO_MS = zeroMs();

/** The reading with the least time in between is the truest. */
function zeroMs(): number {
  let best = { zero: 0, gap: Number.POSITIVE_INFINITY };
  for (let at = 0; at < 5; at++) {
    const before = hrtimeMs();
    const own = performance.now();
    const gap = hrtimeMs() - before;
    if (gap < best.gap) best = { zero: before + gap / 2 - own, gap };
  }
  return best.zero;
}

function hrtimeMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1_000_000;
}

export const threadsClock: Clock = {
  now: () => performance.now() + ZERO_MS,
  wall: () => Date.now(),
  after(ms, act) {
    const timer = setTimeout(act, Math.min(ms, LONGEST_TIMEOUT_MS));
    return () => clearTimeout(timer);
  },
  turn(act) {
    setImmediate(act);
  },
};
