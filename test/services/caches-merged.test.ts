/** Merged caches: everybody writes, everybody agrees (P4, P6), in both worlds. */
import assert from 'node:assert/strict';
import type { Cluster, NodeId } from '../../src/index.ts';
import { fading, merged, notes, outcomeOf, pause } from '../support/app.ts';
import { inEachWorld, inSimulation } from '../support/worlds.ts';

const ALL = ['n1', 'n2', 'n3'];

function entriesAt(cluster: Cluster, id: NodeId): Promise<[string | number, { by: string; n: number }][]> {
  return cluster.run(
    id,
    (node) => [...node.cache(merged).entries()].sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)) as never,
  );
}

async function assertAgree(cluster: Cluster, ids: readonly NodeId[]): Promise<void> {
  const [first, ...rest] = await Promise.all(ids.map((id) => entriesAt(cluster, id)));
  for (const other of rest) assert.deepEqual(other, first);
}

inEachWorld(
  'two nodes that put the same key at the same time agree: 2,000 rounds, 0 disagreements',
  { nodes: 2, seeds: 2 },
  async (cluster) => {
    const rounds = 2_000;
    const play = (id: NodeId): Promise<void> =>
      cluster.run(
        id,
        async (node, count) => {
          for (let round = 0; round < count; round++) {
            node.cache(merged).put(round, { by: node.id, n: round });
            if (round % 50 === 49) await pause(node, 1);
          }
        },
        rounds,
      );
    await Promise.all([play('n1'), play('n2')]);
    await cluster.settled();
    const [atN1, atN2] = await Promise.all([entriesAt(cluster, 'n1'), entriesAt(cluster, 'n2')]);
    assert.equal(atN1.length, rounds);
    const disagreements = atN1.filter(([, value], at) => value.by !== atN2[at]![1].by).length;
    assert.equal(disagreements, 0);
  },
);

inEachWorld(
  'put and delete are seen at once where they are made, and soon everywhere',
  { nodes: 3 },
  async (cluster) => {
    const seen = await cluster.run('n1', (node) => {
      const cache = node.cache(merged);
      cache.put('a', { by: 'n1', n: 1 });
      cache.put('b', { by: 'n1', n: 2 });
      cache.delete('a');
      return [cache.get('a'), cache.get('b'), cache.has('b'), cache.size];
    });
    assert.deepEqual(seen, [undefined, { by: 'n1', n: 2 }, true, 1]);
    await cluster.settled();
    for (const id of ALL) assert.deepEqual(await entriesAt(cluster, id), [['b', { by: 'n1', n: 2 }]]);
  },
);

inSimulation('a delete is not undone by an older put that arrives later', { nodes: 3, seeds: 5 }, async (cluster) => {
  const slow = await cluster.fault({ from: 'n1', to: 'n3', verdict: { kind: 'delay', ms: 200 } });
  await cluster.run('n1', (node) => node.cache(merged).put('k', { by: 'n1', n: 1 }));
  await cluster.waitFor('the put at n2', () => cluster.run('n2', (node) => node.cache(merged).has('k')));
  await cluster.run('n2', (node) => node.cache(merged).delete('k'));
  await cluster.run('n3', (node) => {
    node.cache(merged).watch(({ key, after }) => {
      if (after) notes(node, 'undone').push(key);
    });
  });
  await cluster.advance(400);
  await slow[Symbol.asyncDispose]();
  await cluster.settled();
  for (const id of ALL) assert.deepEqual(await entriesAt(cluster, id), []);
  assert.deepEqual(await cluster.run('n3', (node) => notes(node, 'undone')), []);
});

