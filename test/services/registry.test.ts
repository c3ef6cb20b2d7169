/** The registry: unique names, their holders, and what becomes of them (P7), in both worlds. */
import assert from 'node:assert/strict';
import type { MusterNode } from '../../src/index.ts';
import { merged, names, notes, outcomeOf, pause, places } from '../support/app.ts';
import { inEachWorld, inSimulation, onThreads } from '../support/worlds.ts';

const ALL = ['n1', 'n2', 'n3', 'n4'];

inEachWorld(
  'of many who register a name at once one wins, and the others are told who holds it',
  { nodes: 4, seeds: 5 },
  async (cluster) => {
    const results = await Promise.all(
      ALL.map((id) =>
        cluster.run(id, async (node) => {
          const tries = [1, 2].map(() =>
            node
              .registry(names)
              .register('king', { note: node.id })
              .then(
                () => 'won',
                (error) => `${error.code} ${error.holder} ${error.message.includes('king')}`,
              ),
          );
          return Promise.all(tries);
        }),
      ),
    );
    const winner = ALL[results.findIndex((list) => list.includes('won'))]!;
    assert.equal(results.flat().filter((result) => result === 'won').length, 1);
    for (const result of results.flat()) assert.ok(result === 'won' || result === `NameTaken ${winner}#1 true`, result);
  },
);

inEachWorld(
  'when register resolves every node looks the name up; when unregister resolves it is free on every node',
  { nodes: 4, seeds: 5 },
  async (cluster) => {
    for (let round = 0; round < 8; round++) {
      const holder = ALL[round % 4]!;
      await cluster.run(holder, async (node) => {
        notes(node, 'held')[0] = await node.registry(names).register('seat', { note: node.id });
      });
      const seen = await Promise.all(ALL.map((id) => cluster.run(id, (node) => node.registry(names).lookup('seat'))));
      for (const entry of seen)
        assert.deepEqual(entry, { key: 'seat', holder: `${holder}#1`, value: { note: holder } });
      await cluster.run(holder, async (node) => {
        const held = notes<{ update(value: unknown): Promise<void>; unregister(): Promise<void> }>(node, 'held')[0]!;
        await held.update({ note: 'changed' });
      });
      const changed = await Promise.all(
        ALL.map((id) => cluster.run(id, (node) => node.registry(names).lookup('seat')?.value.note)),
      );
      assert.deepEqual(
        changed,
        ALL.map(() => 'changed'),
      );
      await cluster.run(holder, async (node) => {
        const held = notes<{ unregister(): Promise<void> }>(node, 'held')[0]!;
        await Promise.all([held.unregister(), held.unregister()]);
      });
      const free = await Promise.all(
        ALL.map((id) => cluster.run(id, (node) => node.registry(names).lookup('seat') === undefined)),
      );
      assert.deepEqual(free, [true, true, true, true]);
    }
  },
);

inEachWorld(
  "a dead node's names go with it; its restart does not inherit them, and others may take them",
  { nodes: 3, seeds: 5 },
  async (cluster) => {
    await cluster.run('n3', async (node) => {
      for (let at = 0; at < 10; at++) await node.registry(names).register(`name ${at}`, { note: 'old' });
    });
    await cluster.run('n2', (node) => {
      node.registry(names).monitor('name 1', () => notes(node, 'gone').push('name 1'));
      node.registry(names).monitor('nobody', () => notes(node, 'gone').push('nobody'));
      node
        .registry(names)
        .watch(({ key, before, after }) => notes(node, 'changes').push([key, before?.holder, after?.holder]));
    });
    await cluster.kill('n3');
    await cluster.settled();
    await cluster.run('n2', (node) =>
      node
        .registry(names)
        .register('name 1', { note: 'new' })
        .then(() => undefined),
    );
    await cluster.start('n3');
    for (const id of ['n1', 'n2', 'n3']) {
      assert.deepEqual(
        await cluster.run(id, (node) =>
          node
            .registry(names)
            .select()
            .map(({ key, holder }) => [key, holder]),
        ),
        [['name 1', 'n2#1']],
      );
      assert.equal(await cluster.run(id, (node) => node.registry(names).size), 1);
    }
    assert.deepEqual(await cluster.run('n2', (node) => notes(node, 'gone')), ['nobody', 'name 1']);
    const changes = await cluster.run('n2', (node) =>
      notes<string[]>(node, 'changes').filter(([key]) => key === 'name 1'),
    );
    assert.equal(changes.at(-1)![2], 'n2#1');
    assert.equal(
      await cluster.run('n3', (node) => outcomeOf(node.registry(names).register('name 1', { note: '' }))),
      'NameTaken',
    );
    assert.equal(
      await cluster.run('n3', (node) => outcomeOf(node.registry(names).register('name 2', { note: '' }))),
      'ok',
    );
    await cluster.settled();
  },
);

