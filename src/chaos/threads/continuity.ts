/**
 * Somebody who knows is always left: of the members of a view that are up, one is listed in the next. When none is, everything
 * that was acknowledged is gone with them, and this says so before a hundred lost writes do. Faults never take the last.
 */
import type { Violation } from '../checkers/index.ts';
import type { Happening, History } from '../history.ts';

const PROMISE = 'P8: faults that leave a member lose nothing';

export function checkContinuity(history: History): Violation[] {
  const errors = history.all('error');
  const decided = history.all('decided');
  return decided.slice(1).flatMap((view, at) => {
    const before = decided[at]!;
    const listed = new Set(membersOf(view).map(({ address }) => address));
    const knowing = membersOf(before).filter(({ state }) => state === 'up' || state === 'leaving');
    if (knowing.length === 0 || knowing.some(({ address }) => listed.has(address))) return [];
    const why = errors.filter(({ order }) => order <= view.order).slice(-MOST_ERRORS);
    const problem = `of those who knew in view ${String(before.details.epoch)} nobody is in view ${String(view.details.epoch)}`;
    return [{ promise: PROMISE, problem, matters: [before, ...why, view] }];
  });
}

const MOST_ERRORS = 8;

function membersOf({ details }: Happening): { address: string; state: string }[] {
  return (details.members as string[]).map((member) => {
    const [address = '', state = ''] = member.split(' ');
    return { address, state };
  });
}
