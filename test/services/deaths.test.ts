/**
 * Deaths (P1, P5, P7–P11): all nodes but one die under a load of everything, at once, in groups or one after another. Nothing
 * stops, and nothing that was acknowledged is lost. In both worlds.
 */
import assert from 'node:assert/strict';
import { integerBetween, seededRandom } from '../../src/base/index.ts';
import type { Cluster, MusterNode, NodeId } from '../../src/index.ts';
import { counters, leader, loose, merged, names, notes, owned, pause, tallies } from '../support/app.ts';
import { type Book, bookOf, endLoad, LOAD_KEYS, standingAt, startLoad, total } from '../support/load.ts';
import { inEachWorld, type TestWorld } from '../support/worlds.ts';

const ALL = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7'];
/** Calls to servers that keep no state end so when their node dies; everything else is asked again. */
const MAY_FAIL = /^(loose|slow|singleton) on \S+: NodeDown/;

/** What a node has done so far, by kind. */
function progressOf(node: MusterNode): Record<string, number> {
  const kinds = ['owned', 'updates', 'kept', 'loose', 'singleton', 'ids'];
  return Object.fromEntries(kinds.map((kind) => [kind, notes(node, kind).length]));
}

/** Every loop of the survivor gets on: three more of each. */
async function getsOn(cluster: Cluster, id: NodeId): Promise<void> {
  const before = await cluster.run(id, progressOf);
  let now = before;
  const allGrew = async (): Promise<boolean> => {
    now = await cluster.run(id, progressOf);
    return Object.keys(before).every((kind) => now[kind]! >= before[kind]! + 3);
  };
  await cluster.waitFor(`progress at ${id}`, allGrew).catch((error: Error) => {
    throw new Error(`${error.message}: from ${JSON.stringify(before)} to ${JSON.stringify(now)}`);
  });
}

/** Kills the groups in turn under load; what the one that is left has must be all that was acknowledged. */
async function killUnderLoad(
  cluster: Cluster,
  world: TestWorld,
  survivor: NodeId,
  groups: readonly (readonly NodeId[])[],
  gapMs: () => number,
): Promise<void> {
  await cluster.run(
    'n1',
    async (node, keys) => {
      for (const key of keys) await node.server(tallies, key).start();
    },
    LOAD_KEYS,
  );
  for (const id of ALL) await startLoad(cluster, id, world.size(8, 2));
  await cluster.run(survivor, (node) => pause(node, 50));
  const books: Book[] = [];
  for (const group of groups) {
    for (const id of group) books.push(await bookOf(cluster, id));
    await Promise.all(group.map((id) => cluster.kill(id)));
    await getsOn(cluster, survivor);
    await cluster.run(survivor, (node, ms) => pause(node, ms), gapMs());
  }
  await endLoad(cluster, survivor);
  const last = await bookOf(cluster, survivor);
  await cluster.settled();
  assert.deepEqual(
    last.errors.filter((error) => !MAY_FAIL.test(error)),
    [],
  );
  await checkStanding(cluster, world, survivor, books, last);
  for (const id of ALL) if (id !== survivor) await cluster.start(id);
  await cluster.settled({ deadlineMs: 20_000 });
  for (const id of [survivor, ...groups.map(([first]) => first!)]) {
    await checkStanding(cluster, world, id, books, last);
  }
}

async function checkStanding(
  cluster: Cluster,
  world: TestWorld,
  id: NodeId,
  books: readonly Book[],
  last: Book,
): Promise<void> {
  const all = [...books, last];
  // What the dead put into merged caches may have died with them.
  const standing = await standingAt(cluster, id, [...books.map((book) => ({ ...book, merged: [] })), last]);
  assert.deepEqual(standing.missing, []);
  for (const what of ['updates', 'kept'] as const) {
    const acknowledged = total(all, what);
    assert.ok(standing[what] >= acknowledged, `${what}: ${standing[what]} of ${acknowledged}`);
    // In a simulation the books of the dead are complete: each had one on its way.
    if (world.kind === 'simulation') {
      assert.ok(standing[what] <= acknowledged + books.length, `${what}: ${standing[what]} of ${acknowledged}`);
    }
  }
  const held = await cluster.run(id, (node) =>
    node
      .registry(names)
      .select()
      .map(({ key, holder }) => [key, holder]),
  );
  assert.deepEqual(held.map(([key]) => key).sort(), [...last.names].sort());
  for (const [key, holder] of held) assert.equal(holder, last.address, key);
  const ids = all.flatMap((book) => book.ids);
  assert.equal(new Set(ids).size, ids.length, 'an id was given twice');
  assert.ok(await cluster.run(id, (node) => node.server(leader).call('where')));
  assert.ok(await cluster.run(id, (node, key) => node.server(loose, key).call('where'), LOAD_KEYS[0]!));
}

function shuffled(ids: readonly NodeId[], seed: number): NodeId[] {
  const random = seededRandom(seed);
  const rest = [...ids];
  return ids.map(() => rest.splice(integerBetween(random, 0, rest.length - 1), 1)[0]!);
}

inEachWorld(
  'seven nodes die one after another until one is left: nothing stops, nothing acknowledged is lost',
  { nodes: 7, seeds: 2 },
  async (cluster, world) => {
    const [survivor, ...rest] = shuffled(ALL, world.seed + 1);
    const random = seededRandom(world.seed);
    const groups = rest.map((id) => [id]);
    await killUnderLoad(cluster, world, survivor!, groups, () => integerBetween(random, 0, 40));
  },
);

inEachWorld(
  'six of seven nodes die at once: the last goes on with everything that was acknowledged',
  { nodes: 7, seeds: 2 },
  async (cluster, world) => {
    const [survivor, ...rest] = shuffled(ALL, world.seed + 2);
    await killUnderLoad(cluster, world, survivor!, [rest], () => 0);
  },
);

inEachWorld(
  'seven nodes die in groups, the next before the flush of the one before: nothing acknowledged is lost',
  { nodes: 7, seeds: 2 },
  async (cluster, world) => {
    const [survivor, ...rest] = shuffled(ALL, world.seed + 3);
    const random = seededRandom(world.seed);
    await cluster.run(
      'n1',
      async (node, keys) => {
        for (const key of keys) await node.server(tallies, key).start();
        for (const key of keys) await node.server(tallies, key).call('add', key);
        for (const key of keys) await node.cache(counters).put(`k${key}`, key);
        for (const key of keys) await node.cache(owned).put(key, { n: key });
        for (const key of keys) node.cache(merged).put(key, { by: node.id, n: key });
      },
      LOAD_KEYS,
    );
    await cluster.settled();
    const killed = rest.map(async (id) => {
      await cluster.run(survivor!, (node, ms) => pause(node, ms), integerBetween(random, 0, 4));
      await cluster.kill(id);
    });
    await Promise.all(killed);
    await cluster.settled();
    const found = await cluster.run(
      survivor!,
      async (node, keys) => ({
        tallies: await Promise.all(keys.map((key) => node.server(tallies, key).call('read'))),
        counters: keys.map((key) => node.cache(counters).get(`k${key}`)),
        owned: keys.map((key) => node.cache(owned).get(key)?.n),
        merged: keys.map((key) => node.cache(merged).get(key)?.n),
      }),
      LOAD_KEYS,
    );
    assert.deepEqual(found, { tallies: LOAD_KEYS, counters: LOAD_KEYS, owned: LOAD_KEYS, merged: LOAD_KEYS });
  },
);
