/**
 * The owner of a key, its caller, a replica, the home of a server, the donor of a joiner or the joiner itself dies after every
 * single event of an operation (P1, P5, P7–P10). What resolved is on all survivors; what did not is applied once or not at
 * all; whoever lives and waits is answered, because its node asks again.
 *
 * MUSTER_SEEDS=N takes N seeds; what is done at every n-th event only, because it has hundreds, is done at all by n seeds.
 */
import assert from 'node:assert/strict';
import { type NodeId, type SimulatedCluster, View } from '../../src/index.ts';
import { counters, ids, loose, merged, names, outcomeOf, owned, slow, tallies } from '../support/app.ts';
import { overSeeds } from '../support/worlds.ts';
import { dieAtEveryPoint, dieTwiceAtPoints, type Ending, type Scene } from './every-point.ts';

interface Parts {
  readonly key: string;
  readonly caller: NodeId;
  readonly owner: NodeId;
}

const KEYS = Array.from({ length: 40 }, (_, at) => at + 1);

function ownerOf(cluster: SimulatedCluster, route: string): NodeId {
  const view = new View(cluster.view());
  return view.owner(route)!.split('#')[0]!;
}

function survivors(cluster: SimulatedCluster): NodeId[] {
  return cluster
    .nodes()
    .filter(({ state }) => state === 'up')
    .map(({ id }) => id);
}

/** A key whose owner is n2; the caller is n1, or n2 itself. */
function partsOf(cluster: SimulatedCluster, table: string, callerIsOwner: boolean): Parts {
  const key = KEYS.map((at) => `k${at}`).find((name) => ownerOf(cluster, `${table}|${name}`) === 'n2')!;
  return { key, owner: 'n2', caller: callerIsOwner ? 'n2' : 'n1' };
}

/** What all survivors show; fails when they differ. */
async function shown<R>(
  cluster: SimulatedCluster,
  read: (node: Parameters<Parameters<SimulatedCluster['run']>[1]>[0]) => R,
): Promise<Awaited<R>> {
  const all: Awaited<R>[] = [];
  for (const id of survivors(cluster)) all.push(await cluster.run(id, read));
  for (const other of all) assert.deepEqual(other, all[0], 'the survivors differ');
  return all[0]!;
}

/** Only a caller that died may be without its answer. */
function mustHaveResolved(ending: Ending, callerDied: boolean): void {
  if (!callerDied) assert.deepEqual(ending.ok ? 'resolved' : ending.code, 'resolved');
}

interface Operation {
  readonly table: string;
  before(cluster: SimulatedCluster, parts: Parts): Promise<unknown>;
  act(cluster: SimulatedCluster, parts: Parts): Promise<unknown>;
  /** What is shown before and after, and what the caller is told. */
  readonly read: (key: string) => (node: Parameters<Parameters<SimulatedCluster['run']>[1]>[0]) => unknown;
  readonly was: unknown;
  readonly becomes: unknown;
  readonly answer: unknown;
}

