/**
 * What is told of a violated invariant of a user. No checker points at what shows it, so what happened before it is told: the
 * newest operations and notes of the workload, and older ones that have something to do with what the invariant said: a lost
 * lobby may have been opened long ago. Pure, bounded.
 */
import { isAround } from '../around.ts';
import { type Happening, type History, type Operation, orderOf } from '../history.ts';

const MOST_NEWEST = 25;
const MOST_NAMED = 10;
/** A user's values may be deep, or hold themselves. */
const DEEPEST = 4;

type Item = Operation | Happening;

/** In order, the violation last. Faults, deaths and views are not among it: whoever tells it adds those near. */
export function nearViolation(history: History, violation: Happening, problem: string): readonly Item[] {
  const before = [...history.operations, ...history.happenings.filter((happening) => !isAround(happening))]
    .filter((item) => orderOf(item) < violation.order)
    .sort((a, b) => orderOf(a) - orderOf(b));
  const words = wordsOf(problem);
  const named = before.slice(0, -MOST_NEWEST).filter((item) => !('what' in item) && isNamed(item, words));
  return [...named.slice(-MOST_NAMED), ...before.slice(-MOST_NEWEST), violation];
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.match(/[\p{L}\p{N}_]+(?:[.:#/-][\p{L}\p{N}_]+)*/gu) ?? []);
}

/** Whether its key, or a value that it was given or gave back, is one of the words. */
function isNamed({ key, input, output }: Operation, words: ReadonlySet<string>): boolean {
  return words.has(key) || holds(input, words) || holds(output, words);
}

function holds(value: unknown, words: ReadonlySet<string>, depth = 0): boolean {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    return words.has(String(value));
  if (typeof value !== 'object' || value === null || depth === DEEPEST) return false;
  return Object.values(value).some((part) => holds(part, words, depth + 1));
}
