/**
 * After a view change the members agree on every strong write. What one member had applied before its flush of a view, any
 * other that was a member of the view before has applied when its own flush of that view ends. Deletes are left out: a
 * history cannot tell one from another.
 */
import type { Happening, History } from '../history.ts';
import type { Checker, Violation } from './violation.ts';

const P1 = 'P1: after a view change the members agree on every strong write';

interface Flush {
  readonly view: Happening;
  readonly epoch: number;
  readonly before: Happening | undefined;
}

export const checkAgreement: Checker = (history) => {
  const changes = changesByNode(history);
  const starts = new Map(history.all('app starts').map(({ node, order }) => [node, order]));
  const asked = new Map(history.operations.map(({ id, invoked }) => [id, invoked]));
  const violations: Violation[] = [];
  for (const flushes of flushesByEpoch(history).values()) {
    for (const ours of flushes)
      for (const theirs of flushes) {
        const watching = starts.get(theirs.view.node) ?? Number.NEGATIVE_INFINITY;
        // What was asked for before a node watches it may have applied unseen.
        const isSeen = (change: Happening): boolean => (asked.get(writerOf(change)) ?? change.order) > watching;
        violations.push(...lacking(ours, theirs, changes, isSeen));
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
  const last = new Map<string, Happening>();
  const epochs = new Map<number, Flush[]>();
  for (const view of history.all('view')) {
    const epoch = view.details.epoch as number;
    const flushes = epochs.get(epoch) ?? [];
    flushes.push({ view, epoch, before: last.get(view.node) });
    epochs.set(epoch, flushes);
    last.set(view.node, view);
  }
  return epochs;
}

/** The operation that wrote it: its id is what the value holds, or what a list ends with. */
function writerOf({ details }: Happening): number {
  const value = JSON.parse(String(details.after)) as readonly number[] | { readonly id: number };
  return 'id' in value ? value.id : (value.at(-1) ?? 0);
}

/** What the first had applied under the view before, while the second was watching, and the second has not. */
function lacking(
  ours: Flush,
  theirs: Flush,
  changes: ReadonlyMap<string, Changes>,
  isSeen: (change: Happening) => boolean,
): Violation[] {
  if (ours === theirs || !ours.before || !theirs.before || theirs.before.details.epoch !== ours.before.details.epoch)
    return [];
  const have = changes.get(theirs.view.node)?.places;
  const since = changes.get(ours.view.node)?.all.filter(({ order, at }) => {
    // In the moment of the flush itself, work under the new view may have begun.
    return order > ours.before!.order && at < ours.view.at;
  });
  const missing = since?.find(
    (change) => isSeen(change) && (have?.get(nameOf(change)) ?? Number.POSITIVE_INFINITY) > theirs.view.order,
  );
  if (!missing) return [];
  const problem = `${theirs.view.node} flushed view ${ours.epoch} without ${nameOf(missing)}, which ${ours.view.node} had`;
  return [{ promise: P1, problem, matters: [missing, ours.view, theirs.view] }];
}
