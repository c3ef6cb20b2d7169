/**
 * Lists that only grow, by read-modify-write (an owned cache's `update`) or in a server that keeps its state. Every result
 * must be a prefix of the final list (list-append of Elle; Kingsbury and Alvaro, 2020), with each acknowledged id once.
 */
import { byKey, type History, type Operation } from '../history.ts';
import { type Checker, type Final, same, type Violation } from './violation.ts';

const P5 = 'P5: no update is lost and none is applied twice';
const P9 = 'P9: a server that keeps state starts again with the state of the last turn anybody saw';

export const checkAppends: Checker = (history, final) => check(history, final, 'append', 'lists', P5);
export const checkTallies: Checker = (history, final) => check(history, final, 'tally add', 'tallies', P9);

function check(history: History, final: Final, kind: string, what: 'lists' | 'tallies', promise: string): Violation[] {
  const { value, violations } = same(final, what, promise);
  for (const [key, operations] of byKey(history.of(kind))) {
    violations.push(...checkList(operations, value?.[key] ?? [], `${what} ${key}`, promise));
  }
  return violations;
}

export function checkList(
  operations: readonly Operation[],
  last: readonly number[],
  what: string,
  promise: string,
): Violation[] {
  const found: Violation[] = [];
  const blame = (problem: string, ...matters: Operation[]): void => {
    found.push({ promise, problem: `${what}: ${problem}`, matters });
  };
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  const places = new Map<number, number>();
  last.forEach((id, at) => {
    const operation = byId.get(id);
    if (!operation) blame(`${id} is in the list, and nobody appended it`);
    else if (places.has(id)) blame(`#${id} was applied twice`, operation);
    else if (operation.outcome === 'refused') blame(`#${id} was refused and is in the list`, operation);
    places.set(id, at);
  });
  const acknowledged = operations.filter(({ outcome }) => outcome === 'ok');
  for (const operation of acknowledged) {
    if (!places.has(operation.id)) {
      const text = `#${operation.id} was acknowledged and is lost; the list is ${JSON.stringify(last)}`;
      blame(text, operation, ...firstWithout(operation, acknowledged));
    }
    const seen = operation.output as number[];
    if (seen.some((id, at) => last[at] !== id))
      blame(`#${operation.id} saw what is no prefix of ${JSON.stringify(last)}`, operation);
    if (seen.at(-1) !== operation.id) blame(`the result of #${operation.id} does not end with it`, operation);
  }
  found.push(...againstTime(acknowledged, what, promise));
  return found;
}

/** The first append after it whose result does not have it: by then it was lost. */
function firstWithout({ id, returned }: Operation, acknowledged: readonly Operation[]): Operation[] {
  const later = acknowledged.filter((other) => other.invoked > returned && !(other.output as number[]).includes(id));
  return later.sort((a, b) => a.returned - b.returned).slice(0, 1);
}

/** An append that began after another had returned comes after it. */
function againstTime(acknowledged: readonly Operation[], what: string, promise: string): Violation[] {
  const lengthOf = (operation: Operation): number => (operation.output as number[]).length;
  const byReturn = [...acknowledged].sort((a, b) => a.returned - b.returned);
  let longest: Operation | undefined;
  let at = 0;
  const found: Violation[] = [];
  for (const operation of [...acknowledged].sort((a, b) => a.invoked - b.invoked)) {
    while (at < byReturn.length && byReturn[at]!.returned < operation.invoked) {
      const done = byReturn[at++]!;
      if (!longest || lengthOf(done) > lengthOf(longest)) longest = done;
    }
    if (longest && lengthOf(operation) <= lengthOf(longest)) {
      const problem = `${what}: #${operation.id} began after #${longest.id} had returned and saw less`;
      found.push({ promise, problem, matters: [longest, operation] });
    }
  }
  return found;
}
