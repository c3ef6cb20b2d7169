/** Partitions: who goes on, who is fenced, what heals (P8, P14 and what they mean for P4, P5, P7, P10), in both worlds. */
import assert from 'node:assert/strict';
import type { Cluster, NodeId } from '../../src/index.ts';
import {
  beacon,
  counters,
  ids,
  leader,
  merged,
  names,
  news,
  notes,
  outcomeOf,
  owned,
  pause,
  tallies,
} from '../support/app.ts';
import { inEachWorld, inSimulation } from '../support/worlds.ts';

const timing = { leaseMs: 1_000, marginMs: 200 };

function membersOf(cluster: Cluster): string {
  return cluster
    .view()
    .members.map(({ id }) => id)
    .sort()
    .join(' ');
}

async function untilMembersAre(cluster: Cluster, members: string): Promise<void> {
  await cluster.waitFor(`the members ${members}`, () => membersOf(cluster) === members);
}

function stateOf(cluster: Cluster, id: NodeId): string {
  const { state, incarnation } = cluster.nodes().find((node) => node.id === id)!;
  return `${state} ${incarnation}`;
}

async function untilOutside(cluster: Cluster, id: NodeId): Promise<void> {
  await cluster.waitFor(`${id} to be outside`, () => cluster.run(id, (node) => node.standing() === 'outside'));
}

/** Until the node has had time to say a few times that it lives, to whoever hears it. */
async function untilBeatsPass(cluster: Cluster, id: NodeId): Promise<void> {
  const start = await cluster.run(id, (node) => node.now());
  await cluster.waitFor(`${id} to go on`, () => cluster.run(id, (node, from) => node.now() >= from + 1_000, start));
}

/** How strong work of each kind ends on a node. */
function strongWork(cluster: Cluster, id: NodeId): Promise<Record<string, string>> {
  return cluster.run(id, async (node) => {
    const works = {
      put: node.cache(owned).put('strong', { n: 1 }),
      update: node.cache(counters).update('strong', (n) => (n ?? 0) + 1),
      insertNew: node.cache(owned).insertNew(`new on ${node.id} ${node.random()}`, { n: 1 }),
      read: node.cache(owned).read('strong'),
      register: node.registry(names).register(`on ${node.id} ${node.random()}`, { note: '' }),
      call: node.server(leader).call('where'),
      next: node.sequence(ids).next(),
      subscribe: node.subscribe(news(), () => undefined),
    };
    const ends = await Promise.all(
      Object.entries(works).map(async ([name, work]) => [name, await outcomeOf(work)] as const),
    );
    return Object.fromEntries(ends);
  });
}

function outcomes(outcome: string): Record<string, string> {
  const kinds = ['put', 'update', 'insertNew', 'read', 'register', 'call', 'next', 'subscribe'];
  return Object.fromEntries(kinds.map((kind) => [kind, outcome]));
}

