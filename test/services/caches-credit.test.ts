/** Merged puts to a peer that is out of credit: each key is owed once, and comes as soon as there is room (P4, P12), in both worlds. */
import assert from 'node:assert/strict';
import { type Cluster, drop, type NodeId } from '../../src/index.ts';
import { anything, pause } from '../support/app.ts';
import { inEachWorld, inSimulation } from '../support/worlds.ts';

interface Big {
  readonly by: NodeId;
  readonly n: number;
  readonly body: string;
}

/** Few, since a digest of each replica reads all that it holds. */
const KEYS = 3;
const ROUNDS = 14;

async function counterOf(cluster: Cluster, id: NodeId, counter: string): Promise<number> {
  const { nodes } = await cluster.inspect();
  return nodes.find((node) => node.id === id)!.counters[counter]!;
}

/** What each key holds: who put it, and the how manyeth; `undefined` is nothing. */
function heldAt(cluster: Cluster, id: NodeId): Promise<(string | undefined)[]> {
  return cluster.run(
    id,
    (node, keys) =>
      Array.from({ length: keys }, (_, key) => {
        const held = node.cache(anything).get(`k${key}`) as Big | undefined;
        return held && `${held.by}/${held.n}`;
      }),
    KEYS,
  );
}

inEachWorld(
  'puts, deletes and what others put meanwhile all come to a peer that was out of credit, each key once',
  { nodes: 3, seeds: 2 },
  async (cluster, world) => {
    const paused = cluster.pause('n3', 1_200);
    // Each value is a megabyte: after eight of them the link to n3 is full.
    await cluster.run(
      'n1',
      async (node, keys, rounds) => {
        const cached = node.cache(anything);
        for (let n = 0; n < rounds; n++) {
          for (let key = 0; key < keys; key++) {
            cached.put(`k${key}`, { by: node.id, n, body: 'x'.repeat(1 << 20) });
            await new Promise<void>((resolve) => node.after(2, resolve));
          }
        }
        cached.delete('k1');
      },
      KEYS,
      ROUNDS,
    );
    // What is newer is its origin's to send.
    await cluster.run('n2', async (node) => {
      await pause(node, 5);
      node.cache(anything).put('k2', { by: node.id, n: 0, body: '' });
    });
    await paused;
    const last = `n1/${ROUNDS - 1}`;
    const expected = [last, undefined, 'n2/0'];
    await cluster.waitFor('n3 has caught up', async () => {
      const held = await heldAt(cluster, 'n3');
      return held.every((one, key) => one === expected[key]);
    });
    await cluster.settled();
    for (const id of ['n1', 'n2']) assert.deepEqual(await heldAt(cluster, id), expected, id);
    const [skipped, late] = [
      await counterOf(cluster, 'n1', 'mergedSkipped'),
      await counterOf(cluster, 'n1', 'mergedSentLate'),
    ];
    assert.ok(skipped > KEYS, `${skipped} were skipped`);
    assert.ok(late > 0 && late < skipped, `${late} were sent late of ${skipped} that were skipped`);
    // On real threads the machine decides how often n3 has room for some.
    if (world.kind !== 'simulation') return;
    assert.ok(late <= KEYS, `${late} were sent late, of ${KEYS} keys`);
    assert.equal(await counterOf(cluster, 'n1', 'mergedRepaired'), 0, 'nothing was given again');
  },
);

inEachWorld(
  'when one who wrote faster than a peer reads has done, that has all',
  { nodes: 2, seeds: 2 },
  async (cluster) => {
    const writes = 300;
    await cluster.run(
      'n1',
      async (node, count, keys) => {
        const cached = node.cache(anything);
        for (let n = 0; n < count; n++) {
          cached.put(`k${n % keys}`, { by: node.id, n, body: 'x'.repeat(1 << 18) });
          if (n % 40 === 39) await new Promise<void>((resolve) => node.after(1, resolve));
        }
      },
      writes,
      KEYS,
    );
    const expected = Array.from({ length: KEYS }, (_, key) => `n1/${writes - KEYS + key}`);
    await cluster.waitFor('n2 has all', async () => {
      const held = await heldAt(cluster, 'n2');
      return held.every((one, key) => one === expected[key]);
    });
    await cluster.settled();
  },
);

inSimulation(
  'what got lost on the way before a peer was out of credit is not taken for told when it has been sent what was skipped',
  { nodes: 3, seeds: 2 },
  async (cluster) => {
    {
      await using _lossy = await cluster.fault({ from: 'n1', to: 'n3', verdict: drop });
      await cluster.run('n1', async (node) => {
        for (let key = 0; key < 3; key++) node.cache(anything).put(`lost${key}`, { by: node.id, n: key, body: '' });
        await pause(node, 5);
      });
    }
    const paused = cluster.pause('n3', 900);
    await cluster.run(
      'n1',
      async (node, rounds) => {
        for (let n = 0; n < rounds; n++) {
          node.cache(anything).put('k', { by: node.id, n, body: 'x'.repeat(1 << 20) });
          await new Promise<void>((resolve) => node.after(2, resolve));
        }
      },
      30,
    );
    await paused;
    await cluster.settled();
    assert.ok((await counterOf(cluster, 'n1', 'mergedSentLate')) > 0, 'some were skipped');
    const held = await cluster.run('n3', (node) =>
      ['lost0', 'lost1', 'lost2', 'k'].map((key) => (node.cache(anything).get(key) as Big | undefined)?.n),
    );
    assert.deepEqual(held, [0, 1, 2, 29]);
  },
);
