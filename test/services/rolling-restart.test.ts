/**
 * Handoff (P9): all nodes are restarted one by one under a load of everything, and nothing is lost: no key, no name, no call, no
 * message; nothing is applied twice, no id is given twice. And a node that joins takes its share. In both worlds.
 */
import assert from 'node:assert/strict';
import { idOf } from '../../src/base/index.ts';
import { type Cluster, type MusterNode, type NodeId, View } from '../../src/index.ts';
import { loose, names, notes, outcomeOf, owned, pause, tallies } from '../support/app.ts';
import { type Book, bookOf, endLoad, LOAD_KEYS, publishedBy, standingAt, startLoad, total } from '../support/load.ts';
import { inEachWorld, inSimulation } from '../support/worlds.ts';

/** The numbers of messages that a life heard of another: in order, without gap, without repetition. */
function assertWhole(heard: readonly number[], from: number, to: number, who: string): void {
  assert.ok(
    heard.length > 0 && heard[0]! <= from && heard.at(-1)! === to,
    `${who}: heard ${heard[0]} to ${heard.at(-1)}, not ${from} to ${to}`,
  );
  for (const [at, number] of heard.entries()) {
    if (at > 0) assert.equal(number, heard[at - 1]! + 1, `${who}: ${number} after ${heard[at - 1]}`);
  }
}

function hasHeard(node: MusterNode, address: string, number: number): boolean {
  return notes<[string, number]>(node, 'heard').some(([from, at]) => from === address && at === number);
}

