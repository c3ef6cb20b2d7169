/** A failed run for people: the seed, the promises that broke, the shortest history that shows it, how to see it again. Pure. */
import type { Violation } from './checkers/index.ts';
import { type Happening, type Operation, orderOf, show } from './history.ts';
import type { RunResult } from './run.ts';

/** What is shown beside what a checker pointed at: faults and views near it. */
const AROUND = new Set([
  ...[
    'decided',
    'killed',
    'stopping',
    'paused',
    'partition',
    'heal',
    'cut',
    'cut no more',
    'delayed',
    'delayed no more',
  ],
  ...['reordered', 'reordered no more', 'clock', 'clock right again', 'slow disk', 'disk fast again'],
  ...['start', 'add', 'error', 'invariant violated', 'faults end'],
]);
/** Places in the order before and after. */
const BEFORE = 400;
const AFTER = 100;
const MOST_VIOLATIONS = 3;
const MOST_LINES = 60;

/** What is told of a run. */
export type Reported = Pick<RunResult, 'seed' | 'nodes' | 'plan' | 'history' | 'violations'>;

/** `replay` is the command that shows it again. */
export function report(result: Reported, replay: string): string {
  const { seed, nodes, plan, violations } = result;
  const faults = plan.kinds.length === 0 ? 'none' : plan.kinds.join(', ');
  const count = violations.length === 1 ? '1 violation' : `${violations.length} violations`;
  const lines = [`seed ${seed}, ${nodes} nodes, faults: ${faults}: ${count}`];
  for (const violation of violations.slice(0, MOST_VIOLATIONS)) {
    lines.push('', violation.promise, `  ${violation.problem}`);
    lines.push(...historyOf(result, violation).map((item) => `    ${show(item)}`));
  }
  return [...lines, '', `replay: ${replay}`].join('\n');
}

/** What the checker pointed at, and the faults and views around it, in order. */
export function historyOf({ history }: Pick<RunResult, 'history'>, { matters }: Violation): (Operation | Happening)[] {
  if (matters.length === 0) return [];
  const orders = matters.map(orderOf);
  const from = Math.min(...orders) - BEFORE;
  const to = Math.max(...orders) + AFTER;
  const around = history.happenings.filter(({ what, order }) => AROUND.has(what) && order >= from && order <= to);
  const all = [...new Set([...matters, ...around])].sort((a, b) => orderOf(a) - orderOf(b));
  if (all.length <= MOST_LINES) return all;
  const pointed = new Set<Operation | Happening>(matters);
  const spare = all.filter((item) => !pointed.has(item)).slice(-Math.max(0, MOST_LINES - pointed.size));
  return [...pointed, ...spare].sort((a, b) => orderOf(a) - orderOf(b));
}
