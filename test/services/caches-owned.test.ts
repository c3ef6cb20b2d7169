/** Owned caches: linearizable per key, one loader, nothing lost (P5), in both worlds. */
import assert from 'node:assert/strict';
import type { Cluster, NodeId } from '../../src/index.ts';
import { counters, notes, outcomeOf, owned, pause } from '../support/app.ts';
import { inEachWorld, inSimulation } from '../support/worlds.ts';

const ALL = ['n1', 'n2', 'n3', 'n4'];

/** Increments `key` again and again, `atOnce` at a time; the number of those that were acknowledged. */
function increment(cluster: Cluster, id: NodeId, key: string, times: number, atOnce: number): Promise<number> {
  return cluster.run(
    id,
    async (node, name, count, width) => {
      let acknowledged = 0;
      let left = count;
      const work = async (): Promise<void> => {
        while (left-- > 0) {
          await node.cache(counters).update(name, (current) => (current ?? 0) + 1);
          acknowledged += 1;
        }
      };
      await Promise.all(Array.from({ length: width }, work));
      return acknowledged;
    },
    key,
    times,
    atOnce,
  );
}

function counterAt(cluster: Cluster, id: NodeId, key: string): Promise<number | undefined> {
  return cluster.run(id, (node, name) => node.cache(counters).get(name), key);
}

inEachWorld(
  '4 × 5,000 concurrent increments end at exactly 20,000 on every node',
  { nodes: 4, seeds: 2 },
  async (cluster) => {
    await Promise.all(ALL.map((id) => increment(cluster, id, 'k', 5_000, 1_000)));
    for (const id of ALL) assert.equal(await counterAt(cluster, id, 'k'), 20_000);
    assert.equal(await cluster.run('n2', (node) => node.cache(counters).read('k')), 20_000);
  },
);

inEachWorld(
  'no increment is lost or doubled while nodes join, stop and die',
  { nodes: 4, seeds: 6 },
  async (cluster, world) => {
    const each = world.size(150, 3_000);
    const works = ['n1', 'n2'].flatMap((id) => ['a', 'b', 'c'].map((key) => increment(cluster, id, key, each, 7)));
    await cluster.add();
    await cluster.stop('n3');
    await cluster.kill('n4');
    await cluster.start('n3');
    const acknowledged = await Promise.all(works);
    assert.equal(
      acknowledged.reduce((sum, count) => sum + count),
      6 * each,
    );
    await cluster.settled();
    for (const key of ['a', 'b', 'c']) {
      for (const id of ['n1', 'n2', 'n3', 'n5'])
        assert.equal(await counterAt(cluster, id, key), 2 * each, `${key} at ${id}`);
    }
  },
);

inSimulation(
  'no increment is lost or doubled over slow links, where every question is asked again',
  { nodes: 3, seeds: 6 },
  async (cluster, { seed }) => {
    for (const [from, to] of [
      ['n1', 'n2'],
      ['n2', 'n3'],
      ['n3', 'n1'],
      ['n1', 'n3'],
    ] as const) {
      await cluster.fault({ from, to, verdict: { kind: 'delay', ms: 200 + ((seed * 37) % 200) } });
    }
    const works = ['n1', 'n2', 'n3'].flatMap((id) =>
      ['a', 'b', 'c', 'd'].map((key) => increment(cluster, id, key, 4, 2)),
    );
    await Promise.all(works);
    await cluster.settled();
    for (const key of ['a', 'b', 'c', 'd']) assert.equal(await counterAt(cluster, 'n1', key), 12, key);
  },
);

inSimulation(
  'a put that was asked twice over a slow link is not applied again over a later one',
  { nodes: 3, seeds: 4 },
  async (cluster) => {
    for (const to of ['n2', 'n3']) await cluster.fault({ from: 'n1', to, verdict: { kind: 'delay', ms: 500 } });
    const keys = Array.from({ length: 12 }, (_, at) => `k${at}`);
    for (const key of keys) {
      await cluster.run('n1', (node, name) => node.cache(counters).put(name, 1), key);
      await cluster.run('n2', (node, name) => node.cache(counters).put(name, 2), key);
      await Promise.all(
        keys.map((other) => cluster.run('n1', (node, name) => node.cache(counters).put(`other ${name}`, 1), other)),
      );
    }
    await cluster.settled();
    for (const key of keys) assert.equal(await counterAt(cluster, 'n1', key), 2, key);
  },
);

