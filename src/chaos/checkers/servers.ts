/** Servers: of each key at most one instance runs at any time; a message of a server that keeps nothing runs at most once. */
import { groups, type Happening } from '../history.ts';
import type { Checker, Violation } from './violation.ts';

const ONE = 'P8: a server per key runs at most once at any time';
const AT_MOST_ONCE =
  'P11: a call to a server that keeps nothing runs at most once, and not at all when it says not-run';

/**
 * To begin, to take a message and to end in order is to run. What a handler does by itself after it waited nobody can check:
 * there its effects through the node are refused (see the checker of effects), and the fencing token decides.
 */
export const checkInstances: Checker = (history) => {
  const all = history.all('server starts', 'server turn', 'server ends');
  const keys = groups(all, ({ details }) => `${details.kind}/${details.key}`);
  return [...keys].flatMap(([id, happenings]) => overlap(id, happenings));
};

/** Once another instance has done something, the one before must not do anything more. */
function overlap(id: string, happenings: readonly Happening[]): Violation[] {
  const replacedBy = new Map<unknown, Happening>();
  let present: Happening | undefined;
  for (const happening of happenings) {
    const { instance } = happening.details;
    const other = replacedBy.get(instance);
    if (other)
      return [{ promise: ONE, problem: `two instances of ${id} ran at the same time`, matters: [other, happening] }];
    if (present && present.details.instance !== instance) replacedBy.set(present.details.instance, happening);
    present = happening;
  }
  return [];
}

export const checkTurns: Checker = (history) => {
  const calls = new Map(history.of('loose add').map((operation) => [operation.id, operation]));
  const ran = new Map<number, Happening>();
  const violations: Violation[] = [];
  for (const turn of history.all('server turn')) {
    const id = turn.details.id as number;
    const call = calls.get(id);
    if (!call) continue;
    const before = ran.get(id);
    if (before) violations.push({ promise: AT_MOST_ONCE, problem: `#${id} ran twice`, matters: [call, before, turn] });
    if (call.outcome === 'refused')
      violations.push({ promise: AT_MOST_ONCE, problem: `#${id} was refused and ran`, matters: [call, turn] });
    ran.set(id, turn);
  }
  for (const call of calls.values()) {
    if (call.outcome === 'ok' && !ran.has(call.id))
      violations.push({ promise: AT_MOST_ONCE, problem: `#${call.id} was answered and never ran`, matters: [call] });
  }
  return violations;
};
