/** When a life of a node ended, for the checkers: by a kill, or when the first view without it was decided. */
import type { History } from '../history.ts';

/** The place in the order from which nothing of this address may be seen any more; Infinity while it lives. */
export function endOf(history: History, address: string): number {
  const killed = history.happenings.find(({ what, node }) => what === 'killed' && node === address);
  let listed = false;
  for (const { what, details, order } of history.happenings) {
    if (what !== 'decided') continue;
    const has = (details.members as string[]).some((member) => member.startsWith(`${address} `));
    if (listed && !has) return Math.min(order, killed?.order ?? Number.POSITIVE_INFINITY);
    listed ||= has;
  }
  return killed?.order ?? Number.POSITIVE_INFINITY;
}
