/** What becomes of values between nodes: nothing is shared, nothing is changed behind anybody's back. */
import assert from 'node:assert/strict';
import { anything, merged, news, notes, owned } from '../support/app.ts';
import { inEachWorld } from '../support/worlds.ts';

inEachWorld(
  'a value put is not the object that was given: changing that later changes nothing',
  { nodes: 2 },
  async (cluster) => {
    const seen = await cluster.run('n1', (node) => {
      const given = { list: [1, 2], bytes: new Uint8Array([1]) };
      node.cache(anything).put('k', given);
      given.list.push(3);
      given.bytes[0] = 9;
      const value = node.cache(anything).get('k') as typeof given;
      return [value.list.length, value.bytes[0]];
    });
    assert.deepEqual(seen, [2, 1]);
    await cluster.settled();
    assert.deepEqual(await cluster.run('n2', (node) => node.cache(anything).get('k')), {
      list: [1, 2],
      bytes: new Uint8Array([1]),
    });
  },
);

inEachWorld('values in caches and messages are frozen, here and on the other nodes', { nodes: 2 }, async (cluster) => {
  await cluster.run('n2', async (node) => {
    await node.subscribe(news(), (message) => notes(node, 'frozen').push(Object.isFrozen(message)));
  });
  await cluster.run('n1', async (node) => {
    await node.subscribe(news(), (message) => notes(node, 'frozen').push(Object.isFrozen(message)));
    node.cache(merged).put('k', { by: 'n1', n: 1 });
    node.cache(anything).put('deep', { a: { b: [{}] } });
    await node.cache(owned).put('k', { n: 1 });
    node.broadcast(news(), { from: 'n1', number: 1 });
  });
  await cluster.settled();
  for (const id of ['n1', 'n2']) {
    const found = await cluster.run(id, (node) => {
      const deep = node.cache(anything).get('deep') as { a: { b: object[] } };
      const values = [node.cache(merged).get('k'), node.cache(owned).get('k'), deep, deep.a, deep.a.b, deep.a.b[0]];
      return [...values.map((value) => Object.isFrozen(value)), ...notes<boolean>(node, 'frozen')];
    });
    assert.deepEqual(found, Array(7).fill(true), id);
  }
});

inEachWorld(
  'what would not come back the same is refused where it is put, with the place named',
  { nodes: 1 },
  async (cluster) => {
    const refusals = await cluster.run('n1', (node) => {
      class Point {}
      const values = [
        { a: new Set() },
        { a: [new Map()] },
        new Date(0),
        { p: new Point() },
        () => 1,
        { n: 1n },
        Symbol('s'),
      ];
      return values.map((value) => {
        try {
          node.cache(anything).put('k', value);
          return 'taken';
        } catch (error) {
          return `${(error as { code: string }).code} ${(error as Error).message}`;
        }
      });
    });
    for (const refusal of refusals) assert.match(refusal, /^InvalidValue .*cannot be sent/);
    assert.match(refusals[1]!, /a\[0\]/);
  },
);

inEachWorld(
  'of many messages in one turn each is checked and arrives as it was given, from a node that does not listen itself, too',
  { nodes: 3 },
  async (cluster) => {
    for (const id of ['n2', 'n3']) {
      await cluster.run(id, async (node) => {
        await node.subscribe(news(), (message) => notes(node, 'messages').push(message));
      });
    }
    const refused = await cluster.run('n1', (node) => {
      let count = 0;
      const given = { from: 'n1', number: 0, other: 'not declared' };
      for (; given.number < 200; given.number++) {
        node.broadcast(news(), given);
        try {
          node.broadcast(news(), { from: 'n1', number: 'bad' } as unknown as { from: string; number: number });
        } catch (error) {
          if ((error as { code?: string }).code === 'InvalidValue') count += 1;
        }
      }
      return count;
    });
    assert.equal(refused, 200);
    const expected = Array.from({ length: 200 }, (_, number) => ({ from: 'n1', number }));
    for (const id of ['n2', 'n3']) {
      const messages = (): Promise<unknown[]> => cluster.run(id, (node) => notes(node, 'messages').slice());
      await cluster.waitFor(`200 messages at ${id}`, async () => (await messages()).length >= 200);
      assert.deepEqual(await messages(), expected, id);
    }
  },
);
