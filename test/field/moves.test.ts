/** What went wrong with what moves for others, and does not here (docs/field.md: F8, F11, F17, F25, F27), in both worlds. */
import assert from 'node:assert/strict';
import type { Cluster, NodeId } from '../../src/index.ts';
import { loose, tallies } from '../support/app.ts';
import { inEachWorld } from '../support/worlds.ts';
import { counts, limited, notes, outcomeOf, pause, results, rules, seats } from './app.ts';
import { inEachFieldWorld } from './worlds.ts';

const timing = { leaseMs: 1_000, marginMs: 200 };

function keysUpTo(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}

async function startTallies(cluster: Cluster, keys: readonly number[]): Promise<void> {
  await cluster.run(
    'n1',
    async (node, wanted) => {
      await Promise.all(wanted.map((key) => node.server(tallies, key).start()));
      await Promise.all(wanted.map((key) => node.server(tallies, key).call('add', key + 1)));
    },
    keys,
  );
}

/** Ids of the instances that run, of all nodes, sorted. */
async function running(cluster: Cluster, prefix: string): Promise<string[]> {
  const { nodes, missing } = await cluster.inspect();
  assert.deepEqual(missing, []);
  const ids = nodes.flatMap(({ servers }) => servers.map(({ server }) => server));
  return ids.filter((id) => id.startsWith(prefix)).sort();
}

inEachWorld(
  'F8: of 30 servers none is lost or doubled by a partition and its heal, and each keeps its state',
  { nodes: 5, seeds: 4, timing },
  async (cluster) => {
    const keys = keysUpTo(30);
    await startTallies(cluster, keys);
    await cluster.partition([
      ['n1', 'n2', 'n3'],
      ['n4', 'n5'],
    ]);
    await cluster.waitFor('the eviction', () => cluster.view().members.length === 3);
    const meanwhile = await cluster.run(
      'n2',
      (node, wanted) => Promise.all(wanted.map((key) => node.server(tallies, key).call('add', 100))),
      keys,
    );
    assert.deepEqual(
      meanwhile,
      keys.map((key) => key + 101),
      'all of them run on the side that goes on',
    );
    await cluster.heal();
    await cluster.settled({ deadlineMs: 20_000 });
    assert.deepEqual(await running(cluster, 'tally/'), keys.map((key) => `tally/${key}`).sort());
    for (const id of ['n1', 'n5']) {
      const sums = await cluster.run(
        id,
        (node, wanted) => Promise.all(wanted.map((key) => node.server(tallies, key).call('read'))),
        keys,
      );
      assert.deepEqual(
        sums,
        keys.map((key) => key + 101),
        `as ${id} reads`,
      );
    }
  },
);

inEachWorld(
  'F11: a state that was handed over by a stop is there again when its new host dies at once',
  { nodes: 4, seeds: 5 },
  async (cluster) => {
    const keys = keysUpTo(12);
    await startTallies(cluster, keys);
    const homes = (): Promise<(NodeId | undefined)[]> =>
      cluster.run('n1', (node, wanted) => wanted.map((key) => node.server(tallies, key).where()), keys);
    const before = await homes();
    await cluster.stop('n3');
    const heir = (await homes()).find((home, at) => before[at] === 'n3' && home !== 'n1');
    const victim = heir ?? 'n4';
    await cluster.kill(victim);
    const sums = await cluster.run(
      'n1',
      (node, wanted) => Promise.all(wanted.map((key) => node.server(tallies, key).call('read'))),
      keys,
    );
    assert.deepEqual(
      sums,
      keys.map((key) => key + 1),
    );
  },
);

inEachFieldWorld(
  'F17: nodes stop and start in turn under load: no server ever runs twice, no state is overwritten',
  { nodes: 4, seeds: 4 },
  async (cluster, world) => {
    const keys = keysUpTo(world.size(12, 20));
    await cluster.run('n1', (node, all) => Promise.all(all.map((key) => node.server(seats, key).start())), keys);
    const load = cluster.run(
      'n1',
      async (node, all) => {
        const added = all.map(() => 0);
        const errors: string[] = [];
        while ((await node.cache(counts).read('end')) !== 1) {
          await Promise.all(
            all.map(async (key, at) => {
              const outcome = await outcomeOf(node.server(seats, key).call('add', 1));
              if (outcome === 'ok') added[at]! += 1;
              else errors.push(outcome);
            }),
          );
          await pause(node, 2);
        }
        return { added, errors };
      },
      keys,
    );
    for (const id of ['n2', 'n3', 'n4']) {
      await cluster.stop(id);
      await cluster.start(id);
    }
    await cluster.run('n2', (node) => node.cache(counts).put('end', 1));
    const { added, errors } = await load;
    assert.deepEqual(errors, []);
    await cluster.settled({ deadlineMs: 20_000 });
    const seen = await cluster.run(
      'n3',
      async (node, all) => ({
        doubled: node.cache(counts).get('doubled') ?? 0,
        running: all.map((key) => node.cache(counts).get(`runs ${key}`)),
        points: await Promise.all(all.map((key) => node.server(seats, key).call('read'))),
      }),
      keys,
    );
    assert.deepEqual(seen, { doubled: 0, running: keys.map(() => 1), points: added });
    assert.ok(Math.min(...added) > 3, `calls answered: ${added.join(' ')}`);
  },
);

