/** What went wrong with whole nodes for others, and does not here (docs/field.md: F12, F19, F20, F22, F24, F28), in both worlds. */
import assert from 'node:assert/strict';
import type { Cluster } from '../../src/index.ts';
import { counters, merged, names, news, notes, outcomeOf, owned, pause, places, tallies } from '../support/app.ts';
import { inEachWorld, onThreads } from '../support/worlds.ts';
import { reporter } from './app.ts';
import { inEachFieldWorld } from './worlds.ts';

inEachWorld(
  'F12: four nodes that join at once do not wait for one another, nor for a fifth that is stuck',
  { nodes: 3, seeds: 4 },
  async (cluster) => {
    await cluster.run('n1', (node) => {
      for (let at = 0; at < 500; at++) node.cache(merged).put(at, { by: 'n1', n: at });
    });
    await cluster.kill('n3');
    const deaf = [
      await cluster.fault({ from: 'n1', to: 'n3', verdict: { kind: 'drop' } }),
      await cluster.fault({ from: 'n2', to: 'n3', verdict: { kind: 'drop' } }),
    ];
    const stuck = cluster.start('n3');
    await cluster.waitFor('the stuck learner', () => cluster.view().members.some(({ id }) => id === 'n3'));
    const joined = await Promise.all([cluster.add(), cluster.add(), cluster.add(), cluster.add()]);
    assert.deepEqual(joined.sort(), ['n4', 'n5', 'n6', 'n7']);
    for (const id of joined) assert.equal(await cluster.run(id, (node) => node.cache(merged).size), 500, id);
    assert.equal(await cluster.run('n4', (node) => outcomeOf(node.cache(owned).put('k', { n: 1 }))), 'ok');
    assert.equal(cluster.nodes().find(({ id }) => id === 'n3')!.state, 'starting');
    for (const fault of deaf) await fault[Symbol.asyncDispose]();
    await stuck;
    await cluster.settled();
  },
);

onThreads(
  'F19: 600 MB for a node that does not read leave the memory of the process where it was',
  { nodes: 2, timing: { hungMs: Number.POSITIVE_INFINITY, leaseMs: 60_000 } },
  async (cluster) => {
    await cluster.run('n2', (node) => node.subscribe(news(), () => notes(node, 'heard').push(1)).then(() => undefined));
    const flood = (count: number): Promise<{ dropped: number; rss: number }> =>
      cluster.run(
        'n1',
        async (node, many) => {
          const from = 'x'.repeat(1 << 20);
          let dropped = 0;
          for (let number = 0; number < many; number++) {
            if (!node.broadcast(news(), { from, number })) dropped += 1;
            await node.turn(() => undefined);
            await pause(node, 0);
          }
          return { dropped, rss: process.memoryUsage.rss() };
        },
        count,
      );
    const before = await flood(20);
    const paused = cluster.pause('n2', 6_000);
    const { dropped, rss } = await flood(600);
    assert.ok(dropped > 500, `${dropped} of 600 were dropped`);
    const grownMb = (rss - before.rss) / (1 << 20);
    assert.ok(grownMb < 200, `the process grew by ${grownMb.toFixed(0)} MB`);
    await paused;
  },
);

inEachWorld(
  'F20: whatever is asked while a node dies settles, and what is asked afterwards is answered',
  { nodes: 3, seeds: 8 },
  async (cluster) => {
    await cluster.run('n1', (node) => Promise.all([1, 2, 3, 4].map((key) => node.server(tallies, key).start())));
    const asking = cluster.run('n1', async (node) => {
      const works: Promise<string>[] = [];
      for (let at = 0; at < 60; at++) {
        works.push(
          outcomeOf(node.cache(owned).put(at, { n: at })),
          outcomeOf(node.cache(counters).update('asked', (n) => (n ?? 0) + 1)),
          outcomeOf(node.registry(names).register(`name ${at}`, { note: '' })),
          outcomeOf(node.server(tallies, 1 + (at % 4)).call('add', 1)),
          outcomeOf(node.subscribe(news(), () => undefined)),
        );
        await pause(node, 0.5);
      }
      return Promise.all(works);
    });
    await cluster.kill('n2');
    const ends = await asking;
    assert.equal(ends.length, 300);
    assert.deepEqual(
      ends.filter((end) => end !== 'ok'),
      [],
      'all of these are asked again until they are answered',
    );
    await cluster.settled();
    assert.equal(await cluster.run('n3', (node) => node.cache(counters).get('asked')), 60);
  },
);