inEachWorld(
  'a partition: the larger side goes on, the other is refused strong work, reads and merged writes go on, heal merges',
  { nodes: 5, seeds: 5, timing },
  async (cluster) => {
    await cluster.run('n1', (node) => node.cache(owned).put('before', { n: 7 }));
    await cluster.run('n4', (node) =>
      node
        .registry(names)
        .register('held by n4', { note: '' })
        .then(() => undefined),
    );
    await cluster.partition([
      ['n1', 'n2', 'n3'],
      ['n4', 'n5'],
    ]);
    await cluster.run('n4', (node) => node.cache(merged).put('from n4', { by: 'n4', n: 1 }));
    await untilMembersAre(cluster, 'n1 n2 n3');
    assert.equal(stateOf(cluster, 'n4'), 'cut off 1');
    assert.deepEqual(await strongWork(cluster, 'n4'), outcomes('NotPrimary'));
    assert.deepEqual(await strongWork(cluster, 'n2'), outcomes('ok'));
    await cluster.settled();

    await cluster.run('n5', (node) => node.cache(merged).put('from n5', { by: 'n5', n: 2 }));
    await cluster.run('n1', (node) => node.cache(merged).put('from n1', { by: 'n1', n: 3 }));
    assert.deepEqual(await cluster.run('n4', (node) => node.cache(owned).get('before')), { n: 7 });
    await cluster.waitFor('n4 to see what n5 put', () =>
      cluster.run('n4', (node) => node.cache(merged).has('from n5')),
    );
    assert.equal(await cluster.run('n1', (node) => node.registry(names).lookup('held by n4')), undefined);
    await cluster.run('n1', (node) => node.cache(owned).put('before', { n: 8 }));

    await cluster.heal();
    await cluster.settled({ deadlineMs: 20_000 });
    assert.equal(stateOf(cluster, 'n4'), 'up 2');
    assert.equal(membersOf(cluster), 'n1 n2 n3 n4 n5');
    for (const id of ['n1', 'n2', 'n3', 'n4', 'n5']) {
      const seen = await cluster.run(id, (node) => ({
        merged: [...node.cache(merged).entries()].map(([key, { n }]) => `${key} ${n}`).sort(),
        owned: node.cache(owned).get('before'),
      }));
      assert.deepEqual(seen, { merged: ['from n1 3', 'from n4 1', 'from n5 2'], owned: { n: 8 } }, id);
    }
    assert.deepEqual(await strongWork(cluster, 'n4'), outcomes('ok'));
  },
);

inEachWorld(
  'at most one: a singleton cut off acts no more before it acts on the other side, with a greater token',
  { nodes: 3, seeds: 10, timing },
  async (cluster) => {
    const home = await cluster.run('n1', (node) => node.server(beacon).call('where'));
    const acts = (id: NodeId): Promise<[number, number][]> =>
      cluster.run(id, (node) => notes<[number, number]>(node, 'acts'));
    await cluster.waitFor('it to act', async () => (await acts(home)).length > 0);
    await cluster.run('n1', (node) => {
      node.server(beacon).cast('tellAfter', 1_800);
    });
    await cluster.partition([[home], ['n1', 'n2', 'n3'].filter((id) => id !== home)]);
    const others = ['n1', 'n2', 'n3'].filter((id) => id !== home);
    const next = await cluster.waitFor('it to act elsewhere', async () => {
      for (const id of others) if ((await acts(id)).length > 0) return id;
      return undefined;
    });
    await untilOutside(cluster, home);
    const before = (await acts(home)).at(-1)!;
    const after = (await acts(next))[0]!;
    assert.ok(before[0] < after[0], `it acted at ${before[0]} on ${home} and from ${after[0]} on ${next}`);
    assert.ok(before[1] < after[1], 'the token grows');
    await cluster.waitFor('the effect to be refused', async () => {
      const effects = await cluster.run(home, (node) => notes<string>(node, 'effects'));
      return effects.length > 0 && effects.every((effect) => effect === 'NotPrimary');
    });
    assert.deepEqual((await acts(home)).at(-1), before, 'it acts no more');
    await cluster.heal();
    await cluster.settled({ deadlineMs: 20_000 });
    const holders = await Promise.all(
      ['n1', 'n2', 'n3'].map((id) => cluster.run(id, (node) => node.server(beacon).where())),
    );
    assert.equal(new Set(holders).size, 1, `all agree where it runs: ${holders.join(' ')}`);
  },
);

inEachWorld(
  'an exact tie is decided: the side with the oldest member goes on, and only if the authority is on it',
  { nodes: 4, seeds: 3, timing },
  async (cluster) => {
    await cluster.partition([
      ['n3', 'n4'],
      ['n1', 'n2'],
    ]);
    await untilMembersAre(cluster, 'n1 n2');
    assert.equal((await strongWork(cluster, 'n1')).put, 'ok');
    assert.equal((await strongWork(cluster, 'n3')).put, 'NotPrimary');
    await cluster.heal();
    await cluster.settled({ deadlineMs: 20_000 });
    assert.equal(membersOf(cluster), 'n1 n2 n3 n4');
  },
);

