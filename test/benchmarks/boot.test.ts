/** Booting the built package in a process of its own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Measured } from '../../benchmarks/harness.ts';
import { booting, shown } from '../../benchmarks/scenarios/boot.ts';

for (const what of ['muster', 'bare-workers'] as const) {
  test(`${what} of the built package boot in a process of their own, and tell what they take of memory`, async () => {
    const subject = await booting(what, 2);
    const { figure, also } = (await subject.round()) as Measured;
    await subject.close();
    assert.ok(figure > 0);
    assert.ok(also['MB per node']! > 0 && also['MB of it heap']! > 0);
  });
}

test('a boot after which a node is missing fails the round', () => {
  const booted = { tookMs: 100, up: 4, rssBytes: 80 * 2 ** 20, heapBytes: 8 * 2 ** 20 };
  assert.deepEqual(shown(4, booted), { figure: 100, also: { 'MB per node': 20, 'MB of it heap': 8 } });
  assert.throws(() => shown(4, { ...booted, up: 3 }), /3 of 4 nodes are up/);
});
