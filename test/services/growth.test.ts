/**
 * Late join (P6): a cluster grows from two to sixteen nodes under a load of everything, in chunks that are bounded in entries and
 * bytes, and says how far each joiner is. A joiner that dies half-way leaves no trace. In both worlds.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cluster, type ClusterEvent, type MusterNode, type NodeId, startSimulation } from '../../src/index.ts';
import app, { anything, merged, names, owned, pause, tallies, texts } from '../support/app.ts';
import { bookOf, endLoad, LOAD_KEYS, standingAt, startLoad, total } from '../support/load.ts';
import { inEachWorld } from '../support/worlds.ts';

type CaughtUp = Extract<ClusterEvent, { event: 'catch-up' }>;

function watchCatchUp(cluster: Cluster): Map<NodeId, CaughtUp[]> {
  const told = new Map<NodeId, CaughtUp[]>();
  cluster.on((event) => {
    if (event.event === 'catch-up') told.set(event.node, [...(told.get(event.node) ?? []), event]);
  });
  return told;
}

function putMany(cluster: Cluster, count: number): Promise<void> {
  return cluster.run(
    'n1',
    async (node, many) => {
      for (let at = 0; at < many; at++) {
        node.cache(merged).put(at, { by: 'bulk', n: at });
        if (at % 500 === 499) await pause(node, 1);
      }
    },
    count,
  );
}

inEachWorld(
  '2 → 3 → … → 16 nodes under load: each joiner has all that was acknowledged before, in the end all have everything',
  { nodes: 2, seeds: 1 },
  async (cluster, world) => {
    const told = watchCatchUp(cluster);
    const bulk = world.size(1_500, 4_000);
    await putMany(cluster, bulk);
    await cluster.run(
      'n1',
      async (node, keys) => {
        for (const key of keys) await node.server(tallies, key).start();
      },
      LOAD_KEYS,
    );
    const writers = ['n1', 'n2'];
    for (const id of writers) await startLoad(cluster, id, world.size(15, 10));
    for (let number = 3; number <= 16; number++) {
      await cluster.run('n1', (node) => pause(node, 10));
      const books = await Promise.all(writers.map((id) => bookOf(cluster, id)));
      const before = books.map((book) => ({
        owned: [...book.owned],
        merged: [...book.merged],
        names: [...book.names],
      }));
      const id = await cluster.add();
      assert.equal(id, `n${number}`);
      const lacks = await cluster.run(
        id,
        (node, wanted, many) => ({
          bulk: Array.from({ length: many }, (_, at) => at).filter((at) => !node.cache(merged).has(at)),
          owned: wanted.flatMap((book) => book.owned.filter((key) => !node.cache(owned).has(key))),
          merged: wanted.flatMap((book) => book.merged.filter((key) => !node.cache(merged).has(key))),
          names: wanted.flatMap((book) => book.names.filter((key) => !node.registry(names).lookup(key))),
        }),
        before,
        bulk,
      );
      assert.deepEqual(lacks, { bulk: [], owned: [], merged: [], names: [] }, id);
    }
    for (const id of writers) await endLoad(cluster, id);
    await cluster.settled({ deadlineMs: 20_000 });
    const books = await Promise.all(writers.map((id) => bookOf(cluster, id)));
    assert.deepEqual(
      books.flatMap(({ errors }) => errors),
      [],
    );
    for (const id of ['n1', 'n9', 'n16']) {
      assert.deepEqual(await standingAt(cluster, id, books), {
        missing: [],
        updates: total(books, 'updates'),
        kept: total(books, 'kept'),
        loose: total(books, 'loose'),
      });
    }
    for (let number = 3; number <= 16; number++) {
      const events = told.get(`n${number}`) ?? [];
      assert.ok(events.length >= 2, `n${number} told ${events.length} times how far it is`);
      assert.ok(events[0]!.entries < events[0]!.of, 'the first is told before it has everything');
      const last = events.at(-1)!;
      assert.ok(last.entries === last.of && last.entries > bulk, JSON.stringify(last));
      for (const [at, { entries, ms }] of events.entries()) {
        if (at > 0) assert.ok(entries >= events[at - 1]!.entries && ms >= events[at - 1]!.ms);
      }
    }
  },
);

inEachWorld(
  'a joiner that dies half-way leaves no trace: no member, no name, nothing kept for it; the next one joins',
  { nodes: 3, seeds: 4 },
  async (cluster, world) => {
    const bulk = world.size(4_000, 40_000);
    await putMany(cluster, bulk);
    await cluster.run(
      'n1',
      async (node, keys) => {
        for (const key of keys) await node.server(tallies, key).start();
      },
      LOAD_KEYS,
    );
    await startLoad(cluster, 'n1', 5);
    for (let round = 0; round < 3; round++) {
      const slow: Promise<AsyncDisposable>[] = [];
      const killed = new Promise<void>((resolve, reject) => {
        const stop = cluster.on((event) => {
          if (event.event === 'node' && event.node.id === 'n4' && event.node.state === 'starting') {
            for (const from of ['n1', 'n2', 'n3']) {
              slow.push(cluster.fault({ from, to: 'n4', verdict: { kind: 'delay', ms: 15 } }));
            }
          }
          if (event.event !== 'catch-up' || event.entries === event.of) return;
          stop();
          cluster.kill('n4').then(resolve, reject);
        });
      });
      const joined = await cluster.add().catch((error: { code?: string }) => error.code);
      assert.equal(joined, 'NodeFailed');
      await killed;
      for (const fault of slow) await (await fault)[Symbol.asyncDispose]();
      assert.deepEqual(
        cluster.view().members.map(({ id }) => id),
        ['n1', 'n2', 'n3'],
      );
    }
    await endLoad(cluster, 'n1');
    await cluster.settled();
    const book = await bookOf(cluster, 'n1');
    assert.deepEqual(book.errors, []);
    await cluster.waitFor('nothing is kept for who is gone', async () => {
      const { nodes } = await cluster.inspect();
      return nodes.every(({ counters, pending }) => counters.writesRetained === 0 && pending.catchUp === 0);
    });
    const holders = await cluster.run('n2', (node) =>
      node
        .registry(names)
        .select()
        .map(({ holder }) => holder),
    );
    assert.ok(holders.length > 0 && holders.every((holder) => holder === 'n1#1'));
    assert.equal(await cluster.add(), 'n4');
    assert.equal(await cluster.run('n4', (node) => node.cache(merged).size), bulk + book.merged.length);
    await cluster.settled();
  },
);

/** What a simulated joiner is sent at once, when the tables hold values of this many bytes. */
async function largestFrames(valueBytes: number, count: number): Promise<{ largest: number; chunks: number }> {
  await using cluster = await startSimulation({ app, seed: 5, nodes: 2, keepTrace: true });
  await cluster.run(
    'n1',
    async (node, bytes, many) => {
      for (let at = 0; at < many; at++) {
        node.cache(anything).put(`k${at}`, 'x'.repeat(bytes));
        await pause(node, 2);
      }
    },
    valueBytes,
    count,
  );
  await cluster.settled();
  const from = cluster.trace().length;
  await cluster.add();
  await cluster.settled();
  const frames = cluster
    .trace()
    .slice(from)
    .filter(({ what, to, bytes }) => what === 'deliver' && to === 'n3#1' && bytes > 1_000);
  return { largest: Math.max(...frames.map(({ bytes }) => bytes)), chunks: frames.length };
}

