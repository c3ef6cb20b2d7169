/** Names: one holder at a time; what a dead incarnation held is gone. */
import { byKey, type History, type Operation } from '../history.ts';
import { endOf } from './lives.ts';
import { type Checker, same, type Violation } from './violation.ts';

const P7 = 'P7: a name has at most one holder';

interface Hold {
  readonly register: Operation;
  readonly from: number;
  readonly until: number;
}

export const checkNames: Checker = (history, final) => {
  const { value, violations } = same(final, 'names', P7);
  for (const [key, registers] of byKey(history.of('register'))) {
    const holds = registers.filter(({ outcome }) => outcome === 'ok').map((register) => holdOf(history, register));
    violations.push(...twoAtATime(key, holds));
    const standing = holds.find(({ until }) => until === Number.POSITIVE_INFINITY);
    const shown = value?.[key];
    if (standing && shown?.[1] !== standing.register.id) {
      violations.push({
        promise: P7,
        problem: `name ${key} is held and shown as ${JSON.stringify(shown)}`,
        matters: [standing.register],
      });
    }
    if (shown && !final.has(shown[0])) {
      violations.push({
        promise: P7,
        problem: `name ${key} is shown as held by ${shown[0]}, which is gone`,
        matters: registers,
      });
    }
    violations.push(...freed(history, key, registers, shown));
  }
  return violations;
};

/** From when it was acknowledged until it was given up or its node was gone. */
function holdOf(history: History, register: Operation): Hold {
  const givenUp = history.derive(givenUpBy).get(register.id);
  const until = Math.min(givenUp?.invoked ?? Number.POSITIVE_INFINITY, endOf(history, register.node));
  return { register, from: register.returned, until };
}

/** What gave up a registration, by the id of the operation that made it. */
function givenUpBy(history: History): Map<number, Operation> {
  return new Map(history.of('unregister').map((free) => [(free.input as { register: number }).register, free]));
}

function twoAtATime(key: string, holds: readonly Hold[]): Violation[] {
  const sorted = [...holds].sort((a, b) => a.from - b.from);
  return sorted.slice(1).flatMap((hold, at) => {
    const other = sorted.slice(0, at + 1).find(({ until }) => until > hold.from);
    if (!other) return [];
    return [{ promise: P7, problem: `two hold the name ${key}`, matters: [other.register, hold.register] }];
  });
}

/** What was freed is not held by the same registration at the end. */
function freed(
  history: History,
  key: string,
  registers: readonly Operation[],
  shown: readonly [string, number] | undefined,
): Violation[] {
  const register = shown && registers.find(({ id }) => id === shown[1]);
  if (register?.outcome !== 'ok') return [];
  const free = history.derive(givenUpBy).get(register.id);
  if (free?.outcome !== 'ok') return [];
  return [{ promise: P7, problem: `name ${key} was freed and is shown as held`, matters: [register, free] }];
}
