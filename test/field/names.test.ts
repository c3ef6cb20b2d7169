/** What went wrong with names and look-ups for others, and does not here (docs/field.md: F6, F7, F13), in both worlds. */
import assert from 'node:assert/strict';
import type { MusterNode } from '../../src/index.ts';
import { leader, merged, names, notes, outcomeOf, owned, pause, tallies } from '../support/app.ts';
import { inEachWorld } from '../support/worlds.ts';

/** The type check covers this: each of these lines would be an error if it compiled. */
export function withoutItsId(node: MusterNode): (() => unknown)[] {
  return [
    // @ts-expect-error A server per key needs its key.
    () => node.server(tallies),
    // @ts-expect-error Its key is a number.
    () => node.server(tallies, '12'),
    // @ts-expect-error A name is not nothing.
    () => node.registry(names).register(undefined, { note: '' }),
    // @ts-expect-error A singleton has no key.
    () => node.server(leader, 12),
  ];
}

inEachWorld(
  'F6: a per-id server without its id does not compile, and is refused by name at run time',
  { nodes: 2, seeds: 1 },
  async (cluster) => {
    const refused = await cluster.run('n1', async (node) => {
      const tries = [
        async () => node.server(tallies as never),
        async () => node.server(tallies as never, undefined as never),
        async () => node.server(tallies, '12' as never),
        async () => node.registry(names).register(undefined as never, { note: '' }),
        async () => node.server(leader as never, 12 as never),
      ];
      return Promise.all(
        tries.map((attempt) =>
          attempt().then(
            () => 'passed',
            (error) => `${error.code} ${error.message}`,
          ),
        ),
      );
    });
    for (const at of [0, 1, 2]) assert.match(refused[at]!, /^InvalidValue key of server tally/);
    assert.match(refused[3]!, /^InvalidValue key of registry names/);
    assert.match(refused[4]!, /^InvalidValue key of server leader/);
    assert.deepEqual(await cluster.run('n2', (node) => node.registry(names).select()), []);
  },
);

inEachWorld(
  'F7: a cache entry that says "already started" outlives its node; the registry does not, and another takes over',
  { nodes: 3, seeds: 5 },
  async (cluster) => {
    const home = await cluster.run('n1', (node) => node.server(leader).call('where'));
    const others = ['n1', 'n2', 'n3'].filter((id) => id !== home);
    await cluster.run(home, async (node) => {
      node.cache(merged).put('bot started', { by: node.id, n: 1 });
      await node.cache(owned).put('bot started', { n: 1 });
      await node.registry(names).register('bot', { note: node.id });
    });
    await cluster.settled();
    await cluster.kill(home);
    await cluster.settled();
    const seen = await cluster.run(others[0]!, async (node) => ({
      merged: node.cache(merged).get('bot started')?.by,
      owned: node.cache(owned).get('bot started')?.n,
      holder: node.registry(names).lookup('bot')?.holder ?? 'nobody',
      register: await outcomeOf(node.registry(names).register('bot', { note: node.id })),
      leader: await node.server(leader).call('where'),
    }));
    assert.deepEqual(
      { ...seen, leader: others.includes(seen.leader) },
      { merged: home, owned: 1, holder: 'nobody', register: 'ok', leader: true },
    );
  },
);

inEachWorld(
  'F13: names that go while a joiner catches up over slow links are not there when it is up, nor ever after',
  { nodes: 3, seeds: 8 },
  async (cluster, world) => {
    const count = world.size(120, 600);
    await cluster.run(
      'n1',
      async (node, many) => {
        for (let at = 0; at < many; at++) {
          notes(node, 'held').push(await node.registry(names).register(`name ${at}`, { note: 'old' }));
        }
      },
      count,
    );
    await cluster.kill('n3');
    const slow = [
      await cluster.fault({ from: 'n1', to: 'n3', verdict: { kind: 'delay', ms: 40 } }),
      await cluster.fault({ from: 'n2', to: 'n3', verdict: { kind: 'delay', ms: 15 } }),
    ];
    const started = cluster.start('n3');
    await cluster.waitFor('the learner', () => cluster.view().members.some(({ id }) => id === 'n3'));
    const freeing = cluster.run('n1', async (node) => {
      const held = notes<{ unregister(): Promise<void> }>(node, 'held');
      for (let at = 0; at < held.length; at += 2) {
        void held[at]!.unregister().then(() => notes(node, 'freed').push(at));
        await pause(node, 1);
      }
      while (notes(node, 'freed').length < held.length / 2) await pause(node, 5);
    });
    await started;
    await cluster.run('n3', (node) => {
      node.registry(names).watch(({ key, after }) => {
        if (after) notes(node, 'back').push(key);
      });
    });
    await freeing;
    const left = Array.from({ length: count / 2 }, (_, at) => `name ${2 * at + 1}`).sort();
    const keysAt = (id: string): Promise<string[]> =>
      cluster.run(id, (node) =>
        node
          .registry(names)
          .select()
          .map(({ key }) => key)
          .sort(),
      );
    assert.deepEqual(await keysAt('n3'), left, 'when all had been freed');
    for (const fault of slow) await fault[Symbol.asyncDispose]();
    await cluster.settled();
    for (const id of ['n1', 'n2', 'n3']) assert.deepEqual(await keysAt(id), left, id);
    assert.deepEqual(await cluster.run('n3', (node) => notes(node, 'back')), [], 'names that came back');
  },
);
