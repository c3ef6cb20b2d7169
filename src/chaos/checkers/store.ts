/** The store: it takes nothing of a node that the cluster has evicted, whatever that node still believes. */
import type { Happening } from '../history.ts';
import type { Checker, Violation } from './violation.ts';

const P8 = 'P8: the store refuses a node that was evicted';

export const checkStore: Checker = (history) => {
  const evictions = new Map<string, Happening>();
  let before: readonly string[] = [];
  for (const view of history.all('decided')) {
    const members = (view.details.members as string[]).map((member) => member.slice(0, member.indexOf(' ')));
    if (String(view.details.cause).startsWith('eviction '))
      for (const address of before) if (!members.includes(address)) evictions.set(address, view);
    before = members;
  }
  return history.of('reserve').flatMap((operation): Violation[] => {
    const eviction = evictions.get(operation.node);
    if (operation.outcome !== 'ok' || !eviction || operation.invoked < eviction.order) return [];
    const problem = `#${operation.id} was asked of the store by ${operation.node} after its eviction, and was done`;
    return [{ promise: P8, problem, matters: [eviction, operation] }];
  });
};