inEachWorld(
  'ttl: an entry is absent everywhere when its time is over, and one with its own ttl lives as long as that',
  { nodes: 2 },
  async (cluster) => {
    const life = await cluster.run('n1', async (node) => {
      const start = node.wall();
      node.cache(fading).put('short', 1);
      node.cache(fading).put('long', 2, { ttlMs: 60_000 });
      node.cache(fading).watch(({ key, after }) => notes(node, 'changes').push(`${key} ${String(after)}`));
      while (node.cache(fading).has('short')) await pause(node, 5);
      return node.wall() - start;
    });
    assert.ok(life >= 300 && life < 2_000, `it lived ${life} ms`);
    await cluster.waitFor('its end at n2', () => cluster.run('n2', (node) => !node.cache(fading).has('short')));
    for (const id of ['n1', 'n2']) {
      assert.deepEqual(await cluster.run(id, (node) => [...node.cache(fading).entries()]), [['long', 2]]);
    }
    await cluster.waitFor('the watcher to be told', () =>
      cluster.run('n1', (node) => notes(node, 'changes').length > 0),
    );
    assert.deepEqual(await cluster.run('n1', (node) => notes(node, 'changes')), ['short undefined']);
    assert.equal(await cluster.run('n1', (node) => node.cache(fading).size), 1);
    await assert.rejects(
      cluster.run('n1', (node) => node.cache(fading).put('bad', 1, { ttlMs: 0 })),
      { code: 'InvalidValue' },
    );
  },
);

inEachWorld(
  'watch: every change on a node is told with before and after, and no more when it is stopped',
  { nodes: 2 },
  async (cluster) => {
    await cluster.run('n2', (node) => {
      const stop = node.cache(merged).watch(({ key, before, after }) => {
        notes(node, 'changes').push([key, before?.n ?? null, after?.n ?? null]);
        if (notes(node, 'changes').length === 4) stop();
      });
      node.cache(merged).watch(() => {
        throw new Error('a bad watcher');
      });
    });
    for (const n of [1, 2])
      await cluster.run('n1', (node, m) => node.cache(merged).put(['k', 0][0]!, { by: 'n1', n: m }), n);
    await cluster.run('n1', (node) => node.cache(merged).delete('k'));
    await cluster.settled();
    await cluster.run('n2', (node) => node.cache(merged).put('k', { by: 'n2', n: 3 }));
    await cluster.run('n2', (node) => node.cache(merged).put('k', { by: 'n2', n: 4 }));
    assert.deepEqual(await cluster.run('n2', (node) => notes(node, 'changes')), [
      ['k', null, 1],
      ['k', 1, 2],
      ['k', 2, null],
      ['k', null, 3],
    ]);
  },
);

inEachWorld(
  'a late joiner has every entry before it is up, and no tombstone is missing: an old put stays undone',
  { nodes: 2, seeds: 5 },
  async (cluster, world) => {
    const count = world.size(1_500, 5_000);
    await cluster.run(
      'n1',
      (node, many) => {
        for (let at = 0; at < many; at++) node.cache(merged).put(at, { by: 'n1', n: at });
        for (let at = 0; at < many; at += 3) node.cache(merged).delete(at);
      },
      count,
    );
    await cluster.add();
    const atJoin = await cluster.run('n3', (node) => node.cache(merged).size);
    assert.equal(atJoin, count - Math.ceil(count / 3));
    await cluster.settled();
    await assertAgree(cluster, ALL);
  },
);

inSimulation(
  'writes that a dying node got to some only are given to all who go on, also to one that joins meanwhile',
  { nodes: 4, seeds: 8 },
  async (cluster) => {
    await cluster.run('n4', (node) => {
      const write = (): void => {
        for (let at = 0; at < 5; at++) {
          const n = notes(node, 'written').push(0);
          node.cache(merged).put(n, { by: 'n4', n });
        }
        node.after(0.1, write);
      };
      write();
    });
    const slow = await cluster.fault({ from: 'n4', to: 'n2', verdict: { kind: 'delay', ms: 20 } });
    await cluster.advance(30);
    const added = cluster.add();
    await cluster.kill('n4');
    await added;
    await slow[Symbol.asyncDispose]();
    await cluster.settled();
    await assertAgree(cluster, ['n1', 'n2', 'n3', 'n5']);
  },
);

inEachWorld('what does not fit is refused: a value, a key, undefined', { nodes: 1 }, async (cluster) => {
  const codes = await cluster.run('n1', async (node) => {
    const cache = node.cache(merged);
    const put = (key: unknown, value: unknown): Promise<string> =>
      outcomeOf((async () => cache.put(key as never, value as never))());
    return [
      await put('a', { by: 1, n: 1 }),
      await put('a', undefined),
      await put(Number.NaN, { by: 'x', n: 1 }),
      await put({}, { by: 'x', n: 1 }),
      await put(['a', 1], { by: 'x', n: 1 }),
      String(cache.size),
    ];
  });
  assert.deepEqual(codes, [...Array.from({ length: 5 }, () => 'InvalidValue'), '0']);
});
