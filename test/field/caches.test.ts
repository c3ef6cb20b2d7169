/** What went wrong with caches for others, and does not here (docs/field.md: F2, F3, F14, F21), in both worlds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MergedTable } from '../../src/services/tables/merged-table.ts';
import type { MergedWrite } from '../../src/services/tables/merged-write.ts';
import { counters, ids, notes, outcomeOf, owned } from '../support/app.ts';
import { inEachWorld, inSimulation } from '../support/worlds.ts';
import { counts, greetings, lists } from './app.ts';
import { inEachFieldWorld } from './worlds.ts';

const ALL = ['n1', 'n2', 'n3'];

inEachWorld(
  'F2: an update function runs on its caller only, once when nobody contends, and its result is everywhere',
  { nodes: 3, seeds: 5 },
  async (cluster) => {
    const after = await cluster.run('n2', (node) =>
      node.cache(counters).update('effects', (n) => {
        notes(node, 'ran').push(node.id);
        return (n ?? 0) + 1;
      }),
    );
    assert.equal(after, 1);
    const ran = await Promise.all(ALL.map((id) => cluster.run(id, (node) => notes<string>(node, 'ran').length)));
    assert.deepEqual(ran, [0, 1, 0], 'where and how often its effects happened');
    for (const id of ALL) assert.equal(await cluster.run(id, (node) => node.cache(counters).get('effects')), 1);
  },
);

inEachWorld(
  'F2: under contention it runs again only on its caller, and each result that stands was applied once',
  { nodes: 3, seeds: 5 },
  async (cluster) => {
    const each = 30;
    const ran = await Promise.all(
      ALL.map((id) =>
        cluster.run(
          id,
          async (node, times) => {
            let runs = 0;
            const one = (): Promise<unknown> =>
              node.cache(counters).update('contended', (n) => {
                runs += 1;
                return (n ?? 0) + 1;
              });
            await Promise.all(Array.from({ length: times }, one));
            return runs;
          },
          each,
        ),
      ),
    );
    for (const runs of ran) assert.ok(runs >= each, `it ran ${runs} times`);
    for (const id of ALL) {
      assert.equal(await cluster.run(id, (node) => node.cache(counters).get('contended')), ALL.length * each);
    }
  },
);

inEachFieldWorld(
  'F3: what a starting node puts wipes no list, resets no counter and replaces no default that was changed',
  { nodes: 2, seeds: 5 },
  async (cluster) => {
    await cluster.run('n1', async (node) => {
      node.cache(greetings).put('motd', 'mind the gap');
      await node.cache(lists).update('rooms', (rooms) => [...(rooms ?? []), 'lounge']);
      await node.cache(counts).update('visits', (visits) => (visits ?? 0) + 41);
    });
    await cluster.settled();
    await cluster.add();
    await cluster.restart('n2');
    await cluster.kill('n1');
    await cluster.start('n1');
    await cluster.settled();
    for (const id of ALL) {
      const seen = await cluster.run(id, (node) => [
        node.cache(greetings).get('motd'),
        node.cache(lists).get('rooms'),
        node.cache(counts).get('visits'),
      ]);
      assert.deepEqual(seen, ['mind the gap', ['main', 'lounge'], 41], id);
    }
  },
);

test('F14: two writes at the same time are ordered by their origin, whichever comes first', () => {
  const writeOf = (origin: string, sequence: number): MergedWrite => ({
    key: 'k',
    deleted: false,
    value: origin,
    expires: 0,
    stamp: { time: 1_000, count: 0, origin },
    sequence,
  });
  const writes = [writeOf('n1#1', 7), writeOf('n2#1', 3), writeOf('n10#1', 5)];
  const values = writes.map((_, at) => {
    const table = new MergedTable(0, 'merged');
    for (const write of [...writes.slice(at), ...writes.slice(0, at)]) table.apply(write);
    return [table.get('k'), table.digest(0)];
  });
  assert.equal(new Set(values.map((value) => JSON.stringify(value))).size, 1, JSON.stringify(values));
});

inEachWorld(
  'F21: a create under one request id, tried again by another node, makes one room and both get the same',
  { nodes: 3, seeds: 5 },
  async (cluster) => {
    const create = (id: string): Promise<{ inserted: boolean; value: { n: number } }> =>
      cluster.run(id, async (node) => {
        const n = await node.sequence(ids).next();
        return node.cache(owned).insertNew('request 7', { n });
      });
    const answers = await Promise.all(ALL.map(create));
    assert.equal(answers.filter(({ inserted }) => inserted).length, 1);
    assert.equal(new Set(answers.map(({ value }) => value.n)).size, 1, JSON.stringify(answers));
    const late = await create('n2');
    assert.deepEqual(late, { inserted: false, value: answers[0]!.value });
  },
);

inSimulation(
  'F21: a fallback after a timeout gets the room that the first try made after all',
  { nodes: 3, seeds: 5 },
  async (cluster) => {
    const slow = await Promise.all(
      ['n1', 'n2'].map((to) => cluster.fault({ from: 'n3', to, verdict: { kind: 'delay', ms: 2_000 } })),
    );
    const more = await Promise.all(
      ['n1', 'n2'].map((from) => cluster.fault({ from, to: 'n3', verdict: { kind: 'delay', ms: 3_500 } })),
    );
    const key = await cluster.run('n3', (node) => {
      const keys = Array.from({ length: 50 }, (_, at) => `request ${at}`);
      return keys.find((candidate) => node.view().owner(`cache owned|${candidate}`) !== 'n3#1')!;
    });
    const first = cluster.run('n3', (node, at) => outcomeOf(node.cache(owned).insertNew(at, { n: 1 })), key);
    assert.equal(await first, 'Timeout');
    const fallback = await cluster.run('n1', (node, at) => node.cache(owned).insertNew(at, { n: 2 }), key);
    assert.deepEqual(fallback, { inserted: false, value: { n: 1 } });
    for (const fault of [...slow, ...more]) await fault[Symbol.asyncDispose]();
    await cluster.settled();
    for (const id of ALL)
      assert.deepEqual(await cluster.run(id, (node, at) => node.cache(owned).get(at), key), { n: 1 });
  },
);
