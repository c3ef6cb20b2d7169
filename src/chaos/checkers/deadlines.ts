/** Nothing hangs: every operation settles within its deadline and a slack, plus the time its own node was paused. */
import type { Operation } from '../history.ts';
import type { Checker } from './violation.ts';

const P11 = 'P11: every wait has a deadline';
const DEADLINE_MS = 5_000;
const SLACK_MS = 100;

export const checkDeadlines: Checker = (history) => {
  const paused = new Map<string, number>();
  for (const { node, details } of history.all('paused'))
    paused.set(node, (paused.get(node) ?? 0) + (details.ms as number));
  const limit = ({ node, kind, input }: Operation): number => {
    const deadlineMs = (input as { deadlineMs?: number } | null)?.deadlineMs ?? DEADLINE_MS;
    return kind === 'subscribe' ? Number.POSITIVE_INFINITY : deadlineMs + SLACK_MS + (paused.get(node) ?? 0);
  };
  return history.operations
    .filter(
      (operation) =>
        operation.outcome === 'open' || (operation.settledAt ?? 0) - operation.invokedAt > limit(operation),
    )
    .map((operation) => ({ promise: P11, problem: `#${operation.id} did not settle in time`, matters: [operation] }));
};
