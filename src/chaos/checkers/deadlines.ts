/** Nothing hangs: every operation settles within its deadline and a slack, plus the time its own node was paused meanwhile. */
import { groups, type Happening, type Operation } from '../history.ts';
import type { Checker } from './violation.ts';

const P11 = 'P11: every wait has a deadline';
const DEADLINE_MS = 5_000;
const SLACK_MS = 100;
/** Real threads are as late as whatever else the machine does makes them. */
const SLACK_ON_THREADS_MS = 2_000;

export const checkDeadlines: Checker = (history) => {
  const slackMs = history.byClock ? SLACK_ON_THREADS_MS : SLACK_MS;
  const pauses = groups(history.all('paused'), ({ node }) => node);
  const limit = (operation: Operation): number => {
    const { node, kind, input } = operation;
    if (kind === 'subscribe') return Number.POSITIVE_INFINITY;
    const deadlineMs = (input as { deadlineMs?: number } | null)?.deadlineMs ?? DEADLINE_MS;
    return deadlineMs + slackMs + pausedMeanwhile(operation, pauses.get(node) ?? []);
  };
  return history.operations
    .filter(
      (operation) =>
        operation.outcome === 'open' || (operation.settledAt ?? 0) - operation.invokedAt > limit(operation),
    )
    .map((operation) => ({ promise: P11, problem: `#${operation.id} did not settle in time`, matters: [operation] }));
};

function pausedMeanwhile(
  { invokedAt, settledAt = Number.POSITIVE_INFINITY }: Operation,
  pauses: readonly Happening[],
): number {
  return pauses
    .map(({ at, details }) => ({ at, ms: details.ms as number }))
    .filter(({ at, ms }) => at <= settledAt && at + ms >= invokedAt)
    .reduce((sum, { ms }) => sum + ms, 0);
}