test('chunks are bounded in bytes as well as entries: large values come few at a time (simulation)', async () => {
  const large = await largestFrames(100_000, 24);
  assert.ok(large.largest < 400_000 && large.chunks >= 8, JSON.stringify(large));
  const huge = await largestFrames(1_000_000, 4);
  assert.ok(huge.largest < 1_010_000 && huge.chunks >= 4, JSON.stringify(huge));
  const small = await largestFrames(20, 2_000);
  assert.ok(small.largest < 512 * 120 && small.chunks >= 4 && small.chunks < 12, JSON.stringify(small));
});

test('a donor gives only while the link has credit, and goes on when it has (simulation)', async () => {
  await using cluster = await startSimulation({ app, seed: 6, nodes: 2 });
  await putMany(cluster, 3_000);
  await cluster.settled();
  // Once n3 is listed, its links are slow and full of strong writes of a megabyte, which must not wait.
  const slow: Promise<unknown>[] = [];
  cluster.on((event) => {
    if (event.event !== 'view' || event.view.cause !== 'joining n3') return;
    for (const from of ['n1', 'n2']) {
      slow.push(cluster.fault({ from, to: 'n3', verdict: { kind: 'delay', ms: 300 } }));
      const writes = (node: MusterNode): Promise<unknown> =>
        Promise.all(keysOf(node.id).map((key) => node.cache(texts).put(key, 'x'.repeat(1_000_000))));
      slow.push(cluster.run(from, writes));
    }
  });
  assert.equal(await cluster.add(), 'n3');
  await cluster.drive(Promise.all(slow));
  await cluster.settled();
  const { nodes } = await cluster.inspect();
  const waited = nodes.reduce((sum, { counters }) => sum + counters.chunksWaited!, 0);
  assert.ok(waited > 0, 'the links had credit all the time: this test shows nothing');
  assert.equal(await cluster.run('n3', (node) => node.cache(texts).size), 40);
});

function keysOf(id: NodeId): string[] {
  return Array.from({ length: 20 }, (_, at) => `${id} ${at}`);
}
