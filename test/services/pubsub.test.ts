/** Publish and subscribe: who gets what, in which order, and what goes where (P2, P3), in both worlds. */
import assert from 'node:assert/strict';
import type { Cluster, NodeId } from '../../src/index.ts';
import { localNews, merged, news, notes, oneNews, outcomeOf, ownNews, pause, rooms } from '../support/app.ts';
import { inEachWorld } from '../support/worlds.ts';

const ALL = ['n1', 'n2', 'n3'];

/** Writes down what arrives as `origin/number`. */
function listen(cluster: Cluster, id: NodeId): Promise<void> {
  return cluster.run(id, async (node) => {
    const hear =
      (kind: string) =>
      ({ number }: { number: number }, { origin }: { origin: string }): void => {
        notes(node, 'heard').push(`${kind} ${origin}/${number}`);
      };
    await node.subscribe(news(), hear('news'));
    await node.subscribe(rooms('a'), hear('room'));
    await node.subscribe(localNews(), hear('local'));
    await node.subscribe(ownNews(), hear('own'));
  });
}

function heard(cluster: Cluster, id: NodeId): Promise<string[]> {
  return cluster.run(id, (node) => notes<string>(node, 'heard').slice());
}

async function hear(cluster: Cluster, expected: Record<NodeId, string[]>): Promise<void> {
  const total = (): Promise<string[][]> => Promise.all(Object.keys(expected).map((id) => heard(cluster, id)));
  const wanted = Object.values(expected).flat().length;
  await cluster.waitFor(`${wanted} messages`, async () => (await total()).flat().length >= wanted);
  await cluster.settled();
  for (const [id, list] of Object.entries(expected)) assert.deepEqual(await heard(cluster, id), list, `at ${id}`);
}

inEachWorld(
  'broadcast reaches every subscriber once, the publisher too, and tells the origin',
  { nodes: 3 },
  async (cluster) => {
    for (const id of ALL) await listen(cluster, id);
    assert.equal(await cluster.run('n2', (node) => node.broadcast(news(), { from: node.id, number: 7 })), true);
    await hear(cluster, { n1: ['news n2/7'], n2: ['news n2/7'], n3: ['news n2/7'] });
  },
);

inEachWorld('broadcastFrom reaches everybody but the subscription it is from', { nodes: 2 }, async (cluster) => {
  await listen(cluster, 'n1');
  await listen(cluster, 'n2');
  await cluster.run('n1', async (node) => {
    const me = await node.subscribe(news(), () => notes(node, 'heard').push('me'));
    node.broadcastFrom(me, news(), { from: node.id, number: 1 });
  });
  await hear(cluster, { n1: ['news n1/1'], n2: ['news n1/1'] });
});

inEachWorld(
  'localBroadcast stays on its node; directBroadcast goes to one node; a room is not another',
  { nodes: 3 },
  async (cluster) => {
    for (const id of ALL) await listen(cluster, id);
    await cluster.run('n1', (node) => {
      node.localBroadcast(news(), { from: node.id, number: 1 });
      node.directBroadcast('n3', news(), { from: node.id, number: 2 });
      node.directBroadcast('n1', news(), { from: node.id, number: 3 });
      node.broadcast(rooms('a'), { from: node.id, number: 4 });
      node.broadcast(rooms('b'), { from: node.id, number: 5 });
    });
    await hear(cluster, {
      n1: ['news n1/1', 'news n1/3', 'room n1/4'],
      n2: ['room n1/4'],
      n3: ['news n1/2', 'room n1/4'],
    });
    await assert.rejects(
      cluster.run('n1', (node) => node.directBroadcast('n9', news(), { from: node.id, number: 1 })),
      { code: 'InvalidValue' },
    );
  },
);

