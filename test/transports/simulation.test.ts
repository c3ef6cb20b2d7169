/** The simulated network and clock: the transport's contract, determinism, the ambient guard, crashes and stalls. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Address, addressOf, seededRandom } from '../../src/base/index.ts';
import { memoryStore } from '../../src/cluster/index.ts';
import { startSimulation } from '../../src/index.ts';
import { AmbientCall, guardAmbient, Network, Scheduler } from '../../src/transports/simulation/index.ts';
import { type TransportWorld, transportContract } from '../contracts/transport.ts';
import app, { counters, merged, news, notes, pause, tallies } from '../support/app.ts';

const DEADLINE_MS = 10_000;
/** Longer than any latency, shorter than any delay the contract uses beside it. */
const SETTLE_MS = 2;

async function makeNetwork(count: number): Promise<TransportWorld & { readonly network: Network }> {
  const scheduler = new Scheduler();
  const network = new Network(scheduler, seededRandom(count));
  const transports = Array.from({ length: count }, (_, at) => network.attach(addressOf(`n${at + 1}`, 1)));
  const wait = (ms: number): Promise<void> =>
    scheduler.drive(
      new Promise<void>((resolve) => {
        scheduler.at(scheduler.now + ms, undefined, resolve);
      }),
    );
  await wait(SETTLE_MS);
  return {
    network,
    transports,
    settle: () => wait(SETTLE_MS),
    until: async (what, check) => {
      const deadline = scheduler.now + DEADLINE_MS;
      while (!check()) {
        if (scheduler.now > deadline) throw new Error(`waited ${DEADLINE_MS} virtual ms for ${what}`);
        await wait(1);
      }
    },
    setFaults: (rules) => network.setFaults(rules),
    close: async () => {
      for (const transport of transports) transport.close();
    },
  };
}

transportContract('simulation', makeNetwork);

async function busyRun(seed: number): Promise<{ digest: string; log: string; events: number }> {
  await using cluster = await startSimulation({ nodes: 3, app, seed });
  await cluster.run('n1', (node) => node.server(tallies, 1).start());
  const works = ['n1', 'n2', 'n3'].map((id) =>
    cluster.run(id, async (node) => {
      for (let at = 0; at < 10; at++) {
        await node.cache(counters).update('c', (count) => (count ?? 0) + 1);
        node.cache(merged).put(at, { by: node.id, n: Math.floor(node.random() * 100) });
        node.broadcast(news(), { from: node.id, number: at });
        await pause(node, Math.floor(node.random() * 10));
      }
    }),
  );
  const added = cluster.add();
  await Promise.all(works);
  await added;
  await cluster.kill('n2');
  await cluster.settled();
  return { digest: cluster.traceDigest(), log: JSON.stringify(cluster.log()), events: cluster.events() };
}

