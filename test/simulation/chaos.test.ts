/**
 * Chaos: many seeds, each a cluster under mixed operations and faults, judged by the checkers of the promises.
 * MUSTER_SEEDS=N runs N seeds (default 60); MUSTER_SEED=K replays one.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { report, runChaos } from '../../src/chaos/index.ts';

const one = process.env.MUSTER_SEED;
const count = Number(process.env.MUSTER_SEEDS ?? 60);
const seeds = one === undefined ? Array.from({ length: count }, (_, at) => at + 1) : [Number(one)];

/** One test for a few seeds at a time, so that a run of many shows how far it is. */
const PER_TEST = 10;

for (let at = 0; at < seeds.length; at += PER_TEST) {
  const some = seeds.slice(at, at + PER_TEST);
  const named = some.length === 1 ? `seed ${some[0]}` : `seeds ${some[0]} to ${some.at(-1)}`;
  test(`the promises hold with kills, stops, joins, pauses, delays, drops and partitions: ${named}`, async (t) => {
    const startedAt = performance.now();
    const failures: string[] = [];
    for (const seed of some) {
      const result = await runChaos(seed);
      if (result.violations.length > 0) failures.push(report(result));
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    t.diagnostic(`${some.length} seeds in ${seconds.toFixed(1)} s, ${(some.length / seconds).toFixed(1)} seeds/s`);
    assert.equal(failures.length, 0, failures.join('\n\n'));
  });
}

test('the same seed gives the same trace and the same history', async () => {
  for (const seed of one === undefined ? [1, 2, 3, 4] : seeds) {
    const first = await runChaos(seed);
    const again = await runChaos(seed);
    assert.equal(again.traceDigest, first.traceDigest, `seed ${seed}: the traces differ`);
    assert.equal(again.history.digest(), first.history.digest(), `seed ${seed}: the histories differ`);
  }
});