const operations: Readonly<Record<string, Operation>> = {
  put: {
    table: 'cache owned',
    before: (cluster, { key }) => cluster.run('n3', (node) => node.cache(owned).put(key, { n: 0 })),
    act: (cluster, { key, caller }) => cluster.run(caller, (node) => node.cache(owned).put(key, { n: 1 })),
    read: (key) => (node) => node.cache(owned).get(key)?.n,
    was: 0,
    becomes: 1,
    answer: undefined,
  },
  delete: {
    table: 'cache owned',
    before: (cluster, { key }) => cluster.run('n3', (node) => node.cache(owned).put(key, { n: 0 })),
    act: (cluster, { key, caller }) => cluster.run(caller, (node) => node.cache(owned).delete(key)),
    read: (key) => (node) => node.cache(owned).has(key),
    was: true,
    becomes: false,
    answer: true,
  },
  insertNew: {
    table: 'cache owned',
    before: async () => undefined,
    act: (cluster, { key, caller }) => cluster.run(caller, (node) => node.cache(owned).insertNew(key, { n: 1 })),
    read: (key) => (node) => node.cache(owned).get(key)?.n,
    was: undefined,
    becomes: 1,
    answer: { inserted: true, value: { n: 1 } },
  },
  update: {
    table: 'cache counters',
    before: (cluster, { key }) => cluster.run('n3', (node) => node.cache(counters).put(key, 5)),
    act: (cluster, { key, caller }) =>
      cluster.run(caller, (node) => node.cache(counters).update(key, (count) => (count ?? 0) + 1)),
    read: (key) => (node) => node.cache(counters).get(key),
    was: 5,
    becomes: 6,
    answer: 6,
  },
  getOrLoad: {
    table: 'cache owned',
    before: async () => undefined,
    act: (cluster, { key, caller }) =>
      cluster.run(caller, (node) => node.cache(owned).getOrLoad(key, () => ({ n: 1 }))),
    read: (key) => (node) => node.cache(owned).get(key)?.n,
    was: undefined,
    becomes: 1,
    answer: { n: 1 },
  },
};

function sceneOf(operation: Operation, callerIsOwner: boolean): Scene<Parts> {
  return {
    nodes: 4,
    prepare: async (cluster) => {
      const parts = partsOf(cluster, operation.table, callerIsOwner);
      await operation.before(cluster, parts);
      return parts;
    },
    act: (cluster, parts) => operation.act(cluster, parts),
    roles: (_cluster, { caller, owner }) => ({ caller, owner, replica: 'n4' }),
    check: async (cluster, { key, caller, owner }, ending, dead) => {
      const callerDied = dead.includes('caller') || (dead.includes('owner') && caller === owner);
      mustHaveResolved(ending, callerDied);
      if (ending.ok) assert.deepEqual(ending.value, operation.answer);
      const now = await shown(cluster, operation.read(key));
      if (ending.ok) assert.deepEqual(now, operation.becomes);
      else assert.ok(now === operation.was || now === operation.becomes, `found ${String(now)}`);
    },
  };
}

for (const [name, operation] of Object.entries(operations)) {
  overSeeds(`${name}: its owner, its caller or a replica dies after each event of it`, 1, async (seed) => {
    await dieAtEveryPoint(sceneOf(operation, false), seed, ['owner', 'caller', 'replica']);
    await dieAtEveryPoint(sceneOf(operation, true), seed, ['owner', 'replica']);
  });
  overSeeds(`${name}: its owner and another node die at neighbouring events`, 1, async (seed) => {
    const scene = sceneOf(operation, false);
    await dieTwiceAtPoints(scene, seed, ['owner', 'replica'], { within: 2, step: 2 });
    await dieTwiceAtPoints(scene, seed, ['replica', 'owner'], { within: 2, step: 2 });
    await dieTwiceAtPoints(scene, seed, ['owner', 'caller'], { within: 1, step: 3 });
  });
}

/** Two nodes update the same key at once; each function's effect is there once if it resolved, and once at most if not. */
const contended: Scene<Parts> = {
  nodes: 5,
  prepare: async (cluster) => {
    const parts = partsOf(cluster, 'cache counters', false);
    await cluster.run('n1', (node) => node.cache(counters).put(parts.key, 0));
    return parts;
  },
  act: (cluster, { key }) =>
    Promise.all(
      ['n1', 'n3', 'n4'].map((id) =>
        cluster
          .run(id, async (node) => {
            const results: number[] = [];
            for (let at = 0; at < 2; at++) {
              results.push((await node.cache(counters).update(key, (count) => (count ?? 0) + 1))!);
            }
            return results;
          })
          .catch((error: { code: string }) => error.code),
      ),
    ),
  roles: (_cluster, { owner, caller }) => ({ owner, caller, replica: 'n5' }),
  check: async (cluster, { key }, ending, dead) => {
    assert.ok(ending.ok);
    const results = ending.value as (number[] | string)[];
    const told = results.filter((result) => typeof result !== 'string');
    assert.equal(told.length, dead.includes('caller') && results[0] === 'NodeDown' ? 2 : 3, String(results));
    const values = told.flat();
    assert.equal(new Set(values).size, values.length, `a value was told twice: ${String(values)}`);
    const count = (await shown(cluster, (node) => node.cache(counters).get(key)))!;
    assert.ok(
      count >= values.length && count <= 6 && (told.length < 3 || count === 6),
      `${count} of ${String(results)}`,
    );
  },
};

