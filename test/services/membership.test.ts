/** Membership: views, the states a node goes through, and P1, in both worlds. */
import assert from 'node:assert/strict';
import type { Cluster } from '../../src/index.ts';
import { merged, notes } from '../support/app.ts';
import { inEachWorld } from '../support/worlds.ts';

interface SeenView {
  readonly epoch: number;
  readonly members: readonly string[];
}

async function watchViews(cluster: Cluster, id: string): Promise<void> {
  await cluster.run(id, (node) => {
    node.onView(({ epoch, members }) => {
      const shown = members.map((member) => `${member.id}#${member.incarnation} ${member.state}`);
      notes(node, 'views').push({ epoch, members: shown });
    });
  });
}

function viewsOf(cluster: Cluster, id: string): Promise<SeenView[]> {
  return cluster.run(id, (node) => notes<SeenView>(node, 'views'));
}

/** What every node saw, by epoch; fails when two saw different members under one. */
function agree(all: readonly (readonly SeenView[])[]): Map<number, readonly string[]> {
  const byEpoch = new Map<number, readonly string[]>();
  for (const views of all) {
    for (const [at, { epoch, members }] of views.entries()) {
      assert.ok(at === 0 || epoch > views[at - 1]!.epoch, `epoch ${epoch} after ${views[at - 1]?.epoch}`);
      const known = byEpoch.get(epoch);
      if (known) assert.deepEqual(members, known, `two memberships under epoch ${epoch}`);
      byEpoch.set(epoch, members);
    }
  }
  return byEpoch;
}

inEachWorld(
  'views: epochs grow on every node and name the same members, while nodes are added, killed, stopped and started',
  { nodes: 3, seeds: 5 },
  async (cluster) => {
    const seen: SeenView[][] = [];
    for (const id of ['n1', 'n2', 'n3']) await watchViews(cluster, id);
    assert.equal(await cluster.add(), 'n4');
    await watchViews(cluster, 'n4');
    seen.push(await viewsOf(cluster, 'n2'));
    await Promise.all([cluster.kill('n2'), cluster.add()]);
    await watchViews(cluster, 'n5');
    await Promise.all([cluster.start('n2'), cluster.kill('n4')]);
    await watchViews(cluster, 'n2');
    seen.push(await viewsOf(cluster, 'n3'));
    await cluster.stop('n3');
    await cluster.settled();
    for (const id of ['n1', 'n2', 'n5']) seen.push(await viewsOf(cluster, id));
    const byEpoch = agree(seen);
    assert.deepEqual(byEpoch.get(cluster.view().epoch), ['n1#1 up', 'n2#2 up', 'n5#1 up']);
    assert.ok(cluster.view().epoch >= 9, `epoch ${cluster.view().epoch}`);
  },
);

inEachWorld(
  'join: a node is first a learner, then up; the first view has the founders up',
  { nodes: 2 },
  async (cluster) => {
    const first = cluster.view();
    assert.deepEqual(
      first.members.map(({ id, state }) => `${id} ${state}`),
      ['n1 up', 'n2 up'],
    );
    await watchViews(cluster, 'n1');
    await cluster.add();
    await cluster.waitFor('both views', async () => (await viewsOf(cluster, 'n1')).length >= 2);
    const views = await viewsOf(cluster, 'n1');
    assert.deepEqual(
      views.map(({ members }) => members.at(-1)),
      ['n3#1 joining', 'n3#1 up'],
    );
  },
);

inEachWorld('stop: a node is leaving, then gone, in the views and to the host', { nodes: 3 }, async (cluster) => {
  const states: string[] = [];
  const views: string[] = [];
  cluster.on((event) => {
    if (event.event === 'node' && event.node.id === 'n3') states.push(event.node.state);
    if (event.event === 'view') views.push(event.view.members.find(({ id }) => id === 'n3')?.state ?? 'gone');
  });
  await cluster.stop('n3');
  await cluster.settled();
  assert.deepEqual(views, ['leaving', 'gone']);
  assert.deepEqual(states, ['leaving', 'stopped']);
  assert.equal(await cluster.run('n1', (node) => node.view().members.length), 2);
});

inEachWorld(
  'kill: the node is out of the view when kill resolves, without a leaving view',
  { nodes: 3 },
  async (cluster) => {
    const before = cluster.view().epoch;
    await cluster.kill('n2');
    assert.equal(cluster.view().epoch, before + 1);
    assert.equal(cluster.view().cause, 'death n2');
    assert.deepEqual(
      cluster.view().members.map(({ id }) => id),
      ['n1', 'n3'],
    );
    await cluster.settled();
  },
);

inEachWorld('restart: the same id comes back as a new incarnation', { nodes: 2 }, async (cluster) => {
  await cluster.kill('n2');
  await cluster.start('n2');
  await cluster.restart('n2');
  const view = await cluster.run('n1', (node) =>
    node.view().members.map((member) => `${member.id}#${member.incarnation}`),
  );
  assert.deepEqual(view, ['n1#1', 'n2#3']);
  assert.equal(await cluster.run('n2', (node) => node.incarnation), 3);
});

inEachWorld(
  'the last node of four goes on alone when the others die at once, and others join it again',
  { nodes: 4 },
  async (cluster) => {
    await Promise.all(['n1', 'n2', 'n4'].map((id) => cluster.kill(id)));
    await cluster.settled();
    assert.deepEqual(
      cluster.view().members.map(({ id, state }) => `${id} ${state}`),
      ['n3 up'],
    );
    await Promise.all([cluster.start('n1'), cluster.start('n4')]);
    await cluster.settled();
    assert.equal(cluster.view().members.length, 3);
  },
);

inEachWorld('a learner whose only donor dies becomes the cluster', { nodes: 1, seeds: 5 }, async (cluster) => {
  let killed: Promise<void> | undefined;
  cluster.on((event) => {
    if (event.event === 'view' && event.view.members.some(({ state }) => state === 'joining'))
      killed ??= cluster.kill('n1');
  });
  const added = cluster.add();
  assert.equal(await added, 'n2');
  await killed;
  await cluster.settled();
});

inEachWorld(
  'onStop: hooks run once, the last registered first, at stop and not at kill',
  { nodes: 3 },
  async (cluster) => {
    const setUp = (id: string): Promise<void> =>
      cluster.run(id, (node) => {
        for (const word of ['first', 'second']) {
          node.onStop(() => {
            node.cache(merged).put(`${node.id} ${word}`, { by: node.id, n: notes(node, 'stops').push(word) });
          });
        }
      });
    await setUp('n2');
    await setUp('n3');
    await cluster.stop('n2');
    await cluster.kill('n3');
    await cluster.settled();
    const entries = await cluster.run('n1', (node) =>
      [...node.cache(merged).entries()].map(([key, { n }]) => [key, n]),
    );
    assert.deepEqual(entries.sort(), [
      ['n2 first', 2],
      ['n2 second', 1],
    ]);
  },
);
