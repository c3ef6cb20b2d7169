/** Delta debugging: minimal, within its runs, and never anything that does not fail. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deltaDebug } from '../../../src/chaos/shortest/delta-debug.ts';

const UP_TO_100 = Array.from({ length: 100 }, (_, at) => at);

test('what fails because of three things far apart is cut down to these three', () => {
  const needed = [3, 50, 97];
  const fails = (part: readonly number[]): boolean => needed.every((item) => part.includes(item));
  assert.deepEqual(deltaDebug(UP_TO_100, fails, { mostRuns: 1_000 }), needed);
});

test('what needs two of many that are alike keeps two', () => {
  const fails = (part: readonly number[]): boolean => part.filter((item) => item % 7 === 0).length >= 2;
  assert.equal(deltaDebug(UP_TO_100, fails, { mostRuns: 1_000 }).length, 2);
});

test('what always fails is cut down to nothing', () => {
  assert.deepEqual(
    deltaDebug(UP_TO_100, () => true, { mostRuns: 1_000 }),
    [],
  );
});

test('with few runs the result is larger, and fails', () => {
  let runs = 0;
  const fails = (part: readonly number[]): boolean => {
    runs += 1;
    return part.includes(99) && part.includes(0);
  };
  const part = deltaDebug(UP_TO_100, fails, { mostRuns: 7 });
  assert.ok(part.includes(0) && part.includes(99) && part.length < 100);
  assert.ok(runs <= 7, `${runs} runs`);
});
