/**
 * After a view change the members agree on every strong write. What one member had applied before its flush of a view, any
 * other that was a member before has applied when its own flush of that view ends, also where one of them has flushed views
 * that the other never could: there an owner wrote that the other had not heard of. Deletes are left out: a history cannot
 * tell one from another.
 */
import type { Happening, History } from '../history.ts';
import type { Checker, Violation } from './violation.ts';

const P1 = 'P1: after a view change the members agree on every strong write';

interface Flush {
  readonly view: Happening;
  readonly epoch: number;
  /** What the node had flushed before, oldest first. */
  readonly before: readonly Happening[];
}

export const checkAgreement: Checker = (history) => {
  const changes = changesByNode(history);
  const starts = new Map(history.all('app starts').map(({ node, order }) => [node, order]));
  const writers = new Map(history.operations.map((operation) => [operation.id, operation]));
  // In the moment of the flush itself, work under the new view may have begun. Where clocks go on in that moment, only what was
  // answered before it is certainly of the view before.
  const isOfBefore = (change: Happening, flush: Happening): boolean =>
    history.byClock
      ? (writers.get(writerOf(change))?.returned ?? Number.POSITIVE_INFINITY) < flush.order
      : change.at < flush.at;
  const violations: Violation[] = [];
  for (const flushes of flushesByEpoch(history).values()) {
    for (const ours of flushes)
      for (const theirs of flushes) {
        const watching = starts.get(theirs.view.node) ?? Number.NEGATIVE_INFINITY;
        // What was asked for before a node watches it may have applied unseen.
        const isOwed = (change: Happening): boolean =>
          (writers.get(writerOf(change))?.invoked ?? change.order) > watching && isOfBefore(change, ours.view);
        violations.push(...lacking(ours, theirs, changes, isOwed));
      }
  }
  return violations;
};

interface Changes {
  readonly all: readonly Happening[];
  /** Where each write was applied. */
  readonly places: ReadonlyMap<string, number>;
}

function changesByNode(history: History): Map<string, Changes> {
  const lists = new Map<string, { all: Happening[]; places: Map<string, number> }>();
  for (const change of history.all('applied')) {
    if (change.details.after === null) continue;
    let changes = lists.get(change.node);
    if (!changes) {
      changes = { all: [], places: new Map() };
      lists.set(change.node, changes);
    }
    changes.all.push(change);
    changes.places.set(nameOf(change), change.order);
  }
  return lists;
}

function nameOf({ details }: Happening): string {
  return `${String(details.table)} ${String(details.key)} ${String(details.after)}`;
}

function flushesByEpoch(history: History): Map<number, Flush[]> {
  const views = new Map<string, Happening[]>();
  const epochs = new Map<number, Flush[]>();
  for (const view of history.all('view')) {
    const epoch = epochOf(view);
    const earlier = views.get(view.node) ?? [];
    const flushes = epochs.get(epoch) ?? [];
    flushes.push({ view, epoch, before: earlier.filter((other) => epochOf(other) < epoch) });
    epochs.set(epoch, flushes);
    views.set(view.node, [...earlier, view]);
  }
  return epochs;
}

function epochOf({ details }: Happening): number {
  return details.epoch as number;
}

/** The operation that wrote it: its id is what the value holds, or what a list ends with. */
export function writerOf({ details }: Happening): number {
  const value = JSON.parse(String(details.after)) as readonly number[] | { readonly id: number };
  return 'id' in value ? value.id : (value.at(-1) ?? 0);
}

/** What the first had applied since the last view that both knew, while the second was watching, and the second has not. */
function lacking(
  ours: Flush,
  theirs: Flush,
  changes: ReadonlyMap<string, Changes>,
  isOwed: (change: Happening) => boolean,
): Violation[] {
  const known = theirs.before.at(-1);
  if (ours === theirs || !known) return [];
  const from = ours.before.findLast((view) => epochOf(view) <= epochOf(known)) ?? ours.before[0];
  if (!from) return [];
  const have = changes.get(theirs.view.node)?.places;
  const since = changes.get(ours.view.node)?.all.filter(({ order }) => order > from.order && order < ours.view.order);
  const missing = since?.find(
    (change) => isOwed(change) && (have?.get(nameOf(change)) ?? Number.POSITIVE_INFINITY) > theirs.view.order,
  );
  if (!missing) return [];
  const problem = `${theirs.view.node} flushed view ${ours.epoch} without ${nameOf(missing)}, which ${ours.view.node} had`;
  return [{ promise: P1, problem, matters: [missing, ours.view, theirs.view] }];
}