overSeeds('contended updates: the owner, a caller or a replica dies after each event of them', 1, async (seed) => {
  await dieAtEveryPoint(contended, seed, ['owner', 'caller', 'replica']);
});

/** A name is taken. */
const registering: Scene<Parts> = {
  nodes: 4,
  prepare: async (cluster) => partsOf(cluster, 'registry names', false),
  act: (cluster, { key, caller }) =>
    cluster.run(caller, async (node) => void (await node.registry(names).register(key, { note: node.id }))),
  roles: (_cluster, { caller, owner }) => ({ caller, owner, replica: 'n4' }),
  check: async (cluster, { key }, ending, dead) => {
    const callerDied = dead.includes('caller');
    mustHaveResolved(ending, callerDied);
    const holder = await shown(cluster, (node) => node.registry(names).lookup(key)?.holder ?? 'nobody');
    assert.equal(holder, callerDied ? 'nobody' : 'n1#1');
    const other = await cluster.run('n3', (node) => outcomeOf(node.registry(names).register(key, { note: node.id })));
    assert.equal(other, callerDied ? 'ok' : 'NameTaken');
  },
};

overSeeds('register: the owner of the name, its holder or a replica dies after each event of it', 1, async (seed) => {
  await dieAtEveryPoint(registering, seed, ['owner', 'caller', 'replica']);
  await dieTwiceAtPoints(registering, seed, ['owner', 'replica'], { within: 2, step: 2 });
});

/** A name is given back. */
const unregistering: Scene<Parts & { free: () => Promise<void> }> = {
  ...registering,
  prepare: async (cluster) => {
    const parts = partsOf(cluster, 'registry names', false);
    const registration = await cluster.run(parts.caller, (node) =>
      node.registry(names).register(parts.key, { note: node.id }),
    );
    return { ...parts, free: () => registration.unregister() };
  },
  act: (cluster, { caller, free }) => cluster.run(caller, free),
  check: async (cluster, { key }, ending, dead) => {
    mustHaveResolved(ending, dead.includes('caller'));
    assert.equal(await shown(cluster, (node) => node.registry(names).lookup(key)?.holder ?? 'nobody'), 'nobody');
    assert.equal(await cluster.run('n3', (node) => outcomeOf(node.registry(names).register(key, { note: '' }))), 'ok');
  },
};

overSeeds('unregister: the owner of the name, its holder or a replica dies after each event of it', 1, async (seed) => {
  await dieAtEveryPoint(unregistering, seed, ['owner', 'caller', 'replica']);
});

interface ServerParts {
  readonly key: number;
  readonly other: number;
  readonly caller: NodeId;
  readonly home: NodeId;
}

function serverParts(cluster: SimulatedCluster, name: string): ServerParts {
  const [key, other] = KEYS.filter((at) => ownerOf(cluster, `server|${name}/${at}`) === 'n2');
  return { key: key!, other: other!, caller: 'n1', home: 'n2' };
}

const rolesOfServer = (_cluster: SimulatedCluster, { caller, home }: ServerParts): Record<string, NodeId> => ({
  caller,
  home,
  replica: 'n4',
});

/** Instances of the server in the cluster. */
async function instancesOf(cluster: SimulatedCluster, id: string): Promise<number> {
  const { nodes } = await cluster.inspect();
  return nodes.flatMap(({ servers }) => servers.filter(({ server }) => server === id)).length;
}

