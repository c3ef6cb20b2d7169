/** Servers: placements, turns, crashes, moves, kept state (P8, P9), in both worlds. */
import assert from 'node:assert/strict';
import type { Cluster, NodeId } from '../../src/index.ts';
import {
  agent,
  leader,
  loose,
  merged,
  names,
  news,
  notes,
  outcomeOf,
  pause,
  scratch,
  slow,
  tallies,
} from '../support/app.ts';
import { inEachWorld, inSimulation } from '../support/worlds.ts';

const KEYS = [1, 2, 3, 4, 5, 6, 7, 8];

/** Adds 1 to each tally again and again; how many adds to each were acknowledged, and what other ends calls had. */
function addMany(
  cluster: Cluster,
  id: NodeId,
  keys: readonly number[],
  each: number,
): Promise<{ acknowledged: number[]; failures: string[] }> {
  return cluster.run(
    id,
    async (node, all, times) => {
      const failures: string[] = [];
      const acknowledged = await Promise.all(
        all.map(async (key) => {
          let count = 0;
          for (let at = 0; at < times; at++) {
            const outcome = await outcomeOf(node.server(tallies, key).call('add', 1));
            if (outcome === 'ok') count += 1;
            else failures.push(outcome);
          }
          return count;
        }),
      );
      return { acknowledged, failures };
    },
    keys,
    each,
  );
}

function startAll(cluster: Cluster, keys: readonly number[]): Promise<void> {
  return cluster.run(
    'n1',
    async (node, all) => {
      await Promise.all(all.map((key) => node.server(tallies, key).start()));
    },
    keys,
  );
}

async function hosts(cluster: Cluster, keys: readonly number[]): Promise<NodeId[]> {
  return cluster.run('n1', (node, all) => Promise.all(all.map((key) => node.server(tallies, key).call('where'))), keys);
}

/** Servers that run on more than one node, or nowhere. */
async function wrongCounts(cluster: Cluster, expected: readonly string[]): Promise<string[]> {
  const { nodes } = await cluster.inspect();
  const running = nodes.flatMap(({ servers }) =>
    servers.filter(({ state }) => state !== 'failed').map(({ server }) => server),
  );
  return expected.filter((server) => running.filter((other) => other === server).length !== 1);
}

inEachWorld(
  'placements: a singleton runs once, one per node on each, a key once, a local one where it was started',
  { nodes: 3, seeds: 5 },
  async (cluster) => {
    const where = await Promise.all(
      ['n1', 'n2', 'n3'].map((id) => cluster.run(id, (node) => node.server(leader).call('where'))),
    );
    assert.equal(new Set(where).size, 1);
    for (const id of ['n1', 'n2', 'n3']) {
      assert.equal(await cluster.run(id, (node) => node.server(agent).call('where')), id);
      assert.equal(await cluster.run('n1', (node, other) => node.server(agent, other as never).call('where'), id), id);
      await cluster.run(id, (node) => node.server(scratch, 1).start());
      assert.equal(await cluster.run(id, (node) => node.server(scratch, 1).call('where')), id);
    }
    await startAll(cluster, KEYS);
    assert.ok(new Set(await hosts(cluster, KEYS)).size > 1, 'keys are spread over the nodes');
    await cluster.settled();
    const expected = ['leader', 'agent@n1', 'agent@n2', 'agent@n3', ...KEYS.map((key) => `tally/${key}`)];
    assert.deepEqual(await wrongCounts(cluster, expected), []);
  },
);

inEachWorld(
  'calls of one caller are handled in order, one at a time, also when turns take time',
  { nodes: 3 },
  async (cluster) => {
    for (const key of [1, 2, 3]) {
      const counts = await cluster.run(
        'n2',
        async (node, at) => {
          const server = node.server(loose, at);
          return Promise.all([
            server.call('slowAdd', 1, 20),
            server.call('add', 10),
            server.call('slowAdd', 100, 5),
            server.call('read'),
          ]);
        },
        key,
      );
      assert.deepEqual(counts, [1, 11, 111, 111]);
    }
  },
);

inEachWorld(
  'cast is handled without an answer, and info brings timers into the mailbox',
  { nodes: 2 },
  async (cluster) => {
    await cluster.run('n1', (node) => {
      node.server(loose, 1).cast('add', 5);
      node.server(loose, 1).cast('addLater', 7, 30);
      node.server(loose, 1).cast('nonsense' as never);
    });
    await cluster.waitFor(
      'both adds',
      async () => (await cluster.run('n2', (node) => node.server(loose, 1).call('read'))) === 12,
    );
  },
);