/** What each life that has the load must hear of each other: from the first message after its subscription resolved. */
class Listeners {
  readonly #cluster: Cluster;
  readonly #expected = new Map<NodeId, Map<string, number>>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async begin(id: NodeId): Promise<void> {
    const expected = new Map<string, number>();
    for (const other of this.#expected.keys()) {
      const { address } = await bookOf(this.#cluster, other);
      expected.set(address, (await publishedBy(this.#cluster, other)) + 1);
    }
    const { address } = await bookOf(this.#cluster, id);
    for (const other of this.#expected.values()) other.set(address, 1);
    this.#expected.set(id, expected);
  }

  /** The publisher has ended: everybody must hear it to its last message. */
  async allHeard({ address, published: [published = 0] }: Book): Promise<void> {
    for (const [id, expected] of this.#expected) {
      const from = expected.get(address);
      if (from === undefined || from > published) continue;
      await this.#cluster.waitFor(`message ${published} of ${address} at ${id}`, () =>
        this.#cluster.run(id, hasHeard, address, published),
      );
      const heard = (await bookOf(this.#cluster, id)).heard.filter(([origin]) => origin === address);
      assertWhole(
        heard.map(([, number]) => number),
        from,
        published,
        `${id} of ${address}`,
      );
    }
  }

  end(id: NodeId): void {
    this.#expected.delete(id);
  }
}

async function namesAt(cluster: Cluster, id: NodeId, wanted: readonly string[]): Promise<string[]> {
  return cluster.run(id, (node, keys) => keys.filter((key) => !node.registry(names).lookup(key)), wanted);
}

inEachWorld(
  'rolling restart of all nodes under load: no key, name, call or message is lost, nothing is applied twice',
  { nodes: 4, seeds: 2 },
  async (cluster, world) => {
    const all = ['n1', 'n2', 'n3', 'n4'];
    const listeners = new Listeners(cluster);
    const waitMs = world.size(6, 4);
    await cluster.run(
      'n1',
      async (node, keys) => {
        for (const key of keys) await node.server(tallies, key).start();
      },
      LOAD_KEYS,
    );
    for (const id of all) {
      await startLoad(cluster, id, waitMs);
      await listeners.begin(id);
    }
    const books: Book[] = [];
    for (const id of all) {
      await cluster.run(id, (node) => pause(node, 60));
      await endLoad(cluster, id);
      const book = await bookOf(cluster, id);
      await listeners.allHeard(book);
      listeners.end(id);
      books.push(book);
      for (const other of all) assert.deepEqual(await namesAt(cluster, other, book.names), [], `names at ${other}`);
      await cluster.restart(id);
      assert.deepEqual((await namesAt(cluster, id, book.names)).length, book.names.length, 'names of the life before');
      await startLoad(cluster, id, waitMs);
      await listeners.begin(id);
    }
    await cluster.run('n1', (node) => pause(node, 60));
    for (const id of all) await endLoad(cluster, id);
    const last = await Promise.all(all.map((id) => bookOf(cluster, id)));
    for (const book of last) await listeners.allHeard(book);
    books.push(...last);
    assert.deepEqual(
      books.flatMap(({ errors }) => errors),
      [],
    );
    await cluster.settled({ deadlineMs: 20_000 });
    for (const id of all) {
      assert.deepEqual(await standingAt(cluster, id, books), {
        missing: [],
        updates: total(books, 'updates'),
        kept: total(books, 'kept'),
        loose: total(books, 'loose'),
      });
      for (const { address, names: held } of last) assert.deepEqual(await namesAt(cluster, id, held), [], address);
    }
    const given = books.flatMap(({ ids }) => ids);
    assert.equal(new Set(given).size, given.length, 'an id was given twice');
    for (const book of books) {
      const { updates, kept, loose: looseCalls, singleton, ids } = book;
      for (const list of [updates, kept, looseCalls, singleton, ids]) assert.ok(list.length > 3, JSON.stringify(book));
    }
  },
);

inSimulation(
  'rolling restart of nodes in the middle of their own work: what was acknowledged stands, the rest is applied once at most',
  { nodes: 4, seeds: 3 },
  async (cluster) => {
    const all = ['n1', 'n2', 'n3', 'n4'];
    await cluster.run(
      'n1',
      async (node, keys) => {
        for (const key of keys) await node.server(tallies, key).start();
      },
      LOAD_KEYS,
    );
    for (const id of all) await startLoad(cluster, id, 5);
    const books: Book[] = [];
    for (const id of all) {
      await cluster.advance(40);
      books.push(await bookOf(cluster, id));
      await cluster.restart(id);
      await startLoad(cluster, id, 5);
    }
    for (const id of all) await endLoad(cluster, id);
    for (const id of all) books.push(await bookOf(cluster, id));
    await cluster.settled();
    const errors = books.flatMap((book) => book.errors);
    const standing = await standingAt(cluster, 'n1', books);
    for (const id of all) assert.deepEqual(await standingAt(cluster, id, books), standing);
    assert.deepEqual(standing.missing, []);
    // A life that ended had at most one of each on its way, and the slow call beside the fast one.
    for (const [what, open] of [
      ['updates', 4],
      ['kept', 4],
      ['loose', 8],
    ] as const) {
      const acknowledged = total(books, what);
      const found = standing[what];
      assert.ok(found >= acknowledged && found <= acknowledged + open, `${what}: ${found} of ${acknowledged}`);
    }
    const given = books.flatMap(({ ids }) => ids);
    assert.equal(new Set(given).size, given.length, 'an id was given twice');
    assert.deepEqual(
      errors.filter((error) => !/closed|NotPrimary/.test(error)),
      [],
    );
  },
);

inEachWorld(
  'a long turn of a server that keeps no state ends and answers while its node hands over; what waited behind it is served',
  { nodes: 3, seeds: 5 },
  async (cluster) => {
    const keys = Array.from({ length: 9 }, (_, at) => at + 1);
    const works = cluster.run(
      'n1',
      (node, all) =>
        Promise.all(
          all.flatMap((key) => [
            outcomeOf(node.server(loose, key).call('slowAdd', 1, 300)),
            ...Array.from({ length: 5 }, () => outcomeOf(node.server(loose, key).call('add', 1))),
          ]),
        ),
      keys,
    );
    await cluster.run('n1', (node) => pause(node, 40));
    await Promise.all([cluster.stop('n3'), cluster.add()]);
    assert.deepEqual(
      (await works).filter((outcome) => outcome !== 'ok'),
      [],
    );
    const counts = await cluster.run(
      'n2',
      (node, all) => Promise.all(all.map((key) => node.server(loose, key).call('read'))),
      keys,
    );
    assert.deepEqual(
      counts,
      keys.map(() => 6),
    );
  },
);

inEachWorld(
  'a joining node takes its share of keys and servers, and only what it takes moves (F27)',
  { nodes: 3, seeds: 2 },
  async (cluster, world) => {
    const count = world.size(120, 300);
    const keys = Array.from({ length: count }, (_, at) => at + 1);
    await cluster.run(
      'n1',
      async (node, all) => {
        await Promise.all(all.map((key) => node.server(tallies, key).start()));
        await Promise.all(all.map((key) => node.cache(owned).put(key, { n: key })));
        await Promise.all(all.map((key) => node.server(tallies, key).call('add', key)));
      },
      keys,
    );
    await cluster.settled();
    const before = await homes(cluster, keys);
    await cluster.add();
    await cluster.settled();
    const after = await homes(cluster, keys);
    for (const what of ['servers', 'keys'] as const) {
      const taken = keys.filter((key) => after[what].get(key) === 'n4');
      assert.ok(taken.length > count / 8 && taken.length < count / 2.5, `n4 took ${taken.length} of ${count} ${what}`);
      const moved = keys.filter((key) => before[what].get(key) !== after[what].get(key));
      assert.deepEqual(moved, taken, `${what} moved between those who were there`);
      for (const id of ['n1', 'n2', 'n3']) {
        const kept = [...after[what].values()].filter((home) => home === id).length;
        assert.ok(kept > count / 8 && kept < count / 2.5, `${id} has ${kept} of ${count} ${what}`);
      }
    }
    const counts = await cluster.run(
      'n4',
      (node, all) => Promise.all(all.map((key) => node.server(tallies, key).call('read'))),
      keys,
    );
    assert.deepEqual(counts, keys);
  },
);

/** Where each server runs, and who owns each key. */
async function homes(
  cluster: Cluster,
  keys: readonly number[],
): Promise<{ servers: Map<number, NodeId>; keys: Map<number, NodeId> }> {
  const { nodes } = await cluster.inspect();
  const view = new View(cluster.view());
  const servers = new Map<number, NodeId>();
  for (const { id, servers: running } of nodes) {
    for (const { server } of running) if (server.startsWith('tally/')) servers.set(Number(server.slice(6)), id);
  }
  return { servers, keys: new Map(keys.map((key) => [key, idOf(view.owner(`cache owned|${key}`)!)])) };
}

inEachWorld(
  'a call that starts its server is served also when it comes in the middle of a view change',
  { nodes: 3, seeds: 6 },
  async (cluster) => {
    const calls = cluster.run('n1', async (node) => {
      const outcomes: Promise<string>[] = [];
      for (let key = 1_000; key < 1_100; key++) {
        outcomes.push(outcomeOf(node.server(loose, key).call('add', 1)));
        await pause(node, 0.3);
      }
      return Promise.all(outcomes);
    });
    const restarts = async (): Promise<void> => {
      await cluster.add();
      await cluster.stop('n4');
    };
    const [outcomes] = await Promise.all([calls, restarts()]);
    assert.deepEqual(
      outcomes.filter((outcome) => outcome !== 'ok'),
      [],
    );
  },
);