/** A call to a server that keeps state. */
const calling: Scene<ServerParts> = {
  nodes: 4,
  prepare: async (cluster) => {
    const parts = serverParts(cluster, 'tally');
    await cluster.run('n3', (node) => node.server(tallies, parts.key).start());
    return parts;
  },
  act: (cluster, { key, caller }) => cluster.run(caller, (node) => node.server(tallies, key).call('add', 1)),
  roles: rolesOfServer,
  check: async (cluster, { key }, ending, dead) => {
    mustHaveResolved(ending, dead.includes('caller'));
    if (ending.ok) assert.equal(ending.value, 1);
    const count = await shown(cluster, (node) => node.server(tallies, key).call('read'));
    assert.ok(count === 1 || (!ending.ok && count === 0), `${count} adds`);
    assert.equal(await instancesOf(cluster, `tally/${key}`), 1);
  },
};

overSeeds('a call to kept state: the home, the caller or a replica dies after each event of it', 1, async (seed) => {
  await dieAtEveryPoint(calling, seed, ['home', 'caller', 'replica']);
  await dieTwiceAtPoints(calling, seed, ['home', 'replica'], { within: 2, step: 2 });
});

/** A server is started, then stopped. */
const starting: Scene<ServerParts> = {
  ...calling,
  prepare: async (cluster) => serverParts(cluster, 'tally'),
  act: (cluster, { key, caller }) => cluster.run(caller, (node) => node.server(tallies, key).start()),
  check: async (cluster, { key }, ending, dead) => {
    mustHaveResolved(ending, dead.includes('caller'));
    const outcome = await shown(cluster, (node) => outcomeOf(node.server(tallies, key).call('read')));
    assert.ok(outcome === 'ok' || (!ending.ok && outcome === 'NoSuchServer'), outcome);
    assert.equal(await instancesOf(cluster, `tally/${key}`), outcome === 'ok' ? 1 : 0);
  },
};

overSeeds('start of a server: its home, the caller or a replica dies after each event of it', 1, async (seed) => {
  await dieAtEveryPoint(starting, seed, ['home', 'caller', 'replica']);
});

const stopping: Scene<ServerParts> = {
  ...calling,
  prepare: async (cluster) => {
    const parts = await calling.prepare(cluster);
    await cluster.run('n3', (node) => node.server(tallies, parts.key).call('add', 7));
    return parts;
  },
  act: (cluster, { key, caller }) => cluster.run(caller, (node) => node.server(tallies, key).stop()),
  check: async (cluster, { key }, ending, dead) => {
    mustHaveResolved(ending, dead.includes('caller'));
    const outcome = await shown(cluster, (node) => outcomeOf(node.server(tallies, key).call('read')));
    assert.ok(outcome === 'NoSuchServer' || (!ending.ok && outcome === 'ok'), outcome);
    if (outcome === 'ok') return;
    await cluster.run('n3', (node) => node.server(tallies, key).start());
    assert.equal(
      await cluster.run('n3', (node) => node.server(tallies, key).call('read')),
      0,
      'its state is forgotten',
    );
  },
};

overSeeds('stop of a server: its home, the caller or a replica dies after each event of it', 1, async (seed) => {
  await dieAtEveryPoint(stopping, seed, ['home', 'caller', 'replica']);
});

interface IdParts {
  readonly given: number[];
}

/** Ids are drawn on one node across the end of its block. */
const drawing: Scene<IdParts> = {
  nodes: 3,
  prepare: async (cluster) => {
    const given: number[] = [];
    await cluster.run('n1', async (node) => {
      for (let at = 0; at < 70; at++) given.push(await node.sequence(ids).next());
    });
    return { given };
  },
  act: (cluster, { given }) =>
    cluster.run('n1', async (node) => {
      for (let at = 0; at < 60; at++) given.push(await node.sequence(ids).next());
    }),
  roles: () => ({ caller: 'n1', replica: 'n2' }),
  check: async (cluster, { given }, ending, dead) => {
    mustHaveResolved(ending, dead.includes('caller'));
    for (const id of survivors(cluster)) {
      await cluster.run(id, async (node) => {
        for (let at = 0; at < 120; at++) given.push(await node.sequence(ids).next());
      });
    }
    assert.equal(new Set(given).size, given.length, 'an id was given twice');
  },
};

