/** Work once per interval in the whole cluster: whoever dies, each interval is done, and a job that is done again is told the same interval. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSimulation } from '../../src/cluster/index.ts';
import { defineApp, type Interval, jobs, type MusterNode } from '../../src/services/index.ts';

const EVERY_MS = 60_000;

interface Run {
  readonly node: string;
  readonly from: number;
  done: boolean;
}

/** A cluster with one job that takes `takesMs`, and what it did. */
async function start(options: {
  nodes: number;
  seed: number;
  takesMs?: number;
  deadlineMs?: number;
  fails?: (run: number) => boolean;
}) {
  const runs: Run[] = [];
  const run = async (node: MusterNode, { from, to }: Interval): Promise<void> => {
    assert.equal(to - from, EVERY_MS);
    assert.ok(node.wall() >= to, 'the interval is over');
    const one: Run = { node: node.id, from, done: false };
    runs.push(one);
    if (options.fails?.(runs.length)) throw new Error('as planned');
    await new Promise<void>((resolve) => node.after(options.takesMs ?? 0, resolve));
    one.done = true;
  };
  const deadline = options.deadlineMs === undefined ? {} : { deadlineMs: options.deadlineMs };
  const work = jobs('work', [{ name: 'minute', everyMs: EVERY_MS, ...deadline, run }], { about: 'of the test' });
  const app = defineApp({ uses: [work] });
  const cluster = await startSimulation({ seed: options.seed, nodes: options.nodes, app });
  return { cluster, runs };
}

const doneOf = (runs: readonly Run[]): number[] => runs.filter(({ done }) => done).map(({ from }) => from);

test('jobs: in a calm cluster each interval is done once, by one node, in order', async () => {
  const { cluster, runs } = await start({ nodes: 3, seed: 1 });
  await using _ = cluster;
  await cluster.advance(10 * EVERY_MS);
  const from = doneOf(runs);
  assert.ok(from.length === 10 || from.length === 9, `${from.length} intervals`);
  assert.deepEqual(
    from,
    from.map((_, at) => from[0]! + at * EVERY_MS),
  );
  assert.equal(runs.length, from.length);
});

test('jobs: an interval that ends while another job runs is not passed over', async () => {
  const done: number[] = [];
  const quick = async (_: MusterNode, { from }: Interval): Promise<void> => void done.push(from);
  const slow = (node: MusterNode): Promise<void> => new Promise((resolve) => node.after(12_000, resolve));
  const list = [
    { name: 'ten seconds', everyMs: 10_000, run: quick },
    { name: 'minute', everyMs: EVERY_MS, run: slow },
  ];
  const app = defineApp({ uses: [jobs('work', list, { about: 'of the test' })] });
  await using cluster = await startSimulation({ seed: 1, nodes: 1, app });
  await cluster.advance(5 * EVERY_MS);
  assert.ok(done.length >= 29, `${done.length} intervals`);
  assert.deepEqual(
    done,
    done.map((_, at) => done[0]! + at * 10_000),
  );
});

for (const seed of [1, 2, 3, 4, 5]) {
  test(`jobs: while the node that does them is killed in the middle again and again, no interval is left out (seed ${seed})`, async () => {
    const { cluster, runs } = await start({ nodes: 4, seed, takesMs: 300 });
    await using _ = cluster;
    for (let minute = 0; minute < 6; minute++) {
      const before = runs.length;
      await cluster.waitFor('a run has begun', () => runs.length > before, { deadlineMs: 2 * EVERY_MS });
      const victim = runs.at(-1)!;
      if (minute % 2 === 0) {
        await cluster.kill(victim.node);
        await cluster.waitFor('it is done elsewhere', () => doneOf(runs).includes(victim.from), {
          deadlineMs: EVERY_MS,
        });
        await cluster.restart(victim.node);
      } else {
        await cluster.waitFor('it is done', () => victim.done, { deadlineMs: EVERY_MS });
      }
    }
    const done = doneOf(runs);
    const distinct = [...new Set(done)];
    assert.deepEqual(
      distinct,
      distinct.map((_, at) => distinct[0]! + at * EVERY_MS),
      'every interval from the first on, in order',
    );
    assert.ok(distinct.length >= 6);
    assert.ok(
      runs.some(({ done }) => !done),
      'some runs were cut off',
    );
  });
}

for (const seed of [1, 2, 3]) {
  test(`jobs: in a partition only the side that goes on does them, and no interval is left out (seed ${seed})`, async () => {
    const { cluster, runs } = await start({ nodes: 3, seed });
    await using _ = cluster;
    await cluster.advance(EVERY_MS);
    const cutOff = runs[0]!.node;
    const others = ['n1', 'n2', 'n3'].filter((id) => id !== cutOff);
    await cluster.partition([[cutOff], ['authority', ...others]]);
    await cluster.advance(10_000);
    const before = runs.length;
    await cluster.advance(3 * EVERY_MS);
    assert.ok(runs.slice(before).every(({ node }) => node !== cutOff));
    await cluster.heal();
    await cluster.advance(2 * EVERY_MS);
    const done = doneOf(runs);
    assert.deepEqual(
      done,
      done.map((_, at) => done[0]! + at * EVERY_MS),
      'each once, in order',
    );
    assert.ok(done.length >= 5);
  });
}

test('jobs: one that fails is tried again within its interval, and the interval counts as done once it succeeds', async () => {
  const { cluster, runs } = await start({ nodes: 2, seed: 1, fails: (run) => run <= 2 });
  await using _ = cluster;
  await cluster.waitFor('it is done', () => doneOf(runs).length === 1, { deadlineMs: 2 * EVERY_MS });
  assert.equal(runs.length, 3);
  assert.equal(new Set(runs.map(({ from }) => from)).size, 1);
});

test('jobs: one that never ends counts as failed at its deadline, and is begun again', async () => {
  const { cluster, runs } = await start({ nodes: 1, seed: 1, takesMs: 10 * EVERY_MS, deadlineMs: 2_000 });
  await using _ = cluster;
  await cluster.waitFor('a second try', () => runs.length >= 2, { deadlineMs: 2 * EVERY_MS });
  assert.equal(runs[0]!.from, runs[1]!.from);
});

test('jobs: a set with two of one name, or one every millisecond, is refused', () => {
  const run = async (): Promise<void> => {};
  assert.throws(() => jobs('x', [{ name: 'a', everyMs: 1, run }], { about: '' }), /at least 1,000/);
  const job = { name: 'a', everyMs: 1_000, run };
  assert.throws(() => jobs('x', [job, job], { about: '' }), /same name/);
});
