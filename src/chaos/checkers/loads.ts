/** `getOrLoad`: one loader at a time in the cluster, and what it made is what everybody gets. */
import { byKey, groups, type Happening, type History, type Operation } from '../history.ts';
import { endOf } from './lives.ts';
import { type Checker, same, type Violation } from './violation.ts';

const P5 = 'P5: a loader runs at most once at a time in the cluster';

interface Load {
  readonly begins: Happening;
  readonly end: number;
}

export const checkLoads: Checker = (history, final) => {
  const { violations } = same(final, 'loads', P5);
  const all = history.all('load begins').map((begins): Load => ({ begins, end: endOfLoad(history, begins) }));
  const loads = groups(all, ({ begins }) => String(begins.details.key));
  for (const [key, some] of loads) violations.push(...overlaps(key, some));
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
  const id = begins.details.id as number;
  const { ends, requests } = history.derive(loadsById);
  const request = requests.get(id);
  const timedOut = request?.outcome === 'unknown' ? firstFrom(history.happenings, request.settledAt ?? 0) : undefined;
  return Math.min(
    ends.get(id)?.order ?? Number.POSITIVE_INFINITY,
    timedOut?.order ?? Number.POSITIVE_INFINITY,
    endOf(history, begins.node),
  );
}

function loadsById(history: History): { ends: Map<number, Happening>; requests: Map<number, Operation> } {
  const ends = new Map(history.all('load ends').map((end) => [end.details.id as number, end]));
  return { ends, requests: new Map(history.of('load').map((operation) => [operation.id, operation])) };
}

/** The first happening at `at` or later; they are in the order of time. */
function firstFrom(happenings: readonly Happening[], at: number): Happening | undefined {
  let low = 0;
  let high = happenings.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (happenings[middle]!.at < at) low = middle + 1;
    else high = middle;
  }
  return happenings[low];
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
