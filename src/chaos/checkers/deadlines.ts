/** Nothing hangs: every operation settles within its deadline and a slack, plus the time its own node was paused. */
import type { Operation } from '../history.ts';
import type { Checker } from './violation.ts';

const P11 = 'P11: every wait has a deadline';
const DEADLINE_MS = 5_000;
const SLACK_MS = 100;
/** Real threads are as late as whatever else the machine does makes them. */
const SLACK_ON_THREADS_MS = 2_000;

export const checkDeadlines: Checker = (history) => {
  const paused = new Map<string, number>();
  for (const { node, details } of history.all('paused'))
    paused.set(node, (paused.get(node) ?? 0) + (details.ms as number));
  const slackMs = history.byClock ? SLACK_ON_THREADS_MS : SLACK_MS;
  const limit = ({ node, kind }: Operation): number =>
    kind === 'subscribe' ? Number.POSITIVE_INFINITY : DEADLINE_MS + slackMs + (paused.get(node) ?? 0);
  return history.operations
    .filter(
      (operation) =>
        operation.outcome === 'open' || (operation.settledAt ?? 0) - operation.invokedAt > limit(operation),
    )
    .map((operation) => ({ promise: P11, problem: `#${operation.id} did not settle in time`, matters: [operation] }));
};