inEachWorld(
  'without a majority at the authority nobody goes on, nobody is evicted, and after the heal everybody goes on',
  { nodes: 3, seeds: 3, timing },
  async (cluster) => {
    const home = await cluster.run('n1', (node) => node.server(beacon).call('where'));
    await cluster.partition([
      ['authority', 'n1'],
      ['n2', 'n3'],
    ]);
    for (const id of ['n1', 'n2', 'n3']) await untilOutside(cluster, id);
    for (const id of ['n1', 'n2', 'n3']) assert.deepEqual(await strongWork(cluster, id), outcomes('NotPrimary'), id);
    assert.equal(membersOf(cluster), 'n1 n2 n3');
    await cluster.heal();
    await cluster.settled({ deadlineMs: 20_000 });
    for (const id of ['n1', 'n2', 'n3']) {
      assert.equal(stateOf(cluster, id), 'up 1');
      assert.deepEqual(await strongWork(cluster, id), outcomes('ok'), id);
    }
    assert.equal(await cluster.run('n1', (node) => node.server(beacon).call('where')), home);
  },
);

inEachWorld(
  'one way: a node that hears nobody, or that nobody hears, is evicted, stays outside, and comes back after the heal',
  { nodes: 3, seeds: 3, timing },
  async (cluster) => {
    for (const [at, oneWay] of [
      { from: ['n3'], to: ['n1', 'n2', 'authority'], oneWay: true },
      { from: ['n1', 'n2', 'authority'], to: ['n3'], oneWay: true },
    ].entries()) {
      await cluster.partition([oneWay]);
      await untilMembersAre(cluster, 'n1 n2');
      await untilOutside(cluster, 'n3');
      assert.equal((await strongWork(cluster, 'n1')).update, 'ok');
      await untilBeatsPass(cluster, 'n3');
      assert.equal(stateOf(cluster, 'n3'), `cut off ${at + 1}`);
      await cluster.heal();
      await cluster.settled({ deadlineMs: 20_000 });
      assert.equal(stateOf(cluster, 'n3'), `up ${at + 2}`);
    }
  },
);

inEachWorld(
  'partial: of two that reach the authority but not each other the younger goes, also when it is cut one way',
  { nodes: 4, seeds: 3, timing },
  async (cluster) => {
    for (const [at, oneWay] of [false, true].entries()) {
      await cluster.partition([{ from: ['n2'], to: ['n4'], oneWay }]);
      await untilMembersAre(cluster, 'n1 n2 n3');
      assert.equal((await strongWork(cluster, 'n2')).update, 'ok');
      await cluster.heal();
      await cluster.settled({ deadlineMs: 20_000 });
      assert.equal(stateOf(cluster, 'n4'), `up ${at + 2}`);
      assert.equal(stateOf(cluster, 'n2'), 'up 1');
    }
  },
);

inEachWorld(
  'one way, between two: whoever went comes back only when the link is whole, and nobody waits for it meanwhile',
  { nodes: 4, seeds: 3, timing },
  async (cluster) => {
    for (const [at, oneWay] of [
      { from: ['n4'], to: ['n2'], oneWay: true },
      { from: ['n2'], to: ['n4'], oneWay: true },
    ].entries()) {
      await cluster.partition([oneWay]);
      const isLearning = (): boolean =>
        cluster.view().members.some((member) => member.incarnation === at + 2 && member.state === 'joining');
      await cluster.waitFor('n4 is here again, to learn', isLearning, { deadlineMs: 20_000 });
      const { epoch } = cluster.view();
      await cluster.run('n1', (node, ms) => pause(node, ms), 3 * timing.leaseMs);
      assert.equal(stateOf(cluster, 'n4'), `starting ${at + 2}`);
      assert.equal(cluster.view().epoch, epoch, 'it comes and goes');
      for (const id of ['n1', 'n2', 'n3']) assert.deepEqual(await strongWork(cluster, id), outcomes('ok'), id);
      await cluster.heal();
      await cluster.settled({ deadlineMs: 20_000 });
      assert.equal(stateOf(cluster, 'n4'), `up ${at + 2}`);
    }
  },
);