inEachWorld(
  'refuse: a Refused rejects the call, changes nothing, and the instance goes on',
  { nodes: 2 },
  async (cluster) => {
    const outcome = await cluster.run('n1', async (node) => {
      const server = node.server(loose, 1);
      await server.call('add', 3);
      const refused = await outcomeOf(server.call('refuse'));
      const unknown = await outcomeOf(server.call('noSuchMethod' as never));
      const reserved = await outcomeOf(server.call('init' as never));
      return [refused, unknown, reserved, await server.call('read')];
    });
    assert.deepEqual(outcome, ['Refused', 'Refused', 'Refused', 3]);
  },
);

inEachWorld(
  'crash: the call gets the error; kept state is there again, other servers begin from init',
  { nodes: 2 },
  async (cluster) => {
    await startAll(cluster, [1]);
    const result = await cluster.run('n2', async (node) => {
      const [kept, loosely] = [node.server(tallies, 1), node.server(loose, 1)];
      await Promise.all([kept.call('add', 5), loosely.call('add', 5)]);
      const codes = [await outcomeOf(kept.call('crash')), await outcomeOf(loosely.call('crash'))];
      const message = await kept.call('crash').catch((error: Error) => error.message);
      return [...codes, message, await kept.call('read'), await loosely.call('read')];
    });
    assert.deepEqual(result, ['Error', 'Error', 'crashed as asked', 5, 0]);
  },
);

inEachWorld(
  'crash: the caller elsewhere is told where the handler threw; not in the simulation, where paths would be in the trace',
  { nodes: 2 },
  async (cluster, { kind }) => {
    await startAll(cluster, KEYS);
    const stacks = await cluster.run(
      'n1',
      (node, keys) => {
        const crash = (key: number) => node.server(tallies, key).call('crash');
        return Promise.all(keys.map((key) => crash(key).catch((error: Error) => error.stack ?? '')));
      },
      KEYS,
    );
    const told = stacks.map((stack) => /at TallyServer\.crash .*app\.ts/.test(stack));
    assert.deepEqual(new Set(told), new Set([kind === 'threads']));
  },
);

inEachWorld(
  'crash: calls that wait behind it are served by the next instance, in order, none lost',
  { nodes: 2 },
  async (cluster) => {
    for (const key of [1, 2]) {
      const result = await cluster.run(
        'n1',
        async (node, at) => {
          const server = node.server(loose, at);
          return Promise.all([
            outcomeOf(server.call('slowCrash', 20)),
            server.call('add', 1),
            server.call('add', 2),
            server.call('read'),
          ]);
        },
        key,
      );
      assert.deepEqual(result, ['Error', 1, 3, 3]);
    }
    const local = await cluster.run('n1', async (node) => {
      await node.server(scratch, 1).start();
      const crashed = await outcomeOf(node.server(scratch, 1).call('crash'));
      return [crashed, await outcomeOf(node.server(scratch, 1).call('add', 1))];
    });
    assert.deepEqual(local, ['Error', 'ok']);
  },
);

inEachWorld(
  'restart budget: past it calls get ServerFailed, inspect shows it, and start runs it again at once',
  { nodes: 2, seeds: 5 },
  async (cluster) => {
    for (const key of [1, 2, 3, 4]) {
      await startAll(cluster, [key]);
      const outcomes = await cluster.run(
        'n1',
        async (node, at) => {
          const codes: string[] = [];
          for (let crash = 0; crash < 6; crash++) codes.push(await outcomeOf(node.server(tallies, at).call('crash')));
          codes.push(await outcomeOf(node.server(tallies, at).call('read')));
          return codes;
        },
        key,
      );
      assert.deepEqual(outcomes, [...Array.from({ length: 6 }, () => 'Error'), 'ServerFailed']);
      const { nodes } = await cluster.inspect();
      const states = nodes.flatMap(({ servers }) =>
        servers.filter(({ server }) => server === `tally/${key}`).map(({ state }) => state),
      );
      assert.deepEqual(states, ['failed']);
      await cluster.run('n1', (node, at) => node.server(tallies, at).start(), key);
      for (const id of ['n2', 'n1']) {
        assert.equal(
          await cluster.run(id, (node, at) => outcomeOf(node.server(tallies, at).call('add', 1)), key),
          'ok',
        );
      }
      await cluster.settled();
      assert.deepEqual(await wrongCounts(cluster, [`tally/${key}`]), []);
    }
  },
);