inEachWorld(
  "reach 'node' and acted on by 'origin' never leave the node; acted on by 'one node' is handled once",
  { nodes: 3 },
  async (cluster) => {
    for (const id of ALL) {
      await listen(cluster, id);
      await cluster.run(id, (node) =>
        node.subscribe(oneNews(), ({ number }) => notes(node, 'one').push(number)).then(() => undefined),
      );
    }
    await cluster.settled();
    await cluster.run('n1', (node) => {
      node.broadcast(localNews(), { from: node.id, number: 1 });
      node.broadcast(ownNews(), { from: node.id, number: 2 });
      for (let at = 0; at < 90; at++) node.broadcast(oneNews(), { from: node.id, number: at });
    });
    const ones = (): Promise<number[][]> =>
      Promise.all(ALL.map((id) => cluster.run(id, (node) => notes<number>(node, 'one').slice())));
    await cluster.waitFor('90 messages', async () => (await ones()).flat().length >= 90);
    await hear(cluster, { n1: ['local n1/1', 'own n1/2'], n2: [], n3: [] });
    const all = (await ones()).flat();
    assert.deepEqual(
      all.sort((a, b) => a - b),
      Array.from({ length: 90 }, (_, at) => at),
    );
    for (const list of await ones()) assert.ok(list.length >= 20, 'every node takes its turn');
  },
);

inEachWorld(
  'a subscriber misses nothing published after subscribe resolved, while all nodes publish all the time',
  { nodes: 3, seeds: 10 },
  async (cluster) => {
    for (const id of ALL) {
      await cluster.run(id, (node) => {
        const publish = (): void => {
          const number = notes(node, 'published').push(0);
          node.broadcast(news(), { from: node.id, number });
          node.turn(() => undefined);
          node.after(number % 3, publish);
        };
        publish();
      });
    }
    const rounds = 8;
    for (let round = 0; round < rounds; round++) {
      await cluster.run(ALL[round % 3]!, async (node) => {
        const numbers: Record<string, number[]> = { n1: [], n2: [], n3: [] };
        const subscription = await node.subscribe(news(), ({ number }, { origin }) => numbers[origin]!.push(number));
        notes(node, 'since').push(numbers);
        notes(node, 'subscriptions').push(subscription);
      });
      const from = await Promise.all(ALL.map((id) => cluster.run(id, (node) => notes(node, 'published').length)));
      const to = ALL[round % 3]!;
      const missing = await cluster.waitFor('messages from everybody', async () => {
        const numbers = await cluster.run(to, (node) => notes<Record<string, number[]>>(node, 'since').at(-1)!);
        if (ALL.some((id) => numbers[id]!.length === 0)) return undefined;
        if (ALL.some((id, at) => numbers[id]!.at(-1)! < from[at]! + 10)) return undefined;
        return ALL.map((id, at) => ({ id, gap: gapOf(numbers[id]!, from[at]! + 1) }));
      });
      for (const { id, gap } of missing)
        assert.equal(gap, undefined, `of ${id} message ${gap} was missed in round ${round}`);
      await cluster.run(to, (node) => notes<{ unsubscribe(): void }>(node, 'subscriptions').pop()!.unsubscribe());
    }
  },
);

/** The first number missing in an ascending list that must hold all from `first` on, once each. */
function gapOf(numbers: readonly number[], first: number): number | undefined {
  let wanted = numbers[0]!;
  for (const number of numbers) if (number !== wanted++) return wanted - 1;
  return numbers[0]! <= first ? undefined : first;
}

inEachWorld(
  'P2: direct and broadcast messages of each of three publishers are handled in the order sent, all of them',
  { nodes: 4, seeds: 2 },
  async (cluster, world) => {
    const each = world.size(2_000, 10_000);
    await cluster.run('n4', async (node) => {
      await node.subscribe(news(), ({ number }, { origin }) => notes(node, origin).push(number));
    });
    await Promise.all(
      ALL.map((id) =>
        cluster.run(
          id,
          async (node, count) => {
            for (let number = 0; number < count; number++) {
              const sent =
                Math.floor(node.random() * 2) === 0
                  ? node.broadcast(news(), { from: node.id, number })
                  : node.directBroadcast('n4', news(), { from: node.id, number });
              if (!sent) throw new Error(`message ${number} was dropped`);
              if (number % 500 === 499) await pause(node, 0);
            }
          },
          each,
        ),
      ),
    );
    await cluster.waitFor('all messages', () =>
      cluster.run('n4', (node, count) => ['n1', 'n2', 'n3'].every((id) => notes(node, id).length >= count), each),
    );
    const inOrder = await cluster.run('n4', (node) =>
      ['n1', 'n2', 'n3'].map((id) => notes<number>(node, id).every((number, at) => number === at)),
    );
    assert.deepEqual(inOrder, [true, true, true]);
  },
);

