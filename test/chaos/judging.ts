/** Histories made by hand, and what a checker must say of them. */
import assert from 'node:assert/strict';
import { type Checker, type Final, History, type NodeFinal, type Operation } from '../../src/chaos/index.ts';

const NOTHING: NodeFinal = { lists: {}, registers: {}, slots: {}, loads: {}, merged: {}, names: {}, tallies: {} };

export function finalOf(shown: Partial<NodeFinal>, other: Partial<NodeFinal> = shown): Final {
  return new Map([
    ['n1#1', { ...NOTHING, ...shown }],
    ['n2#1', { ...NOTHING, ...other }],
  ]);
}

/** A history whose clock is set by hand. */
export function timed(): { history: History; at: (ms: number) => void } {
  let now = 0;
  const history = new History(() => now);
  return {
    history,
    at: (ms) => {
      now = ms;
    },
  };
}

export function ok(
  history: History,
  kind: string,
  key: string | number,
  output: unknown,
  node = 'n1#1',
  input: unknown = null,
): Operation {
  const operation = history.begin(node, kind, key, input);
  history.succeed(operation, output);
  return operation;
}

export function holds(checker: Checker, history: History, final: Final = finalOf({})): void {
  assert.deepEqual(checker(history, final), []);
}

export function breaks(checker: Checker, history: History, problem: RegExp, final: Final = finalOf({})): void {
  const problems = checker(history, final).map((violation) => violation.problem);
  assert.ok(
    problems.some((text) => problem.test(text)),
    `expected ${problem}, found ${JSON.stringify(problems)}`,
  );
}
