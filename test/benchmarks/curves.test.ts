/** The curves: which points there are, which run when, and that a round of each family is verified to be complete. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callingInRing } from '../../benchmarks/baselines/calls.ts';
import { limit } from '../../benchmarks/baselines/fan-out.ts';
import { chosen, measure, type Scenario } from '../../benchmarks/harness.ts';
import { curves } from '../../benchmarks/scenarios/curves.ts';
import { SCENARIOS } from '../../benchmarks/scenarios/index.ts';
import { callConcurrently, perSecondOfAll, Tally } from '../../benchmarks/work.ts';

function placesOf(of: string, by: string): number[] {
  const places = curves.flatMap((scenario) => scenario.curves!);
  return places.filter((place) => place.of === of && place.by === by).map(({ at }) => at);
}

test('every main scenario has a point at each number of nodes, and those with messages at each size', () => {
  for (const of of ['fan-out', 'all-to-all', 'narrow', 'cache-put', 'call', 'register']) {
    assert.deepEqual(placesOf(of, 'nodes'), [2, 4, 8, 16, 32, 64], of);
    const sizes = placesOf(of, 'bytes').sort((a, b) => a - b);
    assert.deepEqual(sizes, of === 'register' ? [] : [48, 1_024, 16_384], of);
  }
});

test('curves run when they are meant: in a full run, or by their name; one point is quick', () => {
  const names = (options: { quick: boolean; only?: string }): string[] =>
    chosen(SCENARIOS, options).map(({ name }) => name);
  assert.deepEqual(
    names({ quick: true }).filter((name) => name.startsWith('curves/')),
    ['curves/fan-out/16-nodes'],
  );
  assert.deepEqual(names({ quick: true, only: 'pubsub/fan-out' }), ['pubsub/fan-out']);
  assert.deepEqual(
    names({ quick: true, only: 'fan-out' }).filter((name) => name.startsWith('curves/')),
    [],
  );
  assert.equal(names({ quick: true, only: 'curves' }).length, curves.length);
  assert.equal(names({ quick: false, only: 'curves/narrow' }).length, 8);
  assert.deepEqual(
    names({ quick: false }),
    SCENARIOS.map(({ name }) => name),
  );
});

const TINY = { quick: true, rounds: 1, warmUps: 0 };
/** In all, at a point of two nodes. */
const UNITS = 64;

for (const of of ['fan-out', 'all-to-all', 'narrow', 'cache-put', 'call', 'register']) {
  test(`a round of ${of} with two nodes is complete, and the result says where it is on its curve`, async () => {
    const scenario = curves.find(({ name }) => name === `curves/${of}/2-nodes`)!;
    const small = { ...scenario, size: { full: UNITS, quick: UNITS }, effort: TINY };
    const result = await measure(small, TINY, () => {});
    assert.ok(result.ours.median > 0);
    assert.deepEqual(result.curves, [{ of, by: 'nodes', at: 2 }]);
    for (const figures of Object.values(result.baselines)) assert.ok(figures.median > 0);
  });
}

test('a round in which a message is lacking, or an answer is wrong, does not end well', async () => {
  const lacking = new Tally();
  lacking.expect(2);
  lacking.add();
  const never: Scenario = {
    ...curves[0]!,
    effort: TINY,
    deadlineMs: 20,
    subjects: [async () => ({ name: 'muster', round: () => lacking.reaches(2), close: async () => {} })],
  };
  await assert.rejects(
    measure(never, TINY, () => {}),
    /curves\/fan-out\/2-nodes, muster: not complete within 20 ms/,
  );
  await assert.rejects(
    callConcurrently(2, 2, async (argument) => argument + 2),
    /call 0 came back as 2/,
  );
});

test('what several did counts from the first that began to the last that ended', () => {
  assert.equal(
    perSecondOfAll(100, [
      [1_000, 1_500],
      [1_250, 2_000],
    ]),
    200,
  );
});

const BASELINES = {
  'limit with one who hears': () => limit({ count: 4, threads: 2, listeners: 1 }),
  'calls in a ring': () => callingInRing(4, 2, 3, 1_024),
};
for (const [name, start] of Object.entries(BASELINES)) {
  test(`the baseline ${name} completes a round twice and ends`, async () => {
    const started = await start();
    try {
      for (const measured of [await started.round(), await started.round()]) assert.ok(Number(measured) > 0);
    } finally {
      await started.close();
    }
  });
}

test('a tally notes when its count is reached, before or after it is asked', async () => {
  const tally = new Tally();
  tally.expect(2);
  tally.add();
  tally.add();
  tally.add();
  const reachedAt = await tally.reaches(2);
  const waiting = tally.reaches(5);
  tally.add();
  let isReached = false;
  void waiting.then(() => {
    isReached = true;
  });
  await new Promise(setImmediate);
  assert.equal(isReached, false);
  tally.add();
  assert.ok((await waiting) >= reachedAt);
});