inEachWorld(
  'put and delete: when they resolve every node sees them at once; delete says whether there was an entry',
  { nodes: 3, seeds: 5 },
  async (cluster) => {
    for (let round = 1; round <= 20; round++) {
      const writer = ALL[round % 3]!;
      await cluster.run(writer, (node, n) => node.cache(owned).put(`k${n % 5}`, { n }), round);
      const seen = await Promise.all(
        ALL.slice(0, 3).map((id) => cluster.run(id, (node, n) => node.cache(owned).get(`k${n % 5}`), round)),
      );
      assert.deepEqual(seen, [{ n: round }, { n: round }, { n: round }]);
    }
    assert.equal(await cluster.run('n1', (node) => node.cache(owned).delete('k1')), true);
    assert.equal(await cluster.run('n2', (node) => node.cache(owned).has('k1')), false);
    assert.equal(await cluster.run('n3', (node) => node.cache(owned).delete('k1')), false);
    assert.equal(await cluster.run('n3', (node) => node.cache(owned).read('k1')), undefined);
    await cluster.settled();
  },
);

inEachWorld(
  'a resolved write is never unseen: after each acknowledged put a get on any node is as new',
  { nodes: 4, seeds: 5 },
  async (cluster) => {
    await cluster.run('n1', (node) => {
      const write = async (): Promise<void> => {
        for (let n = 1; ; n++) {
          await node.cache(counters).put('clock', n);
          notes(node, 'acknowledged')[0] = n;
        }
      };
      write().catch((error) => notes(node, 'errors').push(String(error)));
    });
    for (let round = 0; round < 30; round++) {
      const acknowledged = await cluster.run('n1', (node) => notes<number>(node, 'acknowledged')[0] ?? 0);
      for (const id of ['n2', 'n3', 'n4']) {
        const seen = (await counterAt(cluster, id, 'clock').catch(() => acknowledged)) ?? 0;
        assert.ok(seen >= acknowledged, `${id} saw ${seen} after ${acknowledged} was acknowledged`);
      }
      if (round === 10) await cluster.kill('n4').then(() => cluster.start('n4'));
    }
    assert.deepEqual(await cluster.run('n1', (node) => notes(node, 'errors')), []);
  },
);

inEachWorld(
  'update runs on the caller, sees the entry, deletes by undefined; one that throws changes nothing',
  { nodes: 3 },
  async (cluster) => {
    const ran = await cluster.run('n2', async (node) => {
      const where: string[] = [];
      const after = await node.cache(owned).update('k', (current) => {
        where.push(`${node.id} ${String(current?.n)}`);
        return { n: (current?.n ?? 0) + 1 };
      });
      return [where, after];
    });
    assert.deepEqual(ran, [['n2 undefined'], { n: 1 }]);
    const thrown = await cluster.run('n3', (node) =>
      outcomeOf(
        node.cache(owned).update('k', () => {
          throw Object.assign(new Error('no'), { code: 'Mine' });
        }),
      ),
    );
    assert.equal(thrown, 'Mine');
    assert.equal(
      await cluster.run('n1', (node) => outcomeOf(node.cache(owned).update('k', (async () => ({ n: 1 })) as never))),
      'InvalidValue',
    );
    assert.equal(
      await cluster.run('n1', (node) => outcomeOf(node.cache(owned).update('k', () => ({ n: 'x' }) as never))),
      'InvalidValue',
    );
    assert.deepEqual(await cluster.run('n1', (node) => node.cache(owned).read('k')), { n: 1 });
    const mixed = await cluster.run('n1', async (node) => {
      const update = node.cache(owned).update;
      return Promise.all([
        outcomeOf(update('k', (current) => ({ n: current!.n + 1 }))),
        outcomeOf(
          update('k', () => {
            throw new TypeError('in the middle');
          }),
        ),
        outcomeOf(update('k', (current) => ({ n: current!.n + 1 }))),
      ]);
    });
    assert.deepEqual(mixed, ['ok', 'TypeError: in the middle', 'ok']);
    assert.deepEqual(await cluster.run('n2', (node) => node.cache(owned).get('k')), { n: 3 });
    assert.equal(await cluster.run('n3', (node) => node.cache(owned).update('k', () => undefined)), undefined);
    assert.equal(await cluster.run('n1', (node) => node.cache(owned).has('k')), false);
  },
);