inEachWorld(
  'P2 on one node: a subscriber hears its own node in the order published, and never inside broadcast',
  { nodes: 1 },
  async (cluster) => {
    const got = await cluster.run('n1', async (node) => {
      const list: (number | string)[] = [];
      await node.subscribe(news(), ({ number }) => {
        list.push(number);
        if (number === 0) node.broadcast(news(), { from: node.id, number: 3 });
      });
      for (let number = 0; number < 3; number++) node.broadcast(news(), { from: node.id, number });
      list.push('sent');
      await pause(node, 1);
      return list;
    });
    assert.deepEqual(got, ['sent', 0, 1, 2, 3]);
  },
);

inEachWorld(
  'P3: nothing of a topic goes to a node without a subscriber of it',
  { nodes: 3 },
  async (cluster, world) => {
    await cluster.run('n2', async (node) => {
      await node.subscribe(rooms('a'), () => notes(node, 'got').push(1));
    });
    await cluster.settled();
    const messagesIn = async (): Promise<Record<string, number>> =>
      Object.fromEntries((await cluster.inspect()).nodes.map(({ id, counters }) => [id, counters.messagesIn!]));
    const before = await messagesIn();
    await cluster.run('n1', async (node) => {
      for (let number = 0; number < 1_000; number++) node.broadcast(rooms('a'), { from: node.id, number });
      for (let number = 0; number < 1_000; number++) node.broadcast(rooms('b'), { from: node.id, number });
    });
    await cluster.waitFor('the messages', () => cluster.run('n2', (node) => notes(node, 'got').length === 1_000));
    const after = await messagesIn();
    assert.ok(after.n2! - before.n2! >= 1_000);
    assert.ok(after.n3! - before.n3! < 50, `${after.n3! - before.n3!} messages at a node without a subscriber`);
    await cluster.run('n2', (node) =>
      node.subscribe(rooms('c'), () => undefined).then((subscription) => subscription.unsubscribe()),
    );
    await cluster.settled();
    const quiet = await messagesIn();
    await cluster.run('n1', (node) => {
      for (let number = 0; number < 1_000; number++) node.broadcast(rooms('c'), { from: node.id, number });
    });
    await cluster.settled();
    const end = await messagesIn();
    assert.ok(end.n2! - quiet.n2! < world.size(50, 100), `${end.n2! - quiet.n2!} messages after unsubscribe`);
  },
);

inEachWorld(
  'unsubscribe: no message reaches the handler afterwards, also of those under way',
  { nodes: 2 },
  async (cluster) => {
    const [during, afterwards] = await cluster.run('n1', async (node) => {
      const got: number[] = [];
      const subscription = await node.subscribe(news(), ({ number }) => {
        got.push(number);
        if (number === 4) subscription.unsubscribe();
      });
      for (let number = 0; number < 10; number++) node.broadcast(news(), { from: node.id, number });
      await pause(node, 1);
      subscription.unsubscribe();
      const second = await node.subscribe(news(), ({ number }) => got.push(100 + number));
      node.broadcast(news(), { from: node.id, number: 1 });
      second.unsubscribe();
      const count = got.length;
      await pause(node, 20);
      return [count, got.length];
    });
    assert.equal(during, 5);
    assert.equal(afterwards, 5);
    await cluster.settled();
  },
);

inEachWorld(
  'a subscriber that throws does not keep a message from the others, nor the node from going on',
  { nodes: 2 },
  async (cluster) => {
    await cluster.run('n2', async (node) => {
      await node.subscribe(news(), () => {
        throw new Error('a bad subscriber');
      });
      await node.subscribe(news(), ({ number }) => notes(node, 'got').push(number));
    });
    for (const id of ['n1', 'n2'])
      await cluster.run(id, (node) => node.broadcast(news(), { from: node.id, number: 1 }));
    await cluster.waitFor('both', () => cluster.run('n2', (node) => notes(node, 'got').length === 2));
    const { nodes } = await cluster.inspect();
    assert.equal(nodes.find(({ id }) => id === 'n2')!.counters.handlerErrors, 2);
  },
);

