/** `simulate`: a user's app, workload and invariants under faults. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as z from 'zod';
import {
  type AppWorkload,
  cache,
  defineApp,
  InvalidValue,
  type Invariant,
  type MusterNode,
  type SimulateOptions,
  SimulationFailed,
  simulate,
} from '../../src/index.ts';

const count = z.object({ count: z.number() });
const counts = cache('counts', {
  key: z.string(),
  value: count,
  writes: 'owner',
  filled: 'by tests',
  about: 'Counts.',
});
const app = defineApp({ uses: [counts] });

const count1 = (node: MusterNode): Promise<unknown> =>
  node.cache(counts).update('a', (before) => ({ count: (before?.count ?? 0) + 1 }));

/** What a beginner writes: two clients read the same number. */
const countCarelessly = async (node: MusterNode): Promise<unknown> => {
  const before = await node.cache(counts).read('a');
  return node.cache(counts).put('a', { count: (before?.count ?? 0) + 1 });
};

const counting =
  (act: (node: MusterNode) => Promise<unknown>): AppWorkload =>
  ({ record }) =>
    record('count', 'a', act);

const nothingLost: Invariant = {
  name: 'every count that was acknowledged is in the sum',
  check: async ({ cluster, history, phase }) => {
    if (phase === 'faults') return undefined;
    const acknowledged = history.of('count').filter(({ outcome }) => outcome === 'ok').length;
    const up = cluster.nodes().find(({ state }) => state === 'up')!;
    const sum = (await cluster.run(up.id, (node) => node.cache(counts).get('a')))?.count ?? 0;
    return sum < acknowledged ? `${acknowledged} were acknowledged, the sum is ${sum}` : undefined;
  },
};

const SMALL = { nodes: 3, minutes: 0.1, faults: ['crash', 'pause'], pages: false } as const;

async function failureOf(options: SimulateOptions): Promise<SimulationFailed> {
  const error = await simulate(options).then(
    () => assert.fail('it held'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SimulationFailed, String(error));
  return error;
}

describe('simulate', () => {
  it('an app that keeps its word: what it amounted to', async () => {
    const options = { ...SMALL, app, seeds: 4, workload: counting(count1), invariants: [nothingLost] };
    const summary = await simulate(options);
    assert.equal(summary.seeds, 4);
    assert.ok(summary.virtualMs >= 4 * 6_000 && summary.operations > 50 && summary.faults > 0, JSON.stringify(summary));
  });

  it('an app that loses updates: the seed, the invariant, the history and the replay command', async () => {
    const workload = counting(countCarelessly);
    const error = await failureOf({ ...SMALL, app, seeds: 20, workload, invariants: [nothingLost] });
    assert.equal(error.code, 'SimulationFailed');
    assert.equal(error.promise, nothingLost.name);
    assert.match(error.message, /were acknowledged, the sum is/);
    const told = error.message.match(/^ +[\d.]+ n\d#\d+ #\d+ count a .* -> ok .*$/gm) ?? [];
    assert.ok(told.length > 5 && told.length <= 25, error.message);
    assert.match(error.message, /^ {2}\d+ of \d+ operations \(the newest/m);
    assert.match(error.message, new RegExp(`^seed ${error.seed}, 3 nodes, faults: crash, pause: 1 violation`));
    assert.match(error.message, new RegExp(`replay: MUSTER_SEED=${error.seed} node .*simulate\\.test\\.ts`));
    const again = await failureOf({ ...SMALL, app, seed: error.seed, workload, invariants: [nothingLost] });
    assert.equal(again.message, error.message);
    assert.equal(again.result.traceDigest, error.result.traceDigest);
  });

  it('an invariant is looked at while faults go on, and ends the run when it is violated', async () => {
    const early: Invariant = {
      name: 'three nodes are up',
      check: ({ cluster, phase }) => {
        const up = cluster.nodes().filter(({ state }) => state === 'up').length;
        if (phase === 'faults') assert.ok(up >= 3, `only ${up} are up`);
      },
    };
    const error = await failureOf({ ...SMALL, minutes: 0.5, faults: ['crash'], app, seed: 3, invariants: [early] });
    assert.equal(error.promise, early.name);
    assert.match(error.message, /only \d are up/);
    assert.match(error.message, /killed/);
    assert.match(error.message, /^ {2}no operation was recorded; faults and views before it:$/m);
    assert.match(error.message, /invariant violated .*\n\nreplay: /, 'nothing after it is told');
  });

  it("while faults go on, Muster's own errors mean that an invariant could not be looked at", async () => {
    const asks: Invariant = {
      name: 'asks a node that may be gone',
      check: ({ cluster }) => cluster.run('n2', (node) => node.id).then(() => undefined),
    };
    await simulate({ ...SMALL, app, seeds: 3, invariants: [asks] });
  });

  it('a workload that throws what is no error of Muster ends the run', async () => {
    const workload: AppWorkload = () => {
      throw new TypeError('a mistake in the workload');
    };
    const error = await failureOf({ ...SMALL, app, seed: 1, workload });
    assert.match(error.message, /the run comes to its end\n\s+TypeError: a mistake in the workload/);
  });

  it('bad options: InvalidValue, and nothing was run', async () => {
    const bad: [SimulateOptions, RegExp][] = [
      [{ seeds: 0 }, /simulate seeds: expected a number of seeds or a list of them, got 0/],
      [{ seed: -1 }, /simulate seed: expected a whole number from 0, got -1/],
      [{ nodes: 1.5 }, /simulate nodes/],
      [{ minutes: 0 }, /simulate minutes/],
      [{ faults: ['quake' as never] }, /simulate faults: expected swarm, none or a list of crash.*got quake/],
      [{ workload: () => undefined }, /simulate workload: expected an app with it/],
      [{ app: {} as never }, /simulate app/],
      [{ app }, /^simulate options: expected workload, invariants or both beside the app, got neither/],
      [{ app, invariants: [] }, /got an empty list of invariants: nothing would be put to the test/],
      [{ app, invariant: [nothingLost] } as never, /^simulate options: expected invariants, got invariant$/],
      [{ app, workLoad: count1, invariants: [] } as never, /expected workload, got workLoad/],
      [{ app, workload: 5 as never }, /expected workload to be a function, got a number/],
      [
        { app, invariants: nothingLost as never },
        /expected invariants to be a list of \{ name, check \}, got an object/,
      ],
      [{ app, invariants: [nothingLost, { name: 'x' } as never] }, /expected invariants\[1\].*check undefined/],
    ];
    for (const [options, message] of bad) {
      await assert.rejects(simulate(options), (error) => error instanceof InvalidValue && message.test(error.message));
    }
  });

  it('MUSTER_SEED stands above the seeds that were asked for', async () => {
    process.env.MUSTER_SEED = '41';
    try {
      assert.equal((await simulate({ ...SMALL, app, seeds: 3, workload: counting(count1) })).seeds, 1);
    } finally {
      delete process.env.MUSTER_SEED;
    }
  });

  it('a MUSTER_SEED that is no whole number is named, and nothing was run', async () => {
    for (const value of ['abc', '', '-1', '1.5', '1e3', '99999999999999999999']) {
      process.env.MUSTER_SEED = value;
      try {
        await assert.rejects(simulate({ ...SMALL, app, workload: () => assert.fail('it ran') }), {
          ...{
            code: 'InvalidValue',
            message: `MUSTER_SEED: expected a whole number from 0, got ${JSON.stringify(value)}`,
          },
        });
      } finally {
        delete process.env.MUSTER_SEED;
      }
    }
  });
});
