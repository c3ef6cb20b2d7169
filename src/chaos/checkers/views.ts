/** Views: one set of members per epoch, everywhere; epochs grow on each node. */
import type { Happening } from '../history.ts';
import type { Checker, Violation } from './violation.ts';

const P1 = 'P1: no two nodes install different members under one epoch; epochs grow on each node';

export const checkViews: Checker = (history) => {
  const byEpoch = new Map<unknown, Happening>();
  const last = new Map<string, Happening>();
  const violations: Violation[] = [];
  for (const view of history.all('view', 'decided')) {
    const other = byEpoch.get(view.details.epoch);
    if (other && membersOf(other) !== membersOf(view)) {
      violations.push({
        promise: P1,
        problem: `two views under epoch ${String(view.details.epoch)}`,
        matters: [other, view],
      });
    }
    byEpoch.set(view.details.epoch, other ?? view);
    const before = last.get(view.node);
    if (before && (before.details.epoch as number) > (view.details.epoch as number)) {
      violations.push({ promise: P1, problem: `${view.node} went back in epochs`, matters: [before, view] });
    }
    last.set(view.node, view);
  }
  return violations;
};

function membersOf({ details }: Happening): string {
  return [...(details.members as string[])].sort().join(' ');
}