overSeeds('ids: the node that reserves a block, or another, dies after each event of it', 1, async (seed) => {
  await dieAtEveryPoint(drawing, seed, ['caller', 'replica']);
});

interface Moving {
  readonly key: number;
  readonly loose: number;
  readonly slow: number;
}

/** A key of the server whose home is n2, and n3 when n2 is gone. */
function movingKey(cluster: SimulatedCluster, name: string): number {
  const members = cluster.view().members.filter(({ id }) => id !== 'n2');
  const without = new View({ ...cluster.view(), members });
  const moves = (at: number): boolean =>
    ownerOf(cluster, `server|${name}/${at}`) === 'n2' && without.owner(`server|${name}/${at}`)!.startsWith('n3#');
  return KEYS.find(moves)!;
}

/** The home of three servers is stopped while they are called; `slow` takes its time to begin. */
const moving: Scene<Moving> = {
  nodes: 4,
  prepare: async (cluster) => {
    const keys = {
      key: movingKey(cluster, 'tally'),
      loose: movingKey(cluster, 'loose'),
      slow: movingKey(cluster, 'slow'),
    };
    await cluster.run('n4', async (node) => {
      await node.server(tallies, keys.key).start();
      await node.server(slow, keys.slow).start();
      await node.server(loose, keys.loose).call('add', 0);
    });
    return keys;
  },
  act: async (cluster, keys) => {
    const calls = cluster.run('n1', (node) =>
      Promise.all(
        Array.from({ length: 4 }, async (_, at) => {
          await new Promise<void>((resolve) => node.after(at * 2, resolve));
          return Promise.all([
            outcomeOf(node.server(tallies, keys.key).call('add', 1)),
            outcomeOf(node.server(loose, keys.loose).call('add', 1)),
            outcomeOf(node.server(slow, keys.slow).call('add', 1)),
          ]);
        }),
      ),
    );
    const [outcomes] = await Promise.all([calls.catch((error: { code: string }) => error.code), cluster.stop('n2')]);
    return outcomes;
  },
  roles: () => ({ home: 'n2', next: 'n3', caller: 'n1', another: 'n4' }),
  check: async (cluster, { key, loose: looseKey, slow: slowKey }, ending, dead) => {
    assert.ok(ending.ok);
    const [kept, handed, slowly] = await shown(cluster, (node) =>
      Promise.all([
        node.server(tallies, key).call('read'),
        node.server(loose, looseKey).call('read'),
        node.server(slow, slowKey).call('read'),
      ]),
    );
    if (typeof ending.value === 'string') {
      assert.ok(dead.includes('caller'), ending.value);
      for (const count of [kept, slowly]) assert.ok(count! <= 4, `${count} adds`);
      return;
    }
    const outcomes = ending.value as string[][];
    const acknowledged = [0, 1, 2].map((at) => outcomes.filter((each) => each[at] === 'ok').length);
    assert.deepEqual([kept, slowly], [4, 4], `of ${acknowledged.join(' ')}: ${outcomes.join(' ')}`);
    assert.deepEqual([acknowledged[0], acknowledged[2]], [4, 4], outcomes.join(' '));
    // What keeps no state loses it with the node that has it; calls on their way there have an unknown end.
    if (dead.includes('home') || dead.includes('next')) return;
    assert.deepEqual([acknowledged[1], handed], [4, 4], outcomes.join(' '));
  },
};

overSeeds('planned move: no call is lost, and none applied twice, without deaths', 20, async (seed) => {
  await dieAtEveryPoint(moving, seed, []);
});

overSeeds(
  'planned move: the old home, the new one, a caller or another dies after every fifth event of it',
  1,
  async (seed) => {
    await dieAtEveryPoint(moving, seed, ['home', 'next', 'caller', 'another'], 5);
  },
);

