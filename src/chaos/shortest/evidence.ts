/**
 * What of the things a checker pointed at is needed for it to say the same.
 *
 * Only what it pointed at is taken away, never what is around (a death, an `unregister`), and only while the checker still
 * makes the very statement that it made about the whole history. That statement is true of the whole history; what is left is
 * what it follows from. (What says no more than "no order explains this" needs more care: see register.ts.)
 */
import type { Checker, Final, Violation } from '../checkers/violation.ts';
import type { History } from '../history.ts';
import { deltaDebug } from './delta-debug.ts';

/** This few are no burden for a reader. */
const FEW = 3;
const MOST_RUNS = 40;

export function evidenceFor(checker: Checker, history: History, final: Final, violation: Violation): Violation {
  const { matters } = violation;
  if (matters.length <= FEW) return violation;
  const saysTheSame = (part: readonly (typeof matters)[number][]): boolean => {
    const gone = new Set(matters);
    for (const item of part) gone.delete(item);
    const rest = history.without(gone);
    return checker(rest, final).some((other) => isSame(other, violation));
  };
  return { ...violation, matters: deltaDebug(matters, saysTheSame, { mostRuns: MOST_RUNS }) };
}

function isSame(one: Violation, other: Violation): boolean {
  return one.promise === other.promise && one.problem === other.problem;
}