inEachFieldWorld(
  'F17: a turn that outlasts what a move waits for has no effect once the next instance has begun',
  { nodes: 2, seeds: 3 },
  async (cluster, world) => {
    const keys = keysUpTo(16);
    await cluster.run(
      'n1',
      async (node, all, waitMs) => {
        await node.subscribe(results(), ({ number }) => notes(node, 'heard').push(number));
        for (const key of all) {
          await node.server(seats, key).start();
          node.server(seats, key).cast('tellLater', waitMs);
        }
      },
      keys,
      world.size(8_000, 14_000),
    );
    await cluster.settled();
    await cluster.add();
    const ownedBy = (id: NodeId): Promise<number[]> =>
      cluster.run(
        'n1',
        (node, all, heir) => all.filter((key) => node.view().owner(`server|seat/${key}`)?.startsWith(`${heir}#`)),
        keys,
        id,
      );
    await cluster.settled({ deadlineMs: 15_000 });
    const moved = await ownedBy('n3');
    assert.ok(moved.length > 0);
    assert.deepEqual(await cluster.run('n1', (node) => notes(node, 'heard')), [], 'the long turns go on');
    const first = cluster.run('n1', (node, key) => node.server(seats, key).call('add', 1), moved[0]!);
    assert.equal(await first, 1, 'the next instance has begun');
    const others = keys.filter((key) => !moved.includes(key));
    const heard = (): Promise<number[]> => cluster.run('n1', (node) => notes<number>(node, 'heard').slice());
    await cluster.waitFor(
      'the turns of the others',
      async () => {
        const now = await heard();
        return others.every((key) => now.includes(key));
      },
      { deadlineMs: 20_000 },
    );
    // The turn of an instance that has ended is told that it has: its promise of an effect rejects, and that is the end of it.
    await cluster.run('n1', (node) => pause(node, 500));
    assert.deepEqual(
      (await heard()).filter((key) => moved.includes(key)),
      [],
    );
  },
);

inEachFieldWorld(
  'F25: a kept state that does not validate any more is set aside and named in the log, and its server starts anew',
  { nodes: 3, seeds: 3 },
  async (cluster, _world, logged) => {
    const home = await cluster.run('n1', async (node) => {
      for (const key of [1, 2]) await node.server(limited, key).start();
      await node.server(limited, 1).call('add', 1_000);
      await node.server(limited, 2).call('add', 10);
      return node.server(limited, 1).where()!;
    });
    const others = ['n1', 'n2', 'n3'].filter((id) => id !== home);
    try {
      for (const id of others) {
        await cluster.run(id, () => {
          rules.most = 100;
        });
      }
      await cluster.kill(home);
      const read = (id: NodeId): Promise<number[]> =>
        cluster.run(id, (node) => Promise.all([1, 2].map((key) => node.server(limited, key).call('read'))));
      assert.deepEqual(await read(others[0]!), [0, 10], 'the bad one starts anew, the good one goes on');
      await cluster.waitFor('the log', () => logged().includes('was set aside'));
      assert.match(logged(), /was set aside[^}]*limited\/1/);
      assert.doesNotMatch(logged(), /was set aside[^}]*limited\/2/);
      await cluster.start(home);
      await cluster.run(home, () => {
        rules.most = 100;
      });
      await cluster.settled();
      assert.equal(await cluster.run(home, (node) => node.server(limited, 1).call('add', 5)), 5);
    } finally {
      rules.most = Number.POSITIVE_INFINITY;
    }
  },
);

inEachWorld(
  'F27: what a dead node held is shared out among all who are left, and nothing else moves',
  { nodes: 4, seeds: 4 },
  async (cluster) => {
    const keys = keysUpTo(120);
    await cluster.run('n1', (node, all) => Promise.all(all.map((key) => node.server(loose, key).start())), keys);
    const homes = async (): Promise<(NodeId | undefined)[]> => {
      await cluster.settled();
      return cluster.run('n1', (node, all) => all.map((key) => node.server(loose, key).where()), keys);
    };
    const before = await homes();
    await cluster.kill('n4');
    const after = await homes();
    const heirs = new Map<string, number>();
    before.forEach((home, at) => {
      if (home === 'n4') heirs.set(after[at]!, (heirs.get(after[at]!) ?? 0) + 1);
      else assert.equal(after[at], home, `key ${at}`);
    });
    const orphans = before.filter((home) => home === 'n4').length;
    assert.ok(orphans >= 12, `n4 had ${orphans} of 120`);
    assert.equal(heirs.size, 3, 'each of those left takes some');
    for (const [heir, count] of heirs) assert.ok(count < 0.7 * orphans, `${heir} took ${count} of ${orphans}`);
    await cluster.start('n4');
    assert.deepEqual(await homes(), before, 'when it is back, it has what it had');
  },
);