inEachWorld(
  'insertNew: of many at once one wins and everybody is told the same entry',
  { nodes: 4, seeds: 5 },
  async (cluster) => {
    const results = await Promise.all(
      ALL.map((id) =>
        cluster.run(id, (node) =>
          Promise.all([1, 2, 3].map((n) => node.cache(owned).insertNew('k', { n: n + 10 * Number(node.id.slice(1)) }))),
        ),
      ),
    );
    const all = results.flat();
    const winners = all.filter(({ inserted }) => inserted);
    assert.equal(winners.length, 1);
    for (const { value } of all) assert.deepEqual(value, winners[0]!.value);
  },
);

inEachWorld(
  'getOrLoad: one load for many concurrent callers on all nodes, and none when there is an entry',
  { nodes: 4, seeds: 5 },
  async (cluster) => {
    const load = (id: NodeId): Promise<{ values: { n: number }[]; loads: number }> =>
      cluster.run(id, async (node) => {
        let loads = 0;
        const loader = async (): Promise<{ n: number }> => {
          loads += 1;
          await pause(node, 30);
          return { n: Number(node.id.slice(1)) };
        };
        const values = await Promise.all(Array.from({ length: 10 }, () => node.cache(owned).getOrLoad('k', loader)));
        return { values, loads };
      });
    const results = await Promise.all(ALL.map(load));
    assert.equal(
      results.reduce((sum, { loads }) => sum + loads, 0),
      1,
    );
    const values = new Set(results.flatMap(({ values }) => values.map(({ n }) => n)));
    assert.equal(values.size, 1);
    const again = await Promise.all(ALL.map(load));
    assert.equal(
      again.reduce((sum, { loads }) => sum + loads, 0),
      0,
    );
    await cluster.settled();
  },
);

inEachWorld(
  'getOrLoad: a loader that throws gives its error to all who waited, and the next caller loads again',
  { nodes: 3, seeds: 5 },
  async (cluster) => {
    const failing = (id: NodeId): Promise<string[]> =>
      cluster.run(id, (node) =>
        Promise.all(
          [1, 2].map(() =>
            outcomeOf(
              node.cache(owned).getOrLoad('k', async () => {
                await pause(node, 50);
                throw Object.assign(new Error('no such lobby'), { code: 'NoSuchLobby' });
              }),
            ),
          ),
        ),
      );
    const codes = await Promise.all(['n1', 'n2', 'n3'].map(failing));
    assert.deepEqual(new Set(codes.flat()), new Set(['NoSuchLobby']));
    assert.deepEqual(await cluster.run('n2', (node) => node.cache(owned).getOrLoad('k', () => ({ n: 5 }))), { n: 5 });
    await cluster.settled();
  },
);

inEachWorld(
  'getOrLoad: when the node that loads dies, one of those who wait loads',
  { nodes: 4, seeds: 4 },
  async (cluster) => {
    await cluster.run('n4', (node) => {
      node
        .cache(owned)
        .getOrLoad('k', () => new Promise(() => undefined))
        .catch((error) => notes(node, 'errors').push(String(error)));
      return pause(node, 20);
    });
    const waiting = ['n1', 'n2', 'n3'].map((id) =>
      cluster.run(id, async (node) => {
        let loads = 0;
        const value = await node.cache(owned).getOrLoad('k', () => ({ n: 100 + ++loads }));
        return { value, loads };
      }),
    );
    await cluster.run('n1', (node) => pause(node, 20));
    await cluster.kill('n4');
    const results = await Promise.all(waiting);
    assert.equal(
      results.reduce((sum, { loads }) => sum + loads, 0),
      1,
    );
    for (const { value } of results) assert.deepEqual(value, { n: 101 });
    await cluster.settled();
  },
);