inEachWorld('a singleton and one per node can fail and be started again, too', { nodes: 2 }, async (cluster) => {
  const outcomes = await cluster.run('n1', async (node) => {
    const codes: string[] = [];
    for (const server of [node.server(leader), node.server(agent)]) {
      for (let crash = 0; crash < 6; crash++) await outcomeOf(server.call('crash'));
      codes.push(await outcomeOf(server.call('where')));
      await server.start();
      codes.push(await outcomeOf(server.call('where')));
    }
    return codes;
  });
  assert.deepEqual(outcomes, ['ServerFailed', 'ok', 'ServerFailed', 'ok']);
});

inEachWorld(
  'NoSuchServer: a key that was not started, or was stopped; startsOnCall starts it; stop forgets its state',
  { nodes: 3, seeds: 5 },
  async (cluster) => {
    const outcomes = await cluster.run('n1', async (node) => {
      const server = node.server(tallies, 9);
      const codes = [await outcomeOf(server.call('read'))];
      await server.start();
      await server.call('add', 5);
      await server.stop();
      codes.push(await outcomeOf(server.call('read')));
      await server.start();
      codes.push(String(await server.call('read')));
      for (let crash = 0; crash < 6; crash++) await outcomeOf(server.call('crash'));
      await server.call('read').catch(() => undefined);
      await server.stop();
      await server.start();
      codes.push(String(await server.call('read')));
      codes.push(await outcomeOf(node.server(loose, 9).call('read')));
      return codes;
    });
    assert.deepEqual(outcomes, ['NoSuchServer', 'NoSuchServer', '0', '0', 'ok']);
    await startAll(cluster, [10]);
    await cluster.run('n2', (node) => node.server(tallies, 10).call('add', 5));
    await cluster.run('n3', async (node) => {
      for (let crash = 0; crash < 6; crash++) await outcomeOf(node.server(tallies, 10).call('crash'));
      await node.server(tallies, 10).stop();
      await node.server(tallies, 10).start();
    });
    assert.equal(
      await cluster.run('n1', (node) => node.server(tallies, 10).call('read')),
      0,
      'stop forgets the state of a failed server',
    );
    await cluster.run('n1', (node) => node.server(tallies, 10).call('endYourself'));
    await cluster.waitFor(
      'its end',
      async () =>
        (await cluster.run('n2', (node) => outcomeOf(node.server(tallies, 10).call('read')))) === 'NoSuchServer',
    );
  },
);

inEachWorld(
  'kept state survives the death of its node; a planned stop hands over state that is not kept',
  { nodes: 4, seeds: 5 },
  async (cluster) => {
    await startAll(cluster, KEYS);
    await cluster.run(
      'n1',
      async (node, keys) => {
        for (const key of keys) {
          await node.server(tallies, key).call('add', key);
          await node.server(loose, key).call('add', key);
        }
      },
      KEYS,
    );
    const read = (): Promise<number[][]> =>
      cluster.run(
        'n1',
        (node, keys) =>
          Promise.all(
            keys.map((key) =>
              Promise.all([node.server(tallies, key).call('read'), node.server(loose, key).call('read')]),
            ),
          ),
        KEYS,
      );
    await cluster.stop('n4');
    assert.deepEqual(
      await read(),
      KEYS.map((key) => [key, key]),
    );
    await cluster.add();
    assert.deepEqual(
      await read(),
      KEYS.map((key) => [key, key]),
    );
    const readKept = (): Promise<number[]> =>
      cluster.run('n1', (node, keys) => Promise.all(keys.map((key) => node.server(tallies, key).call('read'))), KEYS);
    await cluster.kill('n3');
    assert.deepEqual(await readKept(), KEYS);
    await cluster.kill('n2');
    await cluster.kill('n5');
    assert.deepEqual(await readKept(), KEYS);
    await cluster.settled();
    assert.deepEqual(await wrongCounts(cluster, ['leader', ...KEYS.map((key) => `tally/${key}`)]), []);
  },
);