inEachFieldWorld(
  'F22: asking all nodes while one dies gives the answers of the others and names the one that is missing',
  { nodes: 4, seeds: 4 },
  async (cluster) => {
    const asking = cluster.run('n1', async (node) => {
      const members = node.view().members.map(({ id }) => id);
      const asked = await Promise.allSettled(members.map((id) => node.server(reporter, id).call('report', 400)));
      const results = asked.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
      const missing = asked.flatMap((end, at) =>
        end.status === 'rejected' ? [`${members[at]} ${end.reason.code} ${end.reason.outcome}`] : [],
      );
      return { results, missing };
    });
    await cluster.run('n1', (node) => pause(node, 50));
    await cluster.kill('n3');
    assert.deepEqual(await asking, { results: ['n1', 'n2', 'n4'], missing: ['n3 NodeDown unknown'] });
  },
);

inEachWorld(
  'F22: inspect names the node that did not answer, and tells what the others said',
  { nodes: 3, seeds: 2, timing: { leaseMs: 20_000, hungMs: Number.POSITIVE_INFINITY } },
  async (cluster) => {
    const paused = cluster.pause('n2', 4_000);
    const { nodes, missing } = await cluster.inspect();
    assert.deepEqual([nodes.map(({ id }) => id), missing], [['n1', 'n3'], ['n2']]);
    await paused;
    assert.deepEqual((await cluster.inspect()).missing, []);
  },
);

/** Starts what runs already and registers what is taken, so many times. */
function startAgain(cluster: Cluster, times: number): Promise<string[]> {
  return cluster.run(
    'n2',
    async (node, count) => {
      const ends = new Set<string>();
      for (let at = 0; at < count; at += 100) {
        const works = Array.from({ length: 100 }, () => [
          outcomeOf(node.server(tallies, 1).start()),
          outcomeOf(node.registry(places).register(1, { note: 'again' })),
        ]);
        for (const end of await Promise.all(works.flat())) ends.add(end);
      }
      return [...ends].sort();
    },
    times,
  );
}

inEachWorld(
  'F24: starting what is started and registering what is taken 10,000 times leaves nothing behind',
  { nodes: 2, seeds: 1 },
  async (cluster, world) => {
    await cluster.run('n1', async (node) => {
      await node.server(tallies, 1).start();
      await node.registry(places).register(1, { note: 'first' });
    });
    const heap = (): Promise<number> =>
      cluster.run('n2', async () => {
        const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([import('node:v8'), import('node:vm')]);
        setFlagsFromString('--expose-gc');
        (runInNewContext('gc') as () => void)();
        return process.memoryUsage().heapUsed;
      });
    const digests = async (): Promise<unknown> => {
      await cluster.settled();
      const { nodes } = await cluster.inspect({ digests: true });
      return nodes.map((node) => [node.digests, node.pending]);
    };
    await startAgain(cluster, 2_000);
    const before = await digests();
    const heapBefore = world.kind === 'threads' ? await heap() : 0;
    assert.deepEqual(await startAgain(cluster, 10_000), ['NameTaken', 'ok']);
    assert.deepEqual(await digests(), before);
    const grown = world.kind === 'threads' ? (await heap()) - heapBefore : 0;
    // Fifty bytes for each start and each refusal would be 1 MB.
    assert.ok(grown < 500_000, `the heap grew by ${grown} bytes`);
  },
);

inEachWorld(
  'F28: watchers and subscribers that throw change nothing of a replica, and keep nobody from going on',
  { nodes: 3, seeds: 4 },
  async (cluster) => {
    await cluster.run('n2', async (node) => {
      const fail = (): never => {
        notes(node, 'thrown').push(1);
        throw new Error('as asked');
      };
      node.cache(merged).watch(fail);
      node.cache(owned).watch(fail);
      node.registry(names).watch(fail);
      node.registry(names).monitor('nobody', fail);
      node.onView(fail);
      node.onStanding(fail);
      await node.subscribe(news(), fail, { onGap: fail });
      node.cache(merged).watch(() => notes(node, 'told').push(1));
    });
    await cluster.run('n1', async (node) => {
      node.cache(merged).put('k', { by: 'n1', n: 1 });
      node.broadcast(news(), { from: 'n1', number: 1 });
      await node.cache(owned).put('k', { n: 1 });
      await node.registry(names).register('k', { note: 'n1' });
    });
    await cluster.kill('n3');
    await cluster.start('n3');
    await cluster.add();
    await cluster.settled();
    assert.ok((await cluster.run('n2', (node) => notes(node, 'thrown').length)) >= 6);
    assert.equal(await cluster.run('n2', (node) => notes(node, 'told').length), 1);
    for (const id of ['n1', 'n2', 'n3', 'n4']) {
      const seen = await cluster.run(id, (node) => [
        node.cache(merged).get('k')?.n,
        node.cache(owned).get('k')?.n,
        node.registry(names).lookup('k')?.holder,
      ]);
      assert.deepEqual(seen, [1, 1, 'n1#1'], id);
    }
    assert.equal(await cluster.run('n2', (node) => outcomeOf(node.cache(owned).put('k', { n: 2 }))), 'ok');
  },
);
