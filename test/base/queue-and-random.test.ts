/** The bounded queue and the seeded random numbers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BoundedQueue, integerBetween, seededRandom } from '../../src/base/index.ts';

test('a bounded queue behaves like a list that refuses what is past its bound', () => {
  const act = fc.oneof(
    { weight: 5, arbitrary: fc.constant('push') },
    { weight: 4, arbitrary: fc.constant('shift') },
    fc.constant('takeAll'),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 300 }), fc.integer({ min: 1, max: 20 }), (acts, bound) => {
      const queue = new BoundedQueue<number>(bound);
      let model: number[] = [];
      for (const [at, what] of acts.entries()) {
        if (what === 'push') {
          assert.equal(queue.push(at), model.length < bound);
          if (model.length < bound) model.push(at);
        } else if (what === 'shift') assert.equal(queue.shift(), model.shift());
        else {
          assert.deepEqual(queue.takeAll(), model);
          model = [];
        }
        assert.equal(queue.size, model.length);
      }
    }),
  );
});

test('a queue of many keeps its order while it shifts its memory', () => {
  const queue = new BoundedQueue<number>(10_000);
  let next = 0;
  for (let at = 0; at < 10_000; at++) queue.push(at);
  for (let at = 10_000; at < 20_000; at++) {
    assert.equal(queue.shift(), next++);
    queue.push(at);
  }
  assert.deepEqual(queue.takeAll().length, 10_000);
});

test('the same seed gives the same numbers, another seed others, in [0, 1) and evenly', () => {
  const take = (seed: number, count: number): number[] => {
    const random = seededRandom(seed);
    return Array.from({ length: count }, () => random());
  };
  assert.deepEqual(take(1, 100), take(1, 100));
  assert.notDeepEqual(take(1, 100), take(2, 100));
  const many = take(3, 20_000);
  assert.ok(many.every((number) => number >= 0 && number < 1));
  const mean = many.reduce((sum, number) => sum + number) / many.length;
  assert.ok(Math.abs(mean - 0.5) < 0.02, `mean ${mean}`);
});

test('integerBetween includes both ends and nothing else', () => {
  const random = seededRandom(1);
  const seen = new Set(Array.from({ length: 500 }, () => integerBetween(random, 2, 5)));
  assert.deepEqual([...seen].sort(), [2, 3, 4, 5]);
});
