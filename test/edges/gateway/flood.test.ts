/** The flood guard's arithmetic. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { emptyWindow, receive } from '../../../src/edges/gateway/flood.ts';

const limit = { bytes: 100, windowMs: 10_000 };

test('flood: as many bytes as allowed pass, one more within the window does not', () => {
  const first = receive(emptyWindow, limit, 500, 60);
  const second = receive(first.window, limit, 9_000, 40);
  assert.equal(second.flooding, false);
  assert.equal(receive(second.window, limit, 9_500, 1).flooding, true);
});

test('flood: bytes older than the window do not count', () => {
  const { window } = receive(emptyWindow, limit, 0, 100);
  assert.equal(receive(window, limit, 11_000, 100).flooding, false);
});

test('flood: whoever stays under the rate is never stopped, and the state stays small', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 50, maxLength: 200 }), (sizes) => {
      let window = emptyWindow;
      for (const [at, bytes] of sizes.entries()) {
        const step = receive(window, limit, at * 1_000, bytes);
        assert.equal(step.flooding, false);
        window = step.window;
      }
      assert.ok(window.slots.length <= 11);
    }),
  );
});

test('flood: a burst above the limit within one window is always noticed', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 50 }), (sizes) => {
      let window = emptyWindow;
      let flooding = false;
      for (const [at, bytes] of sizes.entries()) {
        const step = receive(window, limit, at * 20, bytes);
        window = step.window;
        flooding ||= step.flooding;
      }
      assert.equal(flooding, sizes.reduce((sum, bytes) => sum + bytes, 0) > 100);
    }),
  );
});
