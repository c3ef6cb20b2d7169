/**
 * Merged caches: all copies are equal, and each key shows its newest write. Writes of nodes that died or were stopped may be
 * lost or not. All walls agree in these runs, so newest is by the writer's wall, and within one millisecond any of them.
 */
import { byKey, type History, type Operation } from '../history.ts';
import { type Checker, type Final, same, type Violation } from './violation.ts';

const P4 = 'P4: merged caches converge on the newest write, and no put of a survivor is lost';

export const checkMerged: Checker = (history, final) => {
  const { value, violations } = same(final, 'merged', P4);
  for (const [key, writes] of byKey(history.of('merged put', 'merged delete'))) {
    violations.push(...checkKey(history, final, key, writes, value?.[key]));
  }
  return violations;
};

function checkKey(
  _history: History,
  final: Final,
  key: string,
  writes: readonly Operation[],
  shown: number | undefined,
): Violation[] {
  const standing = writes.filter(({ node }) => final.has(node));
  const newest = Math.max(Number.NEGATIVE_INFINITY, ...standing.map(wallOf));
  const allowed = writes.filter((write) => wallOf(write) >= newest);
  const fits = allowed.some((write) => (write.kind === 'merged put' ? write.id : undefined) === shown);
  if (fits || (standing.length === 0 && shown === undefined)) return [];
  const problem = `key ${key} shows ${String(shown)} at the end; expected one of ${allowed.map(({ kind, id }) => `${kind} #${id}`).join(', ')}`;
  return [
    { promise: P4, problem, matters: writes.filter((write) => wallOf(write) >= newest - 20 || write.id === shown) },
  ];
}

function wallOf({ input }: Operation): number {
  return (input as { wall: number }).wall;
}
