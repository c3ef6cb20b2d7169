/**
 * Heal: a node that was cut off brings in what it wrote to merged caches. A write of a life that was evicted and came back as
 * the next one, which is there at the end, stands like any other.
 */
import { byKey, type History, type Operation } from '../history.ts';
import type { Checker, Final, Violation } from './violation.ts';

const P14 = 'P14: a node that was cut off brings its merged writes with it';

export const checkHeals: Checker = (history, final) => {
  const healed = livesThatCameBack(history, final);
  // By clocks that are off nobody can tell which write is newer.
  if (healed.size === 0 || history.all('clock').length > 0) return [];
  const shown = [...final.values()][0]?.merged ?? {};
  return [...byKey(history.of('merged put', 'merged delete'))].flatMap(([key, writes]) =>
    lost(key, writes, shown[key], healed),
  );
};

function livesThatCameBack(history: History, final: Final): Set<string> {
  const ended = new Set(history.all('killed', 'stopping').map(({ node }) => node));
  const lost = new Set(
    history
      .all('error')
      .filter(({ details }) => details.code === 'InheritanceLost')
      .map(({ details }) => details.node),
  );
  const healed = new Set<string>();
  let before: readonly string[] = [];
  for (const { details } of history.all('decided')) {
    const members = (details.members as string[]).map((member) => member.slice(0, member.indexOf(' ')));
    const gone = String(details.cause ?? '').startsWith('eviction ') ? before : [];
    for (const address of gone) {
      const [id, incarnation] = address.split('#') as [string, string];
      const isBack = final.has(`${id}#${Number(incarnation) + 1}`);
      if (!members.includes(address) && isBack && !ended.has(address) && !lost.has(id)) healed.add(address);
    }
    before = members;
  }
  return healed;
}

function lost(
  key: string,
  writes: readonly Operation[],
  shown: number | undefined,
  healed: ReadonlySet<string>,
): Violation[] {
  const theirs = writes.filter(({ node, outcome }) => outcome === 'ok' && healed.has(node));
  const newest = Math.max(...theirs.map(wallOf));
  if (theirs.length === 0) return [];
  const candidates = writes.filter((write) => write.outcome !== 'ok' || wallOf(write) >= newest);
  if (candidates.some((write) => (write.kind === 'merged put' ? write.id : undefined) === shown)) return [];
  const last = theirs.find((write) => wallOf(write) === newest)!;
  const problem = `key ${key} shows ${String(shown)} at the end, older than #${last.id} of ${last.node}, which was cut off and came back`;
  return [{ promise: P14, problem, matters: [last, ...writes.filter(({ id }) => id === shown)] }];
}

function wallOf({ output }: Operation): number {
  return (output as { wall: number }).wall;
}
