/** Other systems as baselines: each does its work, shows when it is not complete, and ends. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  Erlang,
  erlangCalling,
  erlangCallingInTurn,
  erlangNames,
  erlangPublishing,
  findErlang,
} from '../../benchmarks/baselines/erlang.ts';
import {
  checkCounts,
  moleculerBoot,
  moleculerCalling,
  moleculerPublishing,
} from '../../benchmarks/baselines/moleculer.ts';
import { type Measured, Skipped, type Subject } from '../../benchmarks/harness.ts';

const PEERS = {
  'moleculer, publishing': () => moleculerPublishing({ count: 4, publishers: 2 }),
  'moleculer, calling': () => moleculerCalling(4, 2),
  'moleculer, booting': () => moleculerBoot(2),
  'erlang, publishing': () => erlangPublishing({ count: 4, publishers: 2, bytes: 1_024 }),
  'erlang, calling': () => erlangCalling(4, 2),
  'erlang, calling in turn': () => erlangCallingInTurn(4),
  'erlang, registering names': () => erlangNames(4),
};
for (const [name, start] of Object.entries(PEERS)) {
  test(`the peer ${name} completes a round twice and ends`, async (t) => {
    const started = await here(t, start());
    if (!started) return;
    try {
      for (const measured of [await started.round(), await started.round()]) assert.ok(figureOf(measured) > 0);
    } finally {
      await started.close();
    }
  });
}

test('a listener of Moleculer that counts too few or too many messages fails the round', () => {
  checkCounts(8, [8, 8, 8, 8]);
  assert.throws(() => checkCounts(8, [8, 7, 8, 8]), /counted 7 of 8/);
  assert.throws(() => checkCounts(8, [8, 8, 9, 8]), /counted 9 of 8/);
});

test('what fails on the nodes of Erlang fails the round; work goes on after it', async (t) => {
  const nodes = await here(t, Erlang.start(2));
  if (!nodes) return;
  try {
    await assert.rejects(nodes.perform('nonsense', 1), /function_clause/);
    assert.ok((await nodes.perform('call', 1, 2)) > 0);
  } finally {
    await nodes.close();
  }
});

test('without the programs of Erlang it is skipped, with the reason', () => {
  assert.throws(
    () => findErlang('/nowhere'),
    (error) => error instanceof Skipped && error.subject === 'erlang' && error.message === 'no erl on this machine',
  );
});

/** What was started; a peer that this machine does not have skips the test. */
async function here<T extends Subject | Erlang>(t: TestContext, starting: Promise<T>): Promise<T | undefined> {
  try {
    return await starting;
  } catch (error) {
    if (!(error instanceof Skipped)) throw error;
    t.skip(error.message);
    return undefined;
  }
}

function figureOf(measured: number | Measured): number {
  return typeof measured === 'number' ? measured : measured.figure;
}
