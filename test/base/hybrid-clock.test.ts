/** The hybrid logical clock: later stamps are newer, whatever the wall does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HybridClock, type Stamp } from '../../src/base/index.ts';

type Step = { wall: number; observe: { time: number; count: number } | undefined };
const step: fc.Arbitrary<Step> = fc.record({
  wall: fc.nat({ max: 50 }),
  observe: fc.option(fc.record({ time: fc.nat({ max: 50 }), count: fc.nat({ max: 5 }) }), { nil: undefined }),
});

test('every stamp is newer than all made or seen before, also when the wall clock jumps back', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      let wall = 0;
      const clock = new HybridClock('n1#1', () => wall);
      const seen: Stamp[] = [];
      for (const { wall: now, observe } of steps) {
        wall = now;
        if (observe) {
          clock.observe(observe.time, observe.count);
          seen.push({ ...observe, origin: 'n2#1' });
        }
        const made = clock.next();
        for (const other of seen) {
          const isNewer = made.time > other.time || (made.time === other.time && made.count > other.count);
          assert.ok(isNewer, `${JSON.stringify(made)} after ${JSON.stringify(other)}`);
        }
        assert.ok(made.time >= wall);
        seen.push(made);
      }
    }),
  );
});
