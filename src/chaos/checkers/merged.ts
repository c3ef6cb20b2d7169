/**
 * Merged caches: all copies are equal, and each key shows its newest write. While all walls agree, newest is by the writer's
 * wall, and within one millisecond any of them. When a clock was off, a write is newer than what its node had seen there,
 * and than earlier writes of that node. Writes of nodes that ended may be lost or not.
 */
import { byKey, type Operation } from '../history.ts';
import { type Checker, type Final, same, type Violation } from './violation.ts';

const P4 = 'P4: merged caches converge on the newest write, and no put of a survivor is lost';

export const checkMerged: Checker = (history, final) => {
  const { value, violations } = same(final, 'merged', P4);
  const wallsAgree = history.all('clock').length === 0;
  for (const [key, all] of byKey(history.of('merged put', 'merged delete'))) {
    const writes = all.filter(({ outcome }) => outcome !== 'refused');
    violations.push(...checkKey(final, key, writes, value?.[key], wallsAgree));
  }
  return violations;
};

function checkKey(
  final: Final,
  key: string,
  writes: readonly Operation[],
  shown: number | undefined,
  wallsAgree: boolean,
): Violation[] {
  const standing = writes.filter(({ node, outcome }) => outcome === 'ok' && final.has(node));
  if (standing.length === 0 && shown === undefined) return [];
  const allowed = wallsAgree ? newestByWall(writes, standing) : notReplaced(writes, standing);
  if (allowed.some((write) => (write.kind === 'merged put' ? write.id : undefined) === shown)) return [];
  const expected = allowed.map(({ kind, id }) => `${kind} #${id}`).join(', ');
  const problem = `key ${key} shows ${String(shown)} at the end; expected one of ${expected}`;
  const matters = new Set([...allowed, ...writes.filter(({ id }) => id === shown), ...standing.slice(-8)]);
  return [{ promise: P4, problem, matters: [...matters] }];
}

function newestByWall(writes: readonly Operation[], standing: readonly Operation[]): Operation[] {
  const newest = Math.max(Number.NEGATIVE_INFINITY, ...standing.map((write) => stampOf(write).wall));
  return writes.filter((write) => write.outcome !== 'ok' || latest(stampOf(write)) >= newest);
}

/** Those that no write of a survivor had replaced where it was made. */
function notReplaced(writes: readonly Operation[], standing: readonly Operation[]): Operation[] {
  const seen = new Set(standing.map(({ output }) => (output as { seen: number | null }).seen));
  const last = new Map(standing.map((write) => [write.node, write]));
  return writes.filter((write) => {
    const later = last.get(write.node);
    return !seen.has(write.id) && (later === undefined || later.invoked <= write.invoked);
  });
}

interface Stamp {
  readonly wall: number;
  /** The stamp is not later; `wall` when the two cannot differ. */
  readonly until?: number;
}

function stampOf({ output }: Operation): Stamp {
  return output as Stamp;
}

function latest({ wall, until }: Stamp): number {
  return until ?? wall;
}
