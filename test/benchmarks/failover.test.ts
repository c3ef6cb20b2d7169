/** Killing two nodes at once: nothing is lost, and a round in which something is fails. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Measured } from '../../benchmarks/harness.ts';
import { checkRunning, failoverTwo } from '../../benchmarks/scenarios/servers.ts';

test('two of four nodes are killed at once: all of their servers answer again, twice in a row', async () => {
  const muster = await failoverTwo.subjects[0]!(20);
  try {
    for (const measured of [await muster.round(), await muster.round()]) {
      const { figure, also } = measured as Measured;
      assert.ok(figure >= also['ms until the first']!);
      assert.ok(also['servers that had died']! > 0);
    }
  } finally {
    await muster.close();
  }
});

test('a server that is lost, or runs twice, fails the round', () => {
  checkRunning(20, { n1: 12, n2: 8 });
  assert.throws(() => checkRunning(20, { n1: 11, n2: 8 }), /19 of 20 servers run/);
  assert.throws(() => checkRunning(20, { n1: 12, n2: 9 }), /21 of 20 servers run/);
});
