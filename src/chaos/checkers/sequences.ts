/** Sequences: no id twice; ids grow on a node. */
import type { Operation } from '../history.ts';
import type { Checker, Violation } from './violation.ts';

const P10 = 'P10: an id is never issued twice, and ids grow on a node';

export const checkSequences: Checker = (history) => {
  const issued = new Map<unknown, Operation>();
  const last = new Map<string, Operation>();
  const violations: Violation[] = [];
  for (const next of history.of('next id').filter(({ outcome }) => outcome === 'ok')) {
    const other = issued.get(next.output);
    if (other)
      violations.push({
        promise: P10,
        problem: `the id ${String(next.output)} was issued twice`,
        matters: [other, next],
      });
    issued.set(next.output, next);
    const before = last.get(next.node);
    if (before && before.returned < next.invoked && (before.output as number) >= (next.output as number)) {
      violations.push({ promise: P10, problem: `ids went back on ${next.node}`, matters: [before, next] });
    }
    if (!before || (before.output as number) < (next.output as number)) last.set(next.node, next);
  }
  return violations;
};