interface Joining {
  readonly written: string[];
}

/** A node joins while another writes. */
const joining: Scene<Joining> = {
  nodes: 3,
  prepare: async (cluster) => {
    await cluster.run('n1', async (node) => {
      await Promise.all(Array.from({ length: 30 }, (_, at) => node.cache(owned).put(at, { n: at })));
      for (let at = 0; at < 30; at++) node.cache(merged).put(at, { by: node.id, n: at });
      await node.registry(names).register('early', { note: node.id });
      await node.server(tallies, 1).start();
    });
    return { written: [] };
  },
  act: async (cluster, { written }) => {
    const writing = cluster.run('n1', async (node) => {
      for (let at = 0; at < 8; at++) {
        await node.cache(owned).put(`late ${at}`, { n: at });
        await node.cache(counters).update('late', (count) => (count ?? 0) + 1);
        node.cache(merged).put(`late ${at}`, { by: node.id, n: at });
        await node.server(tallies, 1).call('add', 1);
        written.push(`late ${at}`);
      }
    });
    const joined = cluster.add().catch((error: { code: string }) => error.code);
    await writing.catch(() => undefined);
    return joined;
  },
  roles: () => ({ joiner: 'n4', writer: 'n1', member: 'n2', another: 'n3' }),
  check: async (cluster, { written }, ending, dead) => {
    const joinerDied = dead.includes('joiner');
    const members = cluster.view().members.map(({ id }) => id);
    assert.deepEqual(members, survivors(cluster), 'the view has others than the survivors');
    assert.equal(members.includes('n4'), !joinerDied, `${String(members)}: add ended with ${JSON.stringify(ending)}`);
    const found = await shown(cluster, (node) => ({
      owned: [...node.cache(owned).entries()].map(([key]) => key).sort(),
      merged: [...node.cache(merged).entries()].map(([key]) => key).sort(),
      late: node.cache(counters).get('late') ?? 0,
      names: node
        .registry(names)
        .select()
        .map(({ key, holder }) => `${key} ${holder}`),
    }));
    for (const key of [...Array.from({ length: 30 }, (_, at) => at), ...written]) {
      assert.ok(found.owned.includes(key), `owned ${key} is missing`);
      assert.ok(found.merged.includes(key) || dead.includes('writer'), `merged ${key} is missing`);
    }
    assert.deepEqual(found.names, dead.includes('writer') ? [] : ['early n1#1']);
    const adds = await shown(cluster, (node) => node.server(tallies, 1).call('read'));
    for (const count of [adds, found.late]) {
      if (!dead.includes('writer')) assert.equal(count, 8);
      else assert.ok(count >= written.length && count <= written.length + 1, `${count} of ${written.length}`);
    }
    for (const { pending, id } of (await cluster.inspect()).nodes) {
      for (const [what, amount] of Object.entries(pending)) assert.equal(amount, 0, `${id} has ${amount} ${what}`);
    }
  },
};

overSeeds(
  'join: the joiner or any of the members dies after every sixteenth event of it, under writes',
  1,
  async (seed) => {
    await dieAtEveryPoint(joining, seed, ['joiner', 'writer', 'member', 'another'], 16);
  },
);

/** A merged put is not strong: it returns at once, and may die with its writer. */
const weak: Scene<null> = {
  nodes: 3,
  prepare: async () => null,
  act: (cluster) => cluster.run('n1', (node) => node.cache(merged).put('weak', { by: node.id, n: 1 })),
  roles: () => ({ writer: 'n1' }),
  check: async (cluster, _context, ending) => {
    const found = await shown(cluster, (node) => node.cache(merged).has('weak'));
    assert.ok(found || !ending.ok, 'it was resolved, and is on no survivor');
  },
};

overSeeds(
  'this way of testing can fail: a write that resolves before it is anywhere else is found out',
  1,
  async (seed) => {
    await assert.rejects(dieAtEveryPoint(weak, seed, ['writer']), /it was resolved, and is on no survivor/);
  },
);