inEachWorld('an invalid message is refused where it is published and reaches nobody', { nodes: 2 }, async (cluster) => {
  await listen(cluster, 'n2');
  for (const bad of [{ from: 'n1' }, { from: 'n1', number: 'one' }, null]) {
    for (const verb of ['broadcast', 'localBroadcast'] as const) {
      await assert.rejects(
        cluster.run('n1', (node, message, how) => void node[how](news(), message as never), bad, verb),
        { code: 'InvalidValue', message: /message on news/ },
      );
    }
  }
  await cluster.run('n1', (node) => node.broadcast(news(), { from: node.id, number: 1 }));
  await hear(cluster, { n2: ['news n1/1'] });
});

inEachWorld(
  'a dead subscriber is forgotten and its restart hears nothing before it subscribes again',
  { nodes: 3 },
  async (cluster) => {
    for (const id of ALL) await listen(cluster, id);
    await cluster.kill('n3');
    await cluster.start('n3');
    await cluster.run('n1', (node) => node.broadcast(news(), { from: node.id, number: 1 }));
    await hear(cluster, { n1: ['news n1/1'], n2: ['news n1/1'], n3: [] });
    await listen(cluster, 'n3');
    await cluster.run('n1', (node) => node.broadcast(news(), { from: node.id, number: 2 }));
    await hear(cluster, { n3: ['news n1/2'] });
  },
);

inEachWorld(
  'a node that joined knows all interest: what it publishes first reaches every subscriber',
  { nodes: 2, seeds: 10 },
  async (cluster) => {
    await listen(cluster, 'n1');
    await listen(cluster, 'n2');
    await cluster.add();
    await cluster.run('n3', (node) => node.broadcast(rooms('a'), { from: node.id, number: 1 }));
    await hear(cluster, { n1: ['room n3/1'], n2: ['room n3/1'] });
  },
);

inEachWorld(
  'topics and caches that the app does not use are refused with their name',
  { nodes: 1 },
  async (cluster) => {
    const codes = await cluster.run('n1', async (node) => {
      const stranger = { ...merged, name: 'stranger' };
      return [
        await outcomeOf((async () => node.cache(stranger))()),
        await outcomeOf(node.subscribe({ topic: stranger as never, parameter: '' }, () => undefined)),
        await outcomeOf((async () => (rooms as (...parts: string[]) => unknown)())()),
      ];
    });
    assert.deepEqual(codes, ['InvalidValue', 'InvalidValue', 'InvalidValue']);
  },
);

inEachWorld(
  'a handler whose promise rejects is logged, and its node lives',
  { nodes: 2, seeds: 1 },
  async (cluster) => {
    await cluster.run('n2', async (node) => {
      const failing = async (): Promise<void> => {
        throw new Error('as asked');
      };
      await node.subscribe(news(), failing);
      await node.subscribe(news(), ({ number }) => notes(node, 'after').push(number));
    });
    await cluster.run('n1', (node) => node.broadcast(news(), { from: node.id, number: 1 }));
    await cluster.waitFor('the message', () => cluster.run('n2', (node) => notes(node, 'after').length === 1));
    const { nodes } = await cluster.inspect();
    assert.equal(nodes.find(({ id }) => id === 'n2')?.counters.handlerErrors, 1);
    assert.deepEqual(
      cluster.nodes().map(({ state }) => state),
      ['up', 'up'],
    );
  },
);

inEachWorld(
  'subscribe waits for a member that cannot hear of it until that is evicted, and is refused outside the primary component',
  { nodes: 2, seeds: 1, timing: { leaseMs: 1_000, marginMs: 200 } },
  async (cluster) => {
    await cluster.partition([['n1'], ['n2']]);
    const [inside, outside] = await Promise.all(
      ['n1', 'n2'].map((id) => cluster.run(id, (node) => outcomeOf(node.subscribe(news(), () => undefined)))),
    );
    assert.equal(inside, 'ok');
    assert.equal(outside, 'NotPrimary');
    await cluster.heal();
    await cluster.settled();
  },
);
