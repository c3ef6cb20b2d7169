/** Values by number: a Map that does not churn. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Numbered } from '../../src/base/index.ts';

const number = fc.oneof(fc.nat(20), fc.nat(300), fc.maxSafeNat());
const step = fc.oneof(
  fc.record({ act: fc.constant('set' as const), number }),
  fc.record({ act: fc.constant('delete' as const), number }),
);

test('after any steps it holds what a Map holds', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400, size: 'max' }), (steps) => {
      const ours = new Numbered<{ at: number }>();
      const map = new Map<number, { at: number }>();
      steps.forEach(({ act, number }, at) => {
        const before = map.get(number);
        assert.equal(ours.get(number), before);
        assert.equal(ours.has(number), map.has(number));
        if (act === 'set') {
          const value = { at };
          ours.set(number, value);
          map.set(number, value);
        } else {
          assert.equal(ours.delete(number), before);
          map.delete(number);
        }
        assert.equal(ours.size, map.size);
      });
      assert.deepEqual(
        ours.entries(),
        [...map].sort(([a], [b]) => a - b),
      );
    }),
    { numRuns: 300 },
  );
});

test('many that pass through, with one that stays, are all found, and it is small again when they are gone', () => {
  const ours = new Numbered<{ number: number }>();
  ours.set(0, { number: 0 });
  for (let number = 1; number <= 100_000; number++) {
    ours.set(number, { number });
    if (number > 5_000) assert.equal(ours.delete(number - 5_000)?.number, number - 5_000);
  }
  assert.equal(ours.size, 5_001);
  for (const [number] of ours.entries()) assert.equal(ours.delete(number)?.number, number);
  assert.deepEqual(ours.entries(), []);
});

test('a range is deleted whether it is narrow or wide', () => {
  for (const [from, until, left] of [
    [0, 3, [3, 50, 1_000_000]],
    [3, 1_000_000, [0, 1_000_000]],
    [0, Number.MAX_SAFE_INTEGER, []],
    [4, 50, [0, 3, 50, 1_000_000]],
  ] as const) {
    const ours = new Numbered<object>();
    for (const number of [0, 3, 50, 1_000_000]) ours.set(number, {});
    ours.deleteRange(from, until);
    assert.deepEqual(
      ours.entries().map(([number]) => number),
      left,
    );
  }
});

test('what fills and empties in turn keeps its table; what stays small gives the room back', () => {
  const ours = new Numbered<object>();
  let next = 0;
  const fillAndEmpty = (most: number): void => {
    for (let at = 0; at < most; at++) ours.set(next + at, {});
    for (let at = 0; at < most; at++) ours.delete(next + at);
    next += most;
  };
  fillAndEmpty(1_000);
  const { slots } = ours;
  assert.ok(slots >= 2_000);
  for (let time = 0; time < 50; time++) {
    fillAndEmpty(1_000);
    assert.equal(ours.slots, slots);
  }
  for (let time = 0; time < 5_000; time++) fillAndEmpty(4);
  assert.ok(ours.slots < slots / 8, `${ours.slots} slots`);
});

test('what is no whole number is a fault of ours, told at once', () => {
  const ours = new Numbered<object>();
  for (const bad of [-1, 0.5, Number.NaN, 2 ** 53]) assert.throws(() => ours.set(bad, {}));
});
