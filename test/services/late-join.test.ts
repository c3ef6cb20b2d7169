/** Late join under write load: nothing missing, nothing wiped, on any table (P6), in both worlds. */
import assert from 'node:assert/strict';
import type { Cluster, NodeId } from '../../src/index.ts';
import { counters, merged, names, notes, owned, pause, tallies } from '../support/app.ts';
import { inEachWorld } from '../support/worlds.ts';

/** Writes to every kind of table until told to end; what was acknowledged is noted. */
function write(cluster: Cluster, id: NodeId): Promise<void> {
  return cluster.run(id, (node) => {
    const errors = notes(node, 'errors');
    const loop = async (step: (at: number) => Promise<unknown> | void, waitMs: number): Promise<void> => {
      for (let at = 0; notes(node, 'end').length === 0; at++) {
        await step(at);
        await pause(node, waitMs);
      }
      notes(node, 'ended').push(1);
    };
    const key = (at: number): string => `${node.id} ${at}`;
    const loops = [
      loop((at) => {
        node.cache(merged).put(key(at), { by: node.id, n: at });
        if (at % 3 === 0) node.cache(merged).delete(key(at));
        else notes(node, 'merged').push(key(at));
      }, 1),
      loop(async (at) => {
        await node.cache(owned).put(key(at), { n: at });
        if (at % 3 === 0) await node.cache(owned).delete(key(at));
        else notes(node, 'owned').push(key(at));
      }, 0),
      loop(
        () =>
          node
            .cache(counters)
            .update('all', (count) => (count ?? 0) + 1)
            .then(() => notes(node, 'updates').push(1)),
        0,
      ),
      loop(async (at) => {
        if (at < 50) await node.registry(names).register(key(at), { note: node.id });
      }, 2),
      loop(
        () =>
          node
            .server(tallies, 1)
            .call('add', 1)
            .then(() => notes(node, 'adds').push(1)),
        0,
      ),
    ];
    for (const running of loops) running.catch((error) => errors.push(String(error)));
  });
}

inEachWorld(
  '2 → 3 → 4 → 6 nodes under write load: digests equal, nothing missing, nothing wiped, joiners caught up',
  { nodes: 2, seeds: 2 },
  async (cluster, world) => {
    await cluster.run('n1', (node) => node.server(tallies, 1).start());
    const bulk = world.size(600, 5_000);
    await cluster.run(
      'n1',
      (node, count) => {
        for (let at = 0; at < count; at++) node.cache(merged).put(at, { by: 'bulk', n: at });
      },
      bulk,
    );
    const writers = ['n1', 'n2'];
    for (const id of writers) await write(cluster, id);
    for (const atOnce of [1, 1, 2]) {
      await cluster.run('n1', (node) => pause(node, 30));
      const sizes = await cluster.run('n1', (node) => [node.cache(owned).size, node.registry(names).size]);
      const joined = await Promise.all(Array.from({ length: atOnce }, () => cluster.add()));
      for (const id of joined) {
        const at = await cluster.run(id, (node) => [
          node.cache(merged).size,
          node.cache(owned).size,
          node.registry(names).size,
        ]);
        assert.ok(at[0]! >= bulk, `${id} has ${at[0]} merged entries`);
        assert.ok(at[1]! >= sizes[0]! - 2, `${id} has ${at[1]} owned entries, n1 had ${sizes[0]} before`);
        assert.ok(at[2]! >= sizes[1]!, `${id} has ${at[2]} names, n1 had ${sizes[1]} before`);
      }
    }
    for (const id of writers) await cluster.run(id, (node) => void notes(node, 'end').push(1));
    for (const id of writers) {
      await cluster.waitFor(`the writers at ${id}`, () =>
        cluster.run(id, (node) => notes(node, 'ended').length + notes(node, 'errors').length >= 5),
      );
      assert.deepEqual(await cluster.run(id, (node) => notes(node, 'errors')), []);
    }
    await cluster.settled({ deadlineMs: 20_000 });
    const wanted = async (name: string): Promise<string[]> =>
      (
        await Promise.all(writers.map((id) => cluster.run(id, (node, book) => notes<string>(node, book).slice(), name)))
      ).flat();
    const [mergedKeys, ownedKeys, updates, adds] = [
      await wanted('merged'),
      await wanted('owned'),
      await wanted('updates'),
      await wanted('adds'),
    ];
    assert.ok(ownedKeys.length > 20 && updates.length > 20 && adds.length > 20);
    for (const id of ['n1', 'n2', 'n3', 'n4', 'n5', 'n6']) {
      const state = await cluster.run(
        id,
        (node, inMerged, inOwned) => ({
          missing: [
            ...inMerged.filter((key) => !node.cache(merged).has(key)),
            ...inOwned.filter((key) => !node.cache(owned).has(key)),
          ],
          sizes: [node.cache(merged).size, node.cache(owned).size],
          count: node.cache(counters).get('all'),
        }),
        mergedKeys,
        ownedKeys,
      );
      assert.deepEqual(
        state,
        { missing: [], sizes: [mergedKeys.length + bulk, ownedKeys.length], count: updates.length },
        id,
      );
      assert.equal(await cluster.run(id, (node) => node.server(tallies, 1).call('read')), adds.length);
    }
  },
);

inEachWorld(
  'a donor that dies while it gives is replaced, and nothing is missing',
  { nodes: 3, seeds: 3 },
  async (cluster, world) => {
    const count = world.size(1_500, 20_000);
    await cluster.run(
      'n1',
      (node, many) => {
        for (let at = 0; at < many; at++) node.cache(merged).put(at, { by: 'n1', n: at });
      },
      count,
    );
    await cluster.settled();
    const added = cluster.add();
    await cluster.waitFor('the learner', () => cluster.view().members.some(({ id }) => id === 'n4'));
    await Promise.all([cluster.kill('n2'), cluster.kill('n1')]);
    assert.equal(await added, 'n4');
    assert.equal(await cluster.run('n4', (node) => node.cache(merged).size), count);
    await cluster.settled();
  },
);
