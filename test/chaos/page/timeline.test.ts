/** Time downward: it grows, gaps have one height whatever they leave out, ticks stand on round numbers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GAP_HEIGHT, mergeSpans, Timeline } from '../../../src/chaos/page/timeline.ts';

test('time maps to places that grow, whatever is cut out', () => {
  const spans = fc.array(fc.tuple(fc.nat(1_000), fc.integer({ min: 1, max: 50 })), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(spans, fc.array(fc.nat(1_200), { minLength: 2, maxLength: 20 }), (pairs, times) => {
      const timeline = new Timeline(
        mergeSpans(
          pairs.map(([from, length]) => ({ from, to: from + length })),
          2,
        ),
        10,
      );
      const places = times.sort((a, b) => a - b).map((at) => timeline.y(at));
      for (const [at, y] of places.entries()) {
        assert.ok(y >= 0 && y <= timeline.height);
        if (at > 0) assert.ok(y >= places[at - 1]!);
      }
    }),
  );
});

test('a gap is as high as any other, and nothing in it is shown', () => {
  const timeline = new Timeline(
    [
      { from: 0, to: 10 },
      { from: 1_000, to: 1_010 },
      { from: 90_000, to: 90_001 },
    ],
    5,
  );
  assert.deepEqual(
    timeline.gaps.map(({ from, to }) => to - from),
    [990, 88_990],
  );
  assert.equal(timeline.y(1_000) - timeline.y(10), GAP_HEIGHT);
  assert.equal(timeline.y(90_000) - timeline.y(1_010), GAP_HEIGHT);
  assert.deepEqual(
    [5, 500, 1_005, 50_000, 90_001, 90_002].map((at) => timeline.shows(at)),
    [true, false, true, false, true, false],
  );
});

test('ticks stand on round numbers within what is shown', () => {
  const ticks = new Timeline([{ from: 3.1, to: 17 }], 20).ticks();
  assert.deepEqual(
    ticks.map(({ label }) => label),
    ['5', '10', '15'],
  );
});
