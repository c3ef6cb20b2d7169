/** Queues: of what was sampled in a run, nothing was longer than its bound. */
import type { Checker, Violation } from './violation.ts';

const P12 = 'P12: every queue keeps its bound';

/** Most that may wait, by what a sample calls it. */
export const QUEUE_BOUNDS: Readonly<Record<string, number>> = {
  // One more is handled at the moment.
  mailbox: 10_001,
  callsWaiting: 10_000,
  asks: 200_000,
  calls: 100_000,
  requests: 300_000,
  writes: 50_000,
  writesHeld: 50_000,
};

export const checkQueues: Checker = (history) => {
  const worst = new Map<string, Violation>();
  for (const sample of history.all('inspected')) {
    for (const [queue, bound] of Object.entries(QUEUE_BOUNDS)) {
      const length = (sample.details[queue] as number | undefined) ?? 0;
      if (length <= bound || worst.has(`${sample.node} ${queue}`)) continue;
      const problem = `${queue} of ${sample.node} holds ${length}, and may hold ${bound}`;
      worst.set(`${sample.node} ${queue}`, { promise: P12, problem, matters: [sample] });
    }
  }
  return [...worst.values()];
};
