/** A failed run for people: the seed, the promises that broke, the shortest history that shows it, how to see it again. Pure. */
import { isAround, isOfLinks } from './around.ts';
import type { Violation } from './checkers/index.ts';
import { type Happening, type History, type Operation, orderOf, show } from './history.ts';
import type { RunResult } from './run.ts';

/** Places in the order before and after. */
const BEFORE = 400;
const AFTER = 100;
const MOST_VIOLATIONS = 3;
const MOST_LINES = 60;
const MOST_CHARACTERS = 400;

/** What is told of a run. */
export type Reported = Pick<RunResult, 'seed' | 'nodes' | 'plan' | 'history' | 'violations'>;

/** `replay` is the command that shows it again. */
export function report(result: Reported, replay: string): string {
  const { seed, nodes, plan, violations } = result;
  const faults = plan.kinds.length === 0 ? 'none' : plan.kinds.join(', ');
  const count = violations.length === 1 ? '1 violation' : `${violations.length} violations`;
  const lines = [`seed ${seed}, ${nodes} nodes, faults: ${faults}: ${count}`];
  for (const violation of violations.slice(0, MOST_VIOLATIONS)) {
    lines.push('', violation.promise, `  ${violation.problem}`, ...storyOf(result, violation));
  }
  return [...lines, '', `replay: ${replay}`].join('\n');
}

function storyOf(result: Reported, violation: Violation): string[] {
  const items = historyOf(result, violation);
  if (violation.evidence !== 'near') return items.map((item) => `    ${show(item)}`);
  const told = items.filter((item) => !('what' in item)).length;
  return [`  ${nearWords(told, result.history)}`, ...items.map((item) => `    ${cut(show(item))}`)];
}

function nearWords(told: number, { operations }: History): string {
  if (operations.length === 0) return 'no operation was recorded; faults and views before it:';
  const which = told === operations.length ? `all ${told}` : `${told} of ${operations.length}`;
  const why = told === operations.length ? '' : ' (the newest; of older ones those whose key or value it names)';
  return `${which} operations${why}, and faults and views before it:`;
}

/** A user's operations may give back anything. */
function cut(line: string): string {
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}…` : line;
}

/** What the checker pointed at, and the faults and views around it, in order. */
export function historyOf(
  { history }: Pick<RunResult, 'history'>,
  { matters, evidence }: Violation,
): (Operation | Happening)[] {
  if (matters.length === 0) return [];
  const orders = matters.map(orderOf);
  const from = Math.min(...orders) - BEFORE;
  // What comes after an invariant was violated is not why it was.
  const to = Math.max(...orders) + (evidence === 'near' ? 0 : AFTER);
  const around = history.happenings.filter((one) => isAround(one) && one.order >= from && one.order <= to);
  const all = [...new Set([...matters, ...around])].sort((a, b) => orderOf(a) - orderOf(b));
  if (all.length <= MOST_LINES) return all;
  const pointed = new Set<Operation | Happening>(matters);
  const spare = newestOf(
    around.filter((item) => !pointed.has(item)),
    Math.max(0, MOST_LINES - pointed.size),
    evidence === 'near',
  );
  return [...pointed, ...spare].sort((a, b) => orderOf(a) - orderOf(b));
}

/** A partition is many cut links; where deaths come first, they do not push out deaths. */
function newestOf(around: readonly Happening[], most: number, deathsFirst: boolean): readonly Happening[] {
  if (most === 0) return [];
  if (!deathsFirst) return around.slice(-most);
  const deaths = around.filter((one) => !isOfLinks(one)).slice(-most);
  const room = most - deaths.length;
  return room === 0 ? deaths : [...deaths, ...around.filter(isOfLinks).slice(-room)];
}