inEachWorld(
  'a name whose holder dies while it registers is never left behind',
  { nodes: 3, seeds: 6 },
  async (cluster) => {
    await cluster.run('n3', (node) => {
      const again = async (at: number): Promise<void> => {
        await node.registry(names).register(`name ${at}`, { note: 'x' });
        return again(at + 1);
      };
      for (let at = 0; at < 10; at++) again(at * 100_000).catch((error) => notes(node, 'errors').push(String(error)));
      return pause(node, 8);
    });
    await cluster.kill('n3');
    await cluster.settled();
    for (const id of ['n1', 'n2']) assert.equal(await cluster.run(id, (node) => node.registry(names).size), 0);
    await cluster.start('n3');
    await cluster.settled();
    assert.deepEqual(await cluster.run('n3', (node) => node.registry(names).select()), []);
  },
);

inEachWorld('keys are typed and compared by value: tuples, and 12 is not "12"', { nodes: 2 }, async (cluster) => {
  await cluster.run('n1', async (node) => {
    const registry = node.registry(places);
    await registry.register(12, { note: 'number' });
    await registry.register('12', { note: 'text' });
    await registry.register(['room', 1], { note: 'tuple' });
    await registry.register('["room",1]', { note: 'text of a tuple' });
  });
  const found = await cluster.run('n2', async (node) => {
    const registry = node.registry(places);
    const keys = [12, '12', ['room', 1] as [string, number], '["room",1]'];
    const seen = keys.map((key) => registry.lookup(key)?.value.note);
    return [
      ...seen,
      await outcomeOf(registry.register(['room', 1], { note: '' })),
      await outcomeOf(registry.register(['room', 2], { note: '' })),
    ];
  });
  assert.deepEqual(found, ['number', 'text', 'tuple', 'text of a tuple', 'NameTaken', 'ok']);
  const listed = await cluster.run('n2', (node) =>
    node
      .registry(places)
      .select(({ value }) => value.note !== '')
      .map(({ key }) => key),
  );
  assert.deepEqual(
    new Set(listed.map((key) => JSON.stringify(key))),
    new Set(['12', '"12"', '["room",1]', '"[\\"room\\",1]"']),
  );
});

inEachWorld('a key or value that does not fit is refused, a key that is missing too', { nodes: 2 }, async (cluster) => {
  const codes = await cluster.run('n1', (node) =>
    Promise.all([
      outcomeOf(node.registry(names).register(12 as never, { note: '' })),
      outcomeOf(node.registry(names).register(undefined as never, { note: '' })),
      outcomeOf(node.registry(names).register('a', { note: 5 } as never)),
      outcomeOf(node.registry(places).register([] as never, { note: '' })),
    ]),
  );
  assert.deepEqual(codes, ['InvalidValue', 'InvalidValue', 'InvalidValue', 'InvalidValue']);
});

const TIMING = { leaseMs: 600, marginMs: 100 };

interface Held {
  update(value: { note: string }): Promise<void>;
  unregister(): Promise<void>;
  onLost(lost: () => void): void;
}