inEachWorld(
  'a partition that is over before a lease is changes nothing',
  { nodes: 3, seeds: 3, timing: { leaseMs: 5_000 } },
  async (cluster) => {
    await cluster.partition([['n3'], ['n1', 'n2']]);
    const put = cluster.run('n1', (node) => outcomeOf(node.cache(owned).put('k', { n: 1 })));
    await cluster.heal();
    assert.equal(await put, 'ok');
    await cluster.settled();
    assert.equal(stateOf(cluster, 'n3'), 'up 1');
    assert.equal(await cluster.run('n3', (node) => node.cache(owned).get('k')?.n), 1);
  },
);

inEachWorld(
  'a write and a call under way when a member is cut off are completed without it, once',
  { nodes: 4, seeds: 10, timing },
  async (cluster) => {
    await cluster.run('n1', (node) => node.server(tallies, 1).start());
    await cluster.partition([['n4'], ['n1', 'n2', 'n3']]);
    const work = ['n1', 'n2', 'n3'].map((id) =>
      cluster.run(id, async (node) => {
        const ends: string[] = [];
        for (let at = 0; at < 20; at++) {
          ends.push(await outcomeOf(node.cache(counters).update('under way', (n) => (n ?? 0) + 1)));
          ends.push(await outcomeOf(node.server(tallies, 1).call('add', 1)));
        }
        return ends.filter((end) => end !== 'ok');
      }),
    );
    assert.deepEqual((await Promise.all(work)).flat(), []);
    assert.equal(await cluster.run('n2', (node) => node.cache(counters).read('under way')), 60);
    assert.equal(await cluster.run('n3', (node) => node.server(tallies, 1).call('read')), 60);
    await cluster.heal();
    await cluster.settled({ deadlineMs: 20_000 });
    assert.equal(await cluster.run('n4', (node) => node.cache(counters).get('under way')), 60);
  },
);

inEachWorld(
  'a node that dies while it is cut off is known dead at once, and one that is started while cut off joins after the heal',
  { nodes: 3, seeds: 3, timing },
  async (cluster) => {
    await cluster.partition([['n3'], ['n1', 'n2']]);
    await cluster.kill('n3');
    await untilMembersAre(cluster, 'n1 n2');
    const started = cluster.start('n3');
    started.catch(() => undefined);
    assert.equal((await strongWork(cluster, 'n1')).put, 'ok');
    assert.match(stateOf(cluster, 'n3'), /^starting/);
    await cluster.heal();
    await started;
    await cluster.settled({ deadlineMs: 20_000 });
    assert.equal(stateOf(cluster, 'n3'), 'up 2');
  },
);

inSimulation(
  'what was written in the minority before a tombstone that is forgotten since is discarded and told; what is newer is kept',
  { nodes: 3, seeds: 3, timing },
  async (cluster) => {
    await cluster.run('n1', (node) => {
      for (const key of ['deleted', 'other']) node.cache(merged).put(key, { by: node.id, n: 1 });
    });
    await cluster.settled();
    await cluster.partition([['n3'], ['n1', 'n2']]);
    await untilMembersAre(cluster, 'n1 n2');
    await cluster.run('n3', (node) => node.cache(merged).put('too old', { by: node.id, n: 1 }));
    await cluster.run('n3', (node) => node.cache(merged).put('other', { by: node.id, n: 2 }));
    await cluster.advance(10);
    await cluster.run('n1', (node) => node.cache(merged).delete('deleted'));
    await cluster.advance(70_000);
    await cluster.run('n3', (node) => node.cache(merged).put('young', { by: node.id, n: 1 }));
    await cluster.heal();
    await cluster.settled({ deadlineMs: 20_000 });
    for (const id of ['n1', 'n2', 'n3']) {
      const entries = await cluster.run(id, (node) =>
        [...node.cache(merged).entries()].map(([key, { n }]) => `${key} ${n}`).sort(),
      );
      assert.deepEqual(entries, ['other 2', 'young 1'], id);
    }
    const told = cluster.log().filter(({ message }) => message.includes('older than the oldest tombstone'));
    assert.deepEqual(
      told.map(({ party, fields }) => [party, fields]),
      [['n3#2', { discarded: 2 }]],
    );
  },
);
