/**
 * Strong operations under pressure (P5, P11): contended updates over slow links, and loaders that hang or end too late.
 */
import assert from 'node:assert/strict';
import { type Cluster, type NodeId, View } from '../../src/index.ts';
import { counters, notes, outcomeOf, owned, pause } from '../support/app.ts';
import { inEachWorld, inSimulation } from '../support/worlds.ts';

const ALL = ['n1', 'n2', 'n3', 'n4'];

function keyOwnedBy(cluster: Cluster, cache: string, owner: NodeId): string {
  const view = new View(cluster.view());
  const keys = Array.from({ length: 100 }, (_, at) => `key ${at}`);
  return keys.find((key) => view.owner(`cache ${cache}|${key}`)?.startsWith(`${owner}#`))!;
}

/** Increments one after the other for `forMs`; how they ended, and how long the slowest took. */
function incrementFor(
  cluster: Cluster,
  id: NodeId,
  key: string,
  forMs: number,
): Promise<{ outcomes: string[]; slowestMs: number }> {
  return cluster.run(
    id,
    async (node, name, ms) => {
      const until = node.now() + ms;
      const outcomes: string[] = [];
      let slowestMs = 0;
      while (node.now() < until) {
        const from = node.now();
        outcomes.push(await outcomeOf(node.cache(counters).update(name, (count) => (count ?? 0) + 1)));
        slowestMs = Math.max(slowestMs, node.now() - from);
        await pause(node, 10);
      }
      return { outcomes, slowestMs };
    },
    key,
    forMs,
  );
}

inSimulation(
  'contended updates behind a link of 1.5 s get their turn before their deadline, and none is lost',
  { nodes: 4, seeds: 2 },
  async (cluster) => {
    const key = keyOwnedBy(cluster, 'counters', 'n2');
    await cluster.fault({ from: 'n1', to: 'n2', verdict: { kind: 'delay', ms: 1_500 } });
    const results = await Promise.all(['n1', 'n3', 'n4'].map((id) => incrementFor(cluster, id, key, 20_000)));
    const outcomes = results.flatMap((result) => result.outcomes);
    assert.deepEqual(
      outcomes.filter((outcome) => outcome !== 'ok'),
      [],
      `the slowest took ${results.map(({ slowestMs }) => slowestMs).join(', ')} ms`,
    );
    for (const result of results)
      assert.ok(result.outcomes.length >= 4, `one node had ${result.outcomes.length} turns`);
    await cluster.settled();
    for (const id of ALL) {
      assert.equal(await cluster.run(id, (node, name) => node.cache(counters).get(name), key), outcomes.length);
    }
  },
);

inSimulation(
  'a turn held behind a slow link goes to the next as soon as its holder dies',
  { nodes: 4, seeds: 2 },
  async (cluster) => {
    const key = keyOwnedBy(cluster, 'counters', 'n2');
    await using _slow = await cluster.fault({ from: 'n1', to: 'n2', verdict: { kind: 'delay', ms: 1_500 } });
    const doomed = incrementFor(cluster, 'n1', key, 60_000).catch((error: { code: string }) => error.code);
    const others = ['n3', 'n4'].map((id) => incrementFor(cluster, id, key, 6_000));
    await cluster.advance(2_000);
    await cluster.kill('n1');
    assert.equal(await doomed, 'NodeDown');
    const results = await Promise.all(others);
    assert.deepEqual(
      results.flatMap(({ outcomes }) => outcomes.filter((outcome) => outcome !== 'ok')),
      [],
    );
    await cluster.settled();
  },
);

inEachWorld(
  'a loader that hangs: its caller is told at its deadline, then one of those who wait loads',
  { nodes: 3, seeds: 4 },
  async (cluster) => {
    await cluster.run('n3', (node) => {
      outcomeOf(node.cache(owned).getOrLoad('k', () => new Promise(() => undefined))).then((outcome) =>
        notes(node, 'hung').push(outcome),
      );
      return pause(node, 20);
    });
    await cluster.run('n1', (node) => pause(node, 2_000));
    const results = await Promise.all(
      ['n1', 'n2'].map((id) =>
        cluster.run(id, async (node) => {
          let loads = 0;
          const value = await node.cache(owned).getOrLoad('k', () => ({ n: 10 + ++loads }));
          return { n: value.n, loads };
        }),
      ),
    );
    assert.deepEqual(
      results.map(({ n }) => n),
      [11, 11],
    );
    assert.equal(
      results.reduce((sum, { loads }) => sum + loads, 0),
      1,
    );
    assert.deepEqual(await cluster.run('n3', (node) => notes(node, 'hung')), ['Timeout']);
    await cluster.settled();
  },
);

inEachWorld(
  'a late result of a loader that hung past its deadline does not replace what was loaded since',
  { nodes: 3, seeds: 4 },
  async (cluster) => {
    await cluster.run('n3', (node) => {
      const late = async (): Promise<{ n: number }> => {
        await pause(node, 5_500);
        return { n: 666 };
      };
      outcomeOf(node.cache(owned).getOrLoad('k', late)).then((outcome) => notes(node, 'hung').push(outcome));
      return pause(node, 20);
    });
    await cluster.run('n1', (node) => pause(node, 1_000));
    assert.deepEqual(await cluster.run('n1', (node) => node.cache(owned).getOrLoad('k', () => ({ n: 1 }))), { n: 1 });
    await cluster.run('n1', (node) => pause(node, 1_500));
    for (const id of ['n1', 'n2', 'n3']) {
      assert.deepEqual(await cluster.run(id, (node) => node.cache(owned).get('k')), { n: 1 });
    }
    assert.deepEqual(await cluster.run('n3', (node) => notes(node, 'hung')), ['Timeout']);
    await cluster.settled();
  },
);
