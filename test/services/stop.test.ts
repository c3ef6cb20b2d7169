/** The orderly stop of a node: what it said last comes to the others, whatever the links do meanwhile, in both worlds. */
import assert from 'node:assert/strict';
import type { Cluster } from '../../src/index.ts';
import { delay, drop, type Verdict } from '../../src/ports/index.ts';
import { anything, merged, news, notes, pause } from '../support/app.ts';
import { inEachWorld } from '../support/worlds.ts';

const REST = ['n1', 'n3'];

/** Until disposed, the links from n2 to the others. */
async function disturb(cluster: Cluster, verdict: Verdict): Promise<AsyncDisposable> {
  const faults = await Promise.all(REST.map((to) => cluster.fault({ from: 'n2', to, verdict })));
  return {
    [Symbol.asyncDispose]: async () => {
      for (const fault of faults) await fault[Symbol.asyncDispose]();
    },
  };
}

/** Puts `before` now and `hook` while it stops. */
async function putBeforeAndAtStop(cluster: Cluster): Promise<void> {
  await cluster.run('n2', async (node) => {
    node.cache(merged).put('before', { by: node.id, n: 1 });
    node.onStop(() => node.cache(merged).put('hook', { by: node.id, n: 2 }));
    // Its frames have gone when this resolves.
    await pause(node, 5);
  });
}

async function assertBothAreHeld(cluster: Cluster): Promise<void> {
  for (const id of REST) {
    const held = await cluster.run(id, (node) => ['before', 'hook'].map((key) => node.cache(merged).get(key)?.n));
    assert.deepEqual(held, [1, 2], id);
  }
}

inEachWorld('stop: what a node put last is everywhere when it has gone', { nodes: 3 }, async (cluster) => {
  await putBeforeAndAtStop(cluster);
  await cluster.stop('n2');
  await assertBothAreHeld(cluster);
});

inEachWorld('stop: what a node put last is everywhere, on slow links too', { nodes: 3 }, async (cluster) => {
  await using _slow = await disturb(cluster, delay(150));
  await putBeforeAndAtStop(cluster);
  await cluster.stop('n2');
  await assertBothAreHeld(cluster);
});

inEachWorld(
  'stop: what was lost on the way to everybody is given again before the node goes',
  { nodes: 3 },
  async (cluster) => {
    {
      await using _lossy = await disturb(cluster, drop);
      await putBeforeAndAtStop(cluster);
    }
    await cluster.stop('n2');
    await assertBothAreHeld(cluster);
  },
);

inEachWorld(
  'stop: more than a link takes at once is everywhere when the node has gone',
  { nodes: 3, seeds: 2 },
  async (cluster) => {
    const count = 24;
    await using _slow = await disturb(cluster, delay(100));
    await cluster.run(
      'n2',
      (node, puts) => {
        node.onStop(async () => {
          for (let n = 0; n < puts; n++) {
            node.cache(anything).put(`k${n}`, { n, body: 'x'.repeat(1 << 19) });
            await pause(node, 1);
          }
        });
      },
      count,
    );
    await cluster.stop('n2');
    for (const id of REST) assert.equal(await cluster.run(id, (node) => node.cache(anything).size), count, id);
  },
);

inEachWorld('stop: what a hook publishes comes to every subscriber', { nodes: 3 }, async (cluster) => {
  for (const id of REST) {
    await cluster.run(id, async (node) => {
      await node.subscribe(news(), (message) => void notes(node, 'news').push(message.number));
    });
  }
  await cluster.run('n2', (node) => {
    node.onStop(() => void node.broadcast(news(), { from: node.id, number: 7 }));
  });
  await using _slow = await disturb(cluster, delay(100));
  await cluster.stop('n2');
  for (const id of REST) assert.deepEqual(await cluster.run(id, (node) => notes(node, 'news')), [7], id);
});