inEachWorld(
  'getOrLoad: never two loads of a key at once while owners come and go',
  { nodes: 3, seeds: 6 },
  async (cluster, world) => {
    const rounds = world.size(6, 25);
    const load = (id: NodeId): Promise<[number, number][]> =>
      cluster.run(
        id,
        async (node, count) => {
          const spans: [number, number][] = [];
          for (let round = 0; round < count; round++) {
            const loader = async (): Promise<{ n: number }> => {
              const from = node.now();
              await pause(node, 8);
              spans.push([from, node.now()]);
              if (round % 2 === 0) throw new Error('not this time');
              return { n: round };
            };
            await outcomeOf(node.cache(owned).getOrLoad('k', loader));
            await outcomeOf(node.cache(owned).delete('k'));
          }
          return spans;
        },
        rounds,
      );
    const works = ['n1', 'n2'].map(load);
    await cluster.add();
    await cluster.kill('n3');
    await cluster.start('n3');
    await cluster.stop('n4');
    const spans = (await Promise.all(works)).flat().sort((a, b) => a[0] - b[0]);
    assert.ok(spans.length > 2);
    for (const [at, [from]] of spans.entries()) {
      if (at > 0) assert.ok(from >= spans[at - 1]![1], `a load began at ${from}, one ended at ${spans[at - 1]![1]}`);
    }
  },
);

inSimulation(
  'getOrLoad: the right to load is told again when the answer got lost',
  { nodes: 3, seeds: 5 },
  async (cluster) => {
    for (const from of ['n2', 'n3']) {
      const lost = await cluster.fault({ from, to: 'n1', verdict: { kind: 'drop' } });
      const loaded = cluster.run('n1', (node, key) => node.cache(owned).getOrLoad(key, () => ({ n: 1 })), from);
      await cluster.advance(100);
      await lost[Symbol.asyncDispose]();
      assert.deepEqual(await loaded, { n: 1 });
    }
  },
);

inEachWorld('watch, entries, size, ttl: the same on every node', { nodes: 3 }, async (cluster) => {
  await cluster.run('n3', (node) => {
    node
      .cache(owned)
      .watch(({ key, before, after }) => notes(node, 'changes').push([key, before?.n ?? null, after?.n ?? null]));
  });
  await cluster.run('n1', async (node) => {
    const cache = node.cache(owned);
    await cache.put('a', { n: 1 });
    await cache.put('a', { n: 2 });
    await cache.put(5, { n: 3 }, { ttlMs: 200 });
    await cache.delete('a');
  });
  assert.deepEqual(await cluster.run('n2', (node) => [...node.cache(owned).entries()]), [[5, { n: 3 }]]);
  await cluster.waitFor('the end of the entry', () => cluster.run('n3', (node) => notes(node, 'changes').length === 5));
  assert.deepEqual(await cluster.run('n3', (node) => notes(node, 'changes')), [
    ['a', null, 1],
    ['a', 1, 2],
    [5, null, 3],
    ['a', 2, null],
    [5, 3, null],
  ]);
  await cluster.settled();
  for (const id of ['n1', 'n2', 'n3']) {
    await cluster.waitFor(`nothing at ${id}`, () => cluster.run(id, (node) => node.cache(owned).size === 0));
  }
  assert.deepEqual(await cluster.run('n2', (node) => node.cache(owned).insertNew(5, { n: 9 })), {
    inserted: true,
    value: { n: 9 },
  });
});

inEachWorld(
  'keys are compared by value and type, and a key or value that does not fit is refused',
  { nodes: 2 },
  async (cluster) => {
    await cluster.run('n1', (node) => node.cache(owned).put(12, { n: 1 }));
    await cluster.run('n2', (node) => node.cache(owned).put('12', { n: 2 }));
    assert.deepEqual(await cluster.run('n1', (node) => [node.cache(owned).get(12), node.cache(owned).get('12')]), [
      { n: 1 },
      { n: 2 },
    ]);
    const codes = await cluster.run('n1', (node) =>
      Promise.all([
        outcomeOf(node.cache(owned).put(['a'] as never, { n: 1 })),
        outcomeOf(node.cache(counters).put(5 as never, 1)),
        outcomeOf(node.cache(counters).update('k', () => null as never)),
        outcomeOf(node.cache(counters).getOrLoad('k', () => 'x' as never)),
      ]),
    );
    assert.deepEqual(codes, ['InvalidValue', 'InvalidValue', 'InvalidValue', 'InvalidValue']);
  },
);