describe('simulation', () => {
  it('the same seed gives the same trace, byte for byte, and another seed another', async () => {
    const [first, second, other] = [await busyRun(5), await busyRun(5), await busyRun(6)];
    assert.deepEqual(second, first);
    assert.notEqual(other.digest, first.digest);
  });

  it('two simulations at once do not disturb each other', async () => {
    const [a, b] = await Promise.all([busyRun(5), busyRun(7)]);
    const [alone, other] = [await busyRun(5), await busyRun(7)];
    assert.equal(a.digest, alone.digest);
    assert.equal(b.digest, other.digest);
  });

  it("ambient time, randomness and timers inside a node's code throw AmbientCall and name the node's own", async () => {
    await using cluster = await startSimulation({ nodes: 1, app, seed: 1 });
    const calls: [string, () => unknown, RegExp][] = [
      ['Date.now', () => Date.now(), /node\.wall|node\.now/],
      ['performance.now', () => performance.now(), /node\.now/],
      ['new Date', () => new Date(), /node\.wall/],
      ['process.hrtime', () => process.hrtime(), /node\.now/],
      ['process.hrtime.bigint', () => process.hrtime.bigint(), /node\.now/],
      ['crypto.randomUUID', () => crypto.randomUUID(), /node\.random/],
      ['Math.random', () => Math.random(), /node\.random/],
      ['setTimeout', () => setTimeout(() => undefined, 1), /node\.after/],
      ['setInterval', () => setInterval(() => undefined, 1), /node\.every/],
      ['setImmediate', () => setImmediate(() => undefined), /node\.turn/],
    ];
    for (const [what, call, instead] of calls) {
      const reason = await cluster.run('n1', call).then(
        () => assert.fail(`${what} went through`),
        (error) => error,
      );
      assert.ok(reason instanceof AmbientCall, `${what}: ${reason}`);
      assert.match(reason.message, instead);
      await assert.rejects(
        cluster.run('n1', async (node) => {
          await pause(node, 1);
          return call();
        }),
        AmbientCall,
        `${what} after an await`,
      );
    }
    assert.ok(Date.now() > 0 && Math.random() >= 0, 'outside nodes nothing changes');
    assert.equal(await cluster.run('n1', () => new Date(5).getTime()), 5, 'a date made from a value is no clock');
  });

  it('the guards come down with the last simulation', async () => {
    const before = Date.now;
    const [down, downToo] = [guardAmbient(() => false), guardAmbient(() => true)];
    assert.notEqual(Date.now, before);
    assert.throws(() => Date.now(), AmbientCall);
    downToo();
    assert.ok(Date.now() > 0);
    down();
    assert.equal(Date.now, before);
  });

  it('an error thrown in a timer of a node crashes that node alone', async () => {
    await using cluster = await startSimulation({ nodes: 3, app, seed: 1 });
    await cluster.run('n2', (node) => {
      node.after(5, () => {
        throw new Error('out of hand');
      });
    });
    await cluster.waitFor('its end', () => cluster.nodes()[1]!.state === 'down');
    assert.match(cluster.nodes()[1]!.cause, /out of hand/);
    await cluster.settled();
  });

  it('setLargestFrame: a link loses what is larger, that way only, until it is told otherwise', async () => {
    const { transports, settle, close, network } = await makeNetwork(2);
    const [a, b] = [transports[0]!, transports[1]!];
    const got: string[] = [];
    for (const { self, onFrame } of transports) onFrame((_from, frame) => got.push(`${self} ${frame.byteLength}`));
    network.setLargestFrame('n1', 'n2', 10);
    for (const bytes of [10, 11]) a.send(b.self, new Uint8Array(bytes));
    b.send(a.self, new Uint8Array(11));
    await settle();
    assert.deepEqual(got.sort(), ['n1#1 11', 'n2#1 10']);
    network.setLargestFrame('n1', 'n2', Number.POSITIVE_INFINITY);
    a.send(b.self, new Uint8Array(11));
    await settle();
    assert.ok(got.includes('n2#1 11'));
    await close();
  });

  it('crash: what was in flight is lost from the end, whole frames, another part for each seed', () => {
    const arrived = new Set<number>();
    const run = async (seed: number): Promise<void> => {
      const scheduler = new Scheduler();
      const network = new Network(scheduler, seededRandom(seed));
      const [a, b] = [network.attach('a#1'), network.attach('b#1')];
      const got: number[] = [];
      b.onFrame((_from, frame) => got.push(frame[0]!));
      for (let at = 0; at < 20; at++) a.send('b#1', Uint8Array.of(at));
      network.crash('a#1');
      await scheduler.drive(
        new Promise<void>((resolve) => {
          scheduler.at(100, undefined, resolve);
        }),
      );
      assert.deepEqual(
        got,
        got.map((_, at) => at),
      );
      arrived.add(got.length);
    };
    return Promise.all(Array.from({ length: 20 }, (_, seed) => run(seed))).then(() => {
      assert.ok(arrived.size > 3, `arrived: ${[...arrived].join(', ')}`);
    });
  });

  it('pause: what happens to the node meanwhile comes in one burst, in order, when it wakes', async () => {
    await using cluster = await startSimulation({ nodes: 2, app, seed: 3 });
    await cluster.run('n2', async (node) => {
      await node.subscribe(news(), ({ number }) => notes(node, 'got').push([Math.round(node.now()), number]));
      node.after(50, () => notes(node, 'got').push([Math.round(node.now()), -1]));
    });
    const start = Math.round(cluster.now());
    const paused = cluster.pause('n2', 300);
    for (let number = 0; number < 5; number++) {
      await cluster.run('n1', (node, at) => node.broadcast(news(), { from: node.id, number: at }), number);
      await cluster.advance(20);
    }
    await paused;
    const got = await cluster.run('n2', (node) => notes<[number, number]>(node, 'got').slice());
    assert.deepEqual(
      got.map(([, number]) => number).filter((number) => number >= 0),
      [0, 1, 2, 3, 4],
    );
    assert.equal(got.length, 6);
    assert.equal(new Set(got.map(([at]) => at)).size, 1, 'all at one moment');
    assert.ok(got[0]![0] >= start + 299);
  });

  it('delay and drop on one link, until disposed; time passes only when nothing is left to do', async () => {
    await using cluster = await startSimulation({ nodes: 2, app, seed: 3 });
    await cluster.run('n2', async (node) => {
      await node.subscribe(news(), ({ number }) => notes(node, 'got').push([node.now(), number]));
    });
    const say = (number: number): Promise<number> =>
      cluster.run(
        'n1',
        (node, at) => {
          node.broadcast(news(), { from: node.id, number: at });
          return node.now();
        },
        number,
      );
    const got = (): Promise<[number, number][]> =>
      cluster.run('n2', (node) => notes<[number, number]>(node, 'got').slice());
    const at: number[] = [];
    {
      await using _slow = await cluster.fault({ from: 'n1', to: 'n2', verdict: { kind: 'delay', ms: 200 } });
      at.push(await say(0));
      await cluster.advance(400);
    }
    {
      await using _cut = await cluster.fault({ from: 'n1', to: 'n2', verdict: { kind: 'drop' } });
      await say(1);
      await cluster.advance(50);
    }
    at.push(await say(2));
    await cluster.advance(50);
    const arrived = await got();
    assert.deepEqual(
      arrived.map(([, number]) => number),
      [0, 2],
    );
    assert.ok(arrived[0]![0] - at[0]! >= 200 && arrived[0]![0] - at[0]! < 202);
    assert.ok(arrived[1]![0] - at[1]! < 2);
    const real = performance.now();
    await cluster.advance(60_000);
    assert.ok(performance.now() - real < 30_000);
  });

  it('setClock: a wall clock that is off, and clocks that run fast; now never jumps, and timers keep to it', async () => {
    await using cluster = await startSimulation({ nodes: 2, app, seed: 3 });
    const read = (id: string): Promise<[number, number]> => cluster.run(id, (node) => [node.now(), node.wall()]);
    const before = await read('n1');
    cluster.setClock('n1', 4_000, 1.01);
    const jumped = await read('n1');
    assert.ok(jumped[0] - before[0] < 1, 'now does not jump');
    assert.ok(jumped[1] - before[1] >= 4_000 && jumped[1] - before[1] < 4_010, 'the wall does');
    await cluster.advance(10_000);
    const later = await read('n1');
    assert.ok(Math.abs(later[0] - jumped[0] - 10_100) < 1, `now went ${later[0] - jumped[0]} in 10,000 ms`);
    assert.ok(Math.abs((await read('n2'))[0] - cluster.now()) < 0.001, 'others are right');
    const start = cluster.now();
    await cluster.run('n1', (node) => pause(node, 1_010));
    assert.ok(Math.abs(cluster.now() - start - 1_000) < 1, 'a timer of 1,010 ms of its own takes 1,000');
    assert.throws(() => cluster.setClock('n1', 0, 0), /setClock rate: expected more than 0/);
  });

  it('setStoreDelay: the store answers so much later', async () => {
    await using cluster = await startSimulation({ nodes: 1, app, seed: 3, store: memoryStore() });
    const reserve = (): Promise<number> => cluster.run('n1', (node) => node.store.reserve('ids', 10));
    assert.equal(await reserve(), 1);
    cluster.setStoreDelay(500);
    const start = cluster.now();
    assert.equal(await reserve(), 11);
    assert.ok(cluster.now() - start >= 500 && cluster.now() - start < 502);
    const asked = cluster.run('n1', (node) => node.store.query('SELECT 1'));
    await assert.rejects(asked, /memoryStore: it has no SQL, and was asked SELECT 1/);
  });

  it('an event of a node settles all its promises, however deep, before time goes on', async () => {
    const scheduler = new Scheduler();
    const seen: string[] = [];
    const deep = async (levels: number): Promise<void> => {
      for (let at = 0; at < levels; at++) await (at % 2 === 0 ? Promise.resolve() : new Promise<void>(queueMicrotask));
      seen.push(`deep at ${scheduler.now}, run by ${scheduler.running}`);
    };
    scheduler.at(1, 'n1#1', () => void deep(500));
    scheduler.at(2, 'n2#1', () => seen.push(`next, run by ${scheduler.running}`));
    await scheduler.drive(new Promise<void>((resolve) => scheduler.at(3, undefined, resolve)));
    assert.deepEqual(seen, ['deep at 1, run by n1#1', 'next, run by n2#1']);
    assert.equal(scheduler.running, undefined, 'the host goes on outside of any node');
  });

  it('keepTrace: every frame that was sent is told, with its end', async () => {
    await using cluster = await startSimulation({ nodes: 2, app, seed: 1, keepTrace: true });
    const kinds = new Set(cluster.trace().map(({ what }) => what));
    assert.ok(kinds.has('attach') && kinds.has('deliver'));
    const parties = new Set<Address>(cluster.trace().map(({ from }) => from));
    assert.deepEqual([...parties].sort(), ['authority#1', 'n1#1', 'n2#1']);
  });
});

describe('between events', () => {
  it('acts after so many more events, when all they led to at once has run, and before the next', async () => {
    const scheduler = new Scheduler();
    const order: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      scheduler.at(1, undefined, () => {
        order.push(name);
        void Promise.resolve().then(() => order.push(`after ${name}`));
      });
    }
    scheduler.afterEvents(2, () => order.push('act'));
    await scheduler.drive(
      new Promise<void>((resolve) => {
        scheduler.at(2, undefined, resolve);
      }),
    );
    assert.deepEqual(order, ['a', 'after a', 'b', 'after b', 'act', 'c', 'after c']);
  });
});