/** On a node: takes a name and notes when it is lost. */
async function hold(node: MusterNode, name: string): Promise<void> {
  const held = await node.registry(names).register(name, { note: node.id });
  notes<Held>(node, 'held').push(held);
  held.onLost(() => notes(node, 'lost').push(`${name} ${node.standing()}`));
}

inEachWorld(
  'a name that was freed is not lost, and neither is that of a node that was out of reach only for a moment',
  { nodes: 3, seeds: 4, timing: TIMING },
  async (cluster) => {
    await cluster.run('n3', async (node) => {
      const kept = await node.registry(names).register('kept', { note: '' });
      kept.onLost(() => notes(node, 'lost').push('kept'));
      // Of some of these names this very node owns the entry.
      for (let at = 0; at < 10; at++) {
        const freed = await node.registry(names).register(`freed ${at}`, { note: '' });
        freed.onLost(() => notes(node, 'lost').push('freed'));
        await freed.unregister();
      }
    });
    await cluster.partition([['n3'], ['n1', 'n2']]);
    await cluster.waitFor('doubt', async () => (await cluster.run('n3', (node) => node.standing())) !== 'primary');
    await cluster.heal();
    await cluster.settled();
    assert.deepEqual(await cluster.run('n3', (node) => notes(node, 'lost')), []);
    assert.equal(await cluster.run('n1', (node) => node.registry(names).lookup('kept')?.holder), 'n3#1');
  },
);

inSimulation(
  'who loses a name by eviction is told, once, when it may not act any more, and another may hold it then',
  { nodes: 3, seeds: 6, timing: TIMING },
  async (cluster) => {
    let evicted: MusterNode | undefined;
    await cluster.run('n3', async (node) => {
      evicted = node;
      await hold(node, 'one');
      await hold(node, 'two');
    });
    await cluster.partition([['n3'], ['n1', 'n2']]);
    await cluster.waitFor('the eviction', () => cluster.nodes().some(({ state }) => state === 'cut off'));
    await cluster.waitFor('the name', async () => {
      const taken = cluster.run('n1', (node) => outcomeOf(node.registry(names).register('one', { note: 'n1' })));
      return (await taken) === 'ok';
    });
    assert.deepEqual(notes(evicted!, 'lost'), [], 'it cannot know yet');
    await cluster.heal();
    await cluster.settled();
    assert.deepEqual(notes(evicted!, 'lost'), ['one outside', 'two outside']);
    const late: string[] = [];
    for (const held of notes<Held>(evicted!, 'held')) {
      held.onLost(() => late.push('told'));
      await held.unregister();
      assert.equal(await cluster.drive(outcomeOf(held.update({ note: 'mine' }))), 'NameLost');
    }
    assert.deepEqual(late, ['told', 'told']);
    assert.equal(await cluster.run('n2', (node) => node.registry(names).lookup('one')?.holder), 'n1#1');
    assert.equal(await cluster.run('n2', (node) => node.registry(names).lookup('two')), undefined);
  },
);

onThreads(
  'who loses a name by eviction is told before its life ends',
  { nodes: 3, timing: TIMING, restart: {} },
  async (cluster) => {
    await cluster.run('n3', async (node) => {
      const held = await node.registry(names).register('one', { note: '' });
      // What an evicted life writes to merged tables, its next life brings along.
      held.onLost(() => node.cache(merged).put('lost', { by: `${node.id}#${node.incarnation}`, n: 1 }));
    });
    await cluster.partition([['n3'], ['n1', 'n2']]);
    await cluster.waitFor('the eviction', () => cluster.nodes().some(({ state }) => state === 'cut off'));
    await cluster.heal();
    const told = await cluster.waitFor('word of it', () =>
      cluster.run('n1', (node) => node.cache(merged).get('lost')?.by),
    );
    assert.equal(told, 'n3#1');
    assert.equal(await cluster.run('n1', (node) => node.registry(names).lookup('one')), undefined);
  },
);
