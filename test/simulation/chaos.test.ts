/**
 * Chaos: many seeds, each a cluster under mixed operations and faults, judged by the checkers of the promises.
 * MUSTER_SEEDS=N runs N seeds (default 24); MUSTER_SEED=K replays one. `muster simulate` runs many more.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { report, runSeed, seedCountOfEnvironment, seedOfEnvironment, writePage } from '../../src/chaos/index.ts';

const one = seedOfEnvironment();
const seeds = one === undefined ? Array.from({ length: seedCountOfEnvironment(24) }, (_, at) => at + 1) : [one];
/** Shorter than what `muster simulate` runs, as this is part of every `npm test`. */
const MINUTES = 0.25;

/** One test for a few seeds at a time, so that a run of many shows how far it is. */
const PER_TEST = 6;

for (let at = 0; at < seeds.length; at += PER_TEST) {
  const some = seeds.slice(at, at + PER_TEST);
  const named = some.length === 1 ? `seed ${some[0]}` : `seeds ${some[0]} to ${some.at(-1)}`;
  test(`the promises hold under swarms of faults: ${named}`, async (t) => {
    const startedAt = performance.now();
    const failures: string[] = [];
    for (const seed of some) {
      const result = await runSeed({ seed, minutes: MINUTES });
      const replay = `MUSTER_SEED=${seed} npx tsx --test test/simulation/chaos.test.ts`;
      if (result.violations.length === 0) continue;
      const page = await writePage(await runSeed({ seed, minutes: MINUTES, keepTrace: true }), replay, process.cwd());
      failures.push(`${report(result, replay)}\npage: ${page}`);
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    t.diagnostic(`${some.length} seeds in ${seconds.toFixed(1)} s, ${(some.length / seconds).toFixed(1)} seeds/s`);
    assert.equal(failures.length, 0, failures.join('\n\n'));
  });
}

test('the same seed gives the same trace and the same history', async () => {
  for (const seed of one === undefined ? [1, 2, 3] : seeds) {
    const first = await runSeed({ seed, minutes: MINUTES });
    const again = await runSeed({ seed, minutes: MINUTES });
    assert.equal(again.traceDigest, first.traceDigest, `seed ${seed}: the traces differ`);
    assert.equal(again.history.digest(), first.history.digest(), `seed ${seed}: the histories differ`);
  }
});
