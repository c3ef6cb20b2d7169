/** When lives of nodes ended, for the checkers: by a kill, or when the first view without one was decided. */
import type { History } from '../history.ts';

/** The place in the order from which nothing of this address may be seen any more; Infinity while it lives. */
export function endOf(history: History, address: string): number {
  return history.derive(endsOfLives).get(address) ?? Number.POSITIVE_INFINITY;
}

function endsOfLives(history: History): Map<string, number> {
  const ends = new Map<string, number>();
  const end = (address: string, order: number): void => {
    ends.set(address, Math.min(order, ends.get(address) ?? Number.POSITIVE_INFINITY));
  };
  for (const { node, order } of history.all('killed')) end(node, order);
  let before = new Set<string>();
  for (const { details, order } of history.all('decided')) {
    const listed = new Set((details.members as string[]).map((member) => member.slice(0, member.indexOf(' '))));
    for (const address of before) if (!listed.has(address)) end(address, order);
    before = listed;
  }
  return ends;
}