inEachWorld(
  'no call is lost and none applied twice while nodes stop, join and die under a load of adds',
  { nodes: 4, seeds: 6 },
  async (cluster, world) => {
    await startAll(cluster, KEYS);
    const each = world.size(40, 400);
    const works = [addMany(cluster, 'n1', KEYS, each), addMany(cluster, 'n2', KEYS, each)];
    await cluster.stop('n3');
    await cluster.add();
    await cluster.kill('n4');
    await cluster.start('n3');
    await cluster.stop('n5');
    await cluster.start('n4');
    const results = await Promise.all(works);
    assert.deepEqual(
      results.flatMap(({ failures }) => failures),
      [],
    );
    await cluster.settled();
    const counts = await cluster.run(
      'n3',
      (node, keys) => Promise.all(keys.map((key) => node.server(tallies, key).call('read'))),
      KEYS,
    );
    assert.deepEqual(
      counts,
      KEYS.map(() => 2 * each),
    );
    assert.deepEqual(
      await wrongCounts(
        cluster,
        KEYS.map((key) => `tally/${key}`),
      ),
      [],
    );
  },
);

inSimulation(
  'over slow links, where every call is sent again, each add counts once, also when servers move',
  { nodes: 4, seeds: 6 },
  async (cluster, { seed }) => {
    await startAll(cluster, KEYS);
    for (const to of ['n2', 'n3', 'n4']) {
      await cluster.fault({
        from: 'n1',
        to,
        verdict: { kind: 'delay', ms: 100 + ((seed * 61 + Number(to[1]) * 150) % 450) },
      });
    }
    const work = addMany(cluster, 'n1', KEYS, 6);
    await cluster.advance(400);
    await cluster.stop('n4');
    await cluster.kill('n3');
    const { acknowledged, failures } = await work;
    assert.deepEqual(failures, []);
    const counts = await cluster.run(
      'n2',
      (node, keys) => Promise.all(keys.map((key) => node.server(tallies, key).call('read'))),
      KEYS,
    );
    assert.deepEqual(counts, acknowledged);
  },
);

inEachWorld(
  'a long turn that is called for again while its server moves is applied once',
  { nodes: 3, seeds: 5 },
  async (cluster) => {
    await startAll(cluster, KEYS);
    const works = cluster.run(
      'n1',
      (node, keys) => Promise.all(keys.map((key) => node.server(tallies, key).call('slowAdd', 1, 700))),
      KEYS,
    );
    await cluster.run('n1', (node) => pause(node, 100));
    await Promise.all([cluster.stop('n3'), cluster.add()]);
    assert.deepEqual(
      await works,
      KEYS.map(() => 1),
    );
    const counts = await cluster.run(
      'n1',
      (node, keys) => Promise.all(keys.map((key) => node.server(tallies, key).call('read'))),
      KEYS,
    );
    assert.deepEqual(
      counts,
      KEYS.map(() => 1),
    );
  },
);

inEachWorld(
  'a server that crashes while it moves, or begins while it moves, runs once afterwards and loses no call',
  { nodes: 3, seeds: 5 },
  async (cluster) => {
    await startAll(cluster, KEYS);
    await cluster.run(
      'n1',
      (node, keys) => Promise.all(keys.map((key) => node.server(slow, key).start())).then(() => undefined),
      KEYS,
    );
    const crashes = cluster.run(
      'n1',
      (node, keys) => Promise.all(keys.map((key) => outcomeOf(node.server(tallies, key).call('slowCrash', 60)))),
      KEYS,
    );
    const adds = cluster.run(
      'n2',
      (node, keys) => Promise.all(keys.map((key) => outcomeOf(node.server(slow, key).call('add', 1)))),
      KEYS,
    );
    await cluster.stop('n3');
    assert.deepEqual(new Set(await crashes), new Set(['Error']));
    assert.deepEqual(new Set(await adds), new Set(['ok']));
    await cluster.settled();
    const expected = KEYS.flatMap((key) => [`tally/${key}`, `slow/${key}`]);
    assert.deepEqual(await wrongCounts(cluster, expected), []);
    const counts = await cluster.run(
      'n1',
      (node, keys) => Promise.all(keys.map((key) => node.server(slow, key).call('read'))),
      KEYS,
    );
    assert.deepEqual(
      counts,
      KEYS.map(() => 1),
    );
  },
);

