/** `getOrLoad`: one loader at a time in the cluster, and what it made is what everybody gets. */
import { byKey, type Happening, type History } from '../history.ts';
import { endOf } from './lives.ts';
import { type Checker, same, type Violation } from './violation.ts';

const P5 = 'P5: a loader runs at most once at a time in the cluster';

interface Load {
  readonly begins: Happening;
  readonly end: number;
}

export const checkLoads: Checker = (history, final) => {
  const { violations } = same(final, 'loads', P5);
  const loads = new Map<string, Load[]>();
  for (const begins of history.all('load begins')) {
    const key = String(begins.details.key);
    loads.set(key, [...(loads.get(key) ?? []), { begins, end: endOfLoad(history, begins) }]);
  }
  for (const [key, all] of loads) violations.push(...overlaps(key, all));
  for (const [key, operations] of byKey(history.of('load'))) {
    const made = new Map((loads.get(key) ?? []).map((load) => [load.begins.details.id, load]));
    for (const operation of operations.filter(({ outcome }) => outcome === 'ok')) {
      const load = made.get(operation.output);
      if (load && load.begins.order < operation.returned) continue;
      violations.push({
        promise: P5,
        problem: `#${operation.id} got ${String(operation.output)}, which no loader had made`,
        matters: [operation],
      });
    }
  }
  return violations;
};

/** A load counts until it ends, until its request ends (a deadline), or until its node is gone. */
function endOfLoad(history: History, begins: Happening): number {
  const { id } = begins.details;
  const ends = history.all('load ends').find(({ details }) => details.id === id);
  const request = history.operations.find((operation) => operation.id === id);
  const timedOut =
    request?.outcome === 'unknown' ? history.happenings.find(({ at }) => at >= (request.settledAt ?? 0)) : undefined;
  return Math.min(
    ends?.order ?? Number.POSITIVE_INFINITY,
    timedOut?.order ?? Number.POSITIVE_INFINITY,
    endOf(history, begins.node),
  );
}

function overlaps(key: string, loads: readonly Load[]): Violation[] {
  const sorted = [...loads].sort((a, b) => a.begins.order - b.begins.order);
  return sorted.slice(1).flatMap((load, at) => {
    const before = sorted.slice(0, at + 1).find((earlier) => earlier.end > load.begins.order);
    if (!before) return [];
    return [
      { promise: P5, problem: `two loaders of ${key} ran at the same time`, matters: [before.begins, load.begins] },
    ];
  });
}
