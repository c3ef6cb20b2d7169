/**
 * A node is up only when it has caught up: what it shows as its app starts is not older than any write that was
 * acknowledged before.
 */
import { byKey, type Happening, type History, type Operation } from '../history.ts';
import { staleness } from './registers.ts';
import type { Checker, Violation } from './violation.ts';

const P6 = 'P6: a node is up only after everything is caught up';

/** What a node shows when its app starts, by table and key. */
interface Shown {
  readonly lists: Readonly<Record<string, readonly number[]>>;
  readonly registers: Readonly<Record<string, number>>;
  readonly slots: Readonly<Record<string, number>>;
}

export const checkJoiners: Checker = (history) =>
  history.all('app starts').flatMap((start) => {
    const shown = start.details as unknown as Shown;
    return [
      ...shortLists(history, start, shown),
      ...oldRegisters(history, start, shown),
      ...noSlots(history, start, shown),
    ];
  });

function shortLists(history: History, start: Happening, { lists }: Shown): Violation[] {
  const known = new Set(Object.values(lists).flat());
  return history
    .of('append')
    .filter((append) => append.outcome === 'ok' && append.returned < start.order && !known.has(append.id))
    .slice(0, 1)
    .map((append) => lacks(start, append));
}

function noSlots(history: History, start: Happening, { slots }: Shown): Violation[] {
  return history
    .of('claim slot')
    .filter((claim) => claim.outcome === 'ok' && claim.returned < start.order && slots[claim.key] === undefined)
    .slice(0, 1)
    .map((claim) => lacks(start, claim));
}

function oldRegisters(history: History, start: Happening, { registers }: Shown): Violation[] {
  const writes = byKey(history.of('put', 'delete', 'insert', 'swap').filter(({ outcome }) => outcome !== 'refused'));
  return [...writes].flatMap(([key, operations]) => {
    const seen = { invoked: start.order, output: registers[key] ?? null };
    const stale = staleness({ ...seen, returned: seen.invoked }, operations);
    if (!stale) return [];
    return [
      {
        promise: P6,
        problem: `${start.node} starts and register ${key} ${stale.problem}`,
        matters: [...stale.matters, start],
      },
    ];
  });
}

function lacks(start: Happening, write: Operation): Violation {
  return {
    promise: P6,
    problem: `${start.node} starts without #${write.id}, which had returned`,
    matters: [write, start],
  };
}
