/** The soak's judgement: what is level is flat, what grows is seen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flatnessOf } from '../../benchmarks/soak/flatness.ts';

const TOLERANCE = { part: 0.05, absolute: 10 };

function series(value: (at: number) => number, count = 60): { atMs: number; value: number }[] {
  return Array.from({ length: count }, (_, at) => ({ atMs: at * 1_000, value: value(at) }));
}

test('a series that rises, then stays level and noisy is flat', () => {
  const shown = flatnessOf(
    'heap',
    series((at) => Math.min(1_000, at * 60) + (at % 7)),
    TOLERANCE,
  );
  assert.equal(shown?.isFlat, true);
  assert.equal(shown?.forMs, 59_000);
});

test('a series that goes on growing is not flat', () => {
  assert.equal(
    flatnessOf(
      'heap',
      series((at) => 1_000 + at * 5),
      TOLERANCE,
    )?.isFlat,
    false,
  );
});

test('growth within the tolerance is flat, and a little more is not', () => {
  const step = (by: number): boolean | undefined =>
    flatnessOf(
      'heap',
      series((at) => (at < 40 ? 1_000 : 1_000 + by)),
      TOLERANCE,
    )?.isFlat;
  assert.deepEqual([step(60), step(61)], [true, false]);
});

test('with too few samples nothing is said', () => {
  assert.equal(
    flatnessOf(
      'heap',
      series(() => 1, 8),
      TOLERANCE,
    ),
    undefined,
  );
});