inEachWorld(
  'a call whose node dies rejects at once with NodeDown, outcome unknown, unless its server keeps state',
  { nodes: 3, seeds: 5 },
  async (cluster) => {
    const victim = await cluster.run('n1', async (node) => {
      for (let key = 1; ; key++) {
        const where = await node.server(loose, key).call('where');
        if (where !== node.id) return { key, where };
      }
    });
    const call = cluster.run(
      'n1',
      async (node, key) => {
        const start = node.now();
        const error = await node
          .server(loose, key)
          .call('slowAdd', 1, 60_000)
          .catch((reason) => reason);
        return { code: error.code, outcome: error.outcome, ms: node.now() - start };
      },
      victim.key,
    );
    await cluster.run('n1', (node) => pause(node, 20));
    await cluster.kill(victim.where);
    const { code, outcome, ms } = await call;
    assert.deepEqual([code, outcome], ['NodeDown', 'unknown']);
    assert.ok(ms < 2_000, `after ${ms} ms`);
    const late = await cluster.run(
      'n1',
      (node, key) =>
        node
          .server(loose, key)
          .with({ deadlineMs: 100 })
          .call('slowAdd', 1, 500)
          .catch((error) => [error.code, error.outcome]),
      victim.key,
    );
    assert.deepEqual(late, ['Timeout', 'unknown']);
  },
);

inEachWorld(
  'what a server that keeps state sends is heard only if the state it shows survives',
  { nodes: 3, seeds: 5 },
  async (cluster) => {
    await startAll(cluster, KEYS);
    await cluster.run('n1', async (node) => {
      await node.subscribe(news(), ({ number }) => notes(node, 'heard').push(number));
    });
    const calls = cluster.run(
      'n1',
      (node, keys) =>
        Promise.all(
          keys.flatMap((key) => [1, 2, 3].map(() => outcomeOf(node.server(tallies, key).call('announce', 1)))),
        ),
      KEYS,
    );
    await cluster.run('n1', (node) => pause(node, 2));
    await cluster.kill('n3');
    assert.deepEqual(new Set(await calls), new Set(['ok']));
    const counts = await cluster.run(
      'n1',
      (node, keys) => Promise.all(keys.map((key) => node.server(tallies, key).call('read'))),
      KEYS,
    );
    assert.deepEqual(
      counts,
      KEYS.map(() => 3),
    );
    const heard = await cluster.run('n1', (node) => notes<number>(node, 'heard').slice());
    assert.ok(heard.every((number) => number >= 1 && number <= 3));
  },
);

inEachWorld('a handover is told: moved, with its cause', { nodes: 3 }, async (cluster) => {
  await startAll(cluster, KEYS);
  const before = await hosts(cluster, KEYS);
  const moved: string[] = [];
  cluster.on((event) => {
    if (event.event === 'moved') moved.push(`${event.server} ${event.from} ${event.to} ${event.cause}`);
  });
  await cluster.kill('n3');
  await cluster.settled();
  const expected = KEYS.filter((_, at) => before[at] === 'n3');
  assert.ok(expected.length > 0);
  await cluster.waitFor('the moves', () =>
    expected.every((key) => moved.some((line) => line.startsWith(`tally/${key} n3 `) && line.endsWith(' death'))),
  );
});

inEachWorld(
  'arguments, answers and keys that are no plain data or do not fit are refused',
  { nodes: 2 },
  async (cluster) => {
    const codes = await cluster.run('n1', async (node) => [
      await outcomeOf(node.server(loose, 1).call('add', (() => 1) as never)),
      await outcomeOf((async () => node.server(loose, 'x' as never).call('read'))()),
      await outcomeOf((async () => node.server(loose, undefined as never).call('read'))()),
      await outcomeOf((async () => node.server(names as never).call('read' as never))()),
    ]);
    assert.deepEqual(codes, ['InvalidValue', 'InvalidValue', 'InvalidValue', 'InvalidValue']);
  },
);

inEachWorld(
  'a state that does not fit its schema: the call is told so at once, its turn ran once, and the last good state stays',
  { nodes: 2, seeds: 1 },
  async (cluster) => {
    const outcome = await cluster.run('n1', async (node) => {
      await node.server(tallies, 1).start();
      await node.server(tallies, 1).call('add', 2);
      const told = await outcomeOf(node.server(tallies, 1).call('spoil'));
      return [told, await node.server(tallies, 1).call('read')];
    });
    assert.deepEqual(outcome, ['InvalidValue', 2]);
    await cluster.settled();
    assert.equal(await cluster.run('n1', (node) => node.cache(merged).size), 1, 'turns that ran');
  },
);
