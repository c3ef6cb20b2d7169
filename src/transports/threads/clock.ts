/** Time as a thread has it. `now` is one scale for all threads of the process, which `performance.now()` is not. */
import type { Clock } from '../../ports/index.ts';

/** Node turns a longer timeout into one millisecond. */
const LONGEST_TIMEOUT_MS = 2_147_483_647;

export const threadsClock: Clock = {
  now() {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1_000 + nanoseconds / 1_000_000;
  },
  wall: () => Date.now(),
  after(ms, act) {
    const timer = setTimeout(act, Math.min(ms, LONGEST_TIMEOUT_MS));
    return () => clearTimeout(timer);
  },
  turn(act) {
    setImmediate(act);
  },
};
