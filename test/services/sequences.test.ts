/** Sequences: never an id twice, whoever dies when (P10), in both worlds. */
import assert from 'node:assert/strict';
import type { Cluster, NodeId } from '../../src/index.ts';
import { ids, manyIds, notes, pause } from '../support/app.ts';
import { inEachWorld, inSimulation } from '../support/worlds.ts';

const ALL = ['n1', 'n2', 'n3', 'n4'];

/** Takes ids until told to end; what was taken is read while it goes on, so a kill loses little. */
async function take(cluster: Cluster, id: NodeId, count: number): Promise<number[]> {
  return cluster.run(
    id,
    async (node, many) => {
      const taken: number[] = [];
      while (taken.length < many) taken.push(await node.sequence(manyIds).next());
      return taken;
    },
    count,
  );
}

inEachWorld(
  '1,000,000 ids on threads from 4 nodes with kills in between: no duplicate, growing per node',
  { nodes: 4, seeds: 2 },
  async (cluster, world) => {
    const chunk = world.size(2_000, 50_000);
    const all: number[] = [];
    const rounds = 5;
    for (let round = 0; round < rounds; round++) {
      const parts = await Promise.all(ALL.map((id) => take(cluster, id, chunk)));
      for (const part of parts) {
        for (let at = 1; at < part.length; at++) assert.ok(part[at]! > part[at - 1]!);
        for (const id of part) all.push(id);
      }
      const lost = take(cluster, ALL[round % 4]!, chunk).catch(() => []);
      await cluster.kill(ALL[round % 4]!);
      await lost;
      await cluster.start(ALL[round % 4]!);
    }
    assert.equal(all.length, rounds * 4 * chunk);
    assert.equal(new Set(all).size, all.length);
    assert.ok(all.every((id) => Number.isInteger(id) && id > 0 && id < 2 ** 31));
  },
);

inEachWorld(
  'many at once on one node get different ids, each larger than those resolved before',
  { nodes: 2, seeds: 5 },
  async (cluster) => {
    const taken = await cluster.run('n1', async (node) => {
      await Promise.all(
        Array.from({ length: 2_000 }, () =>
          node
            .sequence(ids)
            .next()
            .then((id) => notes(node, 'ids').push(id)),
        ),
      );
      return notes<number>(node, 'ids').slice();
    });
    assert.equal(new Set(taken).size, 2_000);
    for (let at = 1; at < taken.length; at++) assert.ok(taken[at]! > taken[at - 1]!);
  },
);

inEachWorld('with a store: no duplicate either', { nodes: 3, store: true, seeds: 2 }, async (cluster, world) => {
  const chunk = world.size(3_000, 20_000);
  const first = await Promise.all(['n1', 'n2', 'n3'].map((id) => take(cluster, id, chunk)));
  await cluster.kill('n2');
  await cluster.start('n2');
  const second = await Promise.all(['n1', 'n2', 'n3'].map((id) => take(cluster, id, chunk)));
  const all = [...first, ...second].flat();
  assert.equal(new Set(all).size, all.length);
});

inSimulation(
  'a reservation whose answer is lost is asked again and wastes nothing; one that cannot be made rejects, and the next works',
  // A lease that outlasts the reservation, which else would be given up with it.
  { nodes: 2, seeds: 5, timing: { leaseMs: 20_000 } },
  async (cluster) => {
    const cut = async (): Promise<AsyncDisposable[]> => [
      await cluster.fault({ from: 'authority', to: 'n1', verdict: { kind: 'drop' } }),
    ];
    let faults = await cut();
    const first = cluster.run('n1', (node) => node.sequence(ids).next());
    await cluster.advance(700);
    for (const fault of faults) await fault[Symbol.asyncDispose]();
    assert.equal(await first, 1);
    faults = await cut();
    const outcome = await cluster.run('n1', async (node) => {
      const taken: number[] = [];
      try {
        for (;;) taken.push(await node.sequence(ids).next());
      } catch (error) {
        return { code: (error as { code: string }).code, last: taken.at(-1)! };
      }
    });
    assert.equal(outcome.code, 'Timeout');
    for (const fault of faults) await fault[Symbol.asyncDispose]();
    const next = await cluster.run('n1', async (node) => {
      await pause(node, 1);
      return node.sequence(ids).next();
    });
    assert.ok(next > outcome.last);
  },
);
