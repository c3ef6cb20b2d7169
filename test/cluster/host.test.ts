/** The host's side: what a test or a program does with a cluster, and what it is told, in both worlds. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { type Cluster, type ClusterEvent, NotSettled, startCluster, startSimulation } from '../../src/index.ts';
import app, { counters, leader, merged, names, notes, outcomeOf, pause, tallies } from '../support/app.ts';
import { APP_FILE, inEachWorld, inSimulation } from '../support/worlds.ts';

inEachWorld(
  'kill, stop, start, restart, add: states, incarnations and causes are as told',
  { nodes: 2 },
  async (cluster) => {
    const states = (): string[] => cluster.nodes().map(({ id, incarnation, state }) => `${id}#${incarnation} ${state}`);
    assert.deepEqual(states(), ['n1#1 up', 'n2#1 up']);
    await cluster.kill('n2');
    assert.deepEqual(states(), ['n1#1 up', 'n2#1 down']);
    await cluster.start('n2');
    await cluster.stop('n2');
    assert.deepEqual(states(), ['n1#1 up', 'n2#2 stopped']);
    await cluster.restart('n2');
    await cluster.restart('n2');
    assert.equal(await cluster.add(), 'n3');
    assert.deepEqual(states(), ['n1#1 up', 'n2#4 up', 'n3#1 up']);
    assert.deepEqual(await Promise.all([cluster.add(), cluster.add()]), ['n4', 'n5']);
    await cluster.settled();
  },
);

inEachWorld('what does not fit the state of a node is Refused and changes nothing', { nodes: 2 }, async (cluster) => {
  await cluster.stop('n2');
  const before = cluster.view().epoch;
  const refused = { code: 'Refused' };
  await assert.rejects(async () => cluster.kill('n9'), refused);
  await assert.rejects(async () => cluster.stop('n9'), refused);
  await assert.rejects(async () => cluster.start('n9'), refused);
  await assert.rejects(async () => cluster.restart('n9'), refused);
  await assert.rejects(async () => cluster.pause('n9', 1), refused);
  await assert.rejects(async () => cluster.run('n9', () => 1), refused);
  await assert.rejects(async () => cluster.fault({ from: 'n1', to: 'n9', verdict: { kind: 'drop' } }), refused);
  await assert.rejects(async () => cluster.kill('n2'), refused);
  await assert.rejects(async () => cluster.stop('n2'), refused);
  await assert.rejects(async () => cluster.run('n2', () => 1), refused);
  await assert.rejects(async () => cluster.start('n1'), refused);
  await assert.rejects(async () => cluster.partition([['n1']]), { code: 'InvalidValue' });
  await assert.rejects(async () => cluster.partition([['n1'], ['n9']]), { code: 'InvalidValue' });
  assert.equal(cluster.view().epoch, before);
  await cluster.settled();
});

inEachWorld(
  'run: arguments go in, plain data and errors come out; waitFor says what it waited for',
  { nodes: 1 },
  async (cluster) => {
    assert.deepEqual(await cluster.run('n1', (node, a, b) => [node.id, a + b], 1, 2), ['n1', 3]);
    await assert.rejects(
      cluster.run('n1', () => {
        throw Object.assign(new Error('mine'), { code: 'Mine' });
      }),
      { code: 'Mine', message: 'mine' },
    );
    let asked = 0;
    assert.equal(await cluster.waitFor('three', () => ++asked >= 3 && asked), 3);
    await assert.rejects(
      cluster.waitFor('the impossible', () => false, { deadlineMs: 50 }),
      { code: 'Timeout', message: /the impossible/ },
    );
  },
);

inEachWorld('inspect: who is there, what runs, what is pending, what was counted', { nodes: 2 }, async (cluster) => {
  await cluster.run('n1', (node) => {
    node.gauge('answer', () => 42);
    return node.server(leader).call('where');
  });
  await cluster.settled();
  const { view, nodes, missing } = await cluster.inspect();
  assert.deepEqual(missing, []);
  assert.deepEqual(
    nodes.map(({ id, epoch, flushed, ready }) => [id, epoch, flushed, ready]),
    [
      ['n1', view.epoch, view.epoch, true],
      ['n2', view.epoch, view.epoch, true],
    ],
  );
  assert.equal(nodes[0]!.gauges.answer, 42);
  assert.deepEqual(nodes.flatMap(({ servers }) => servers.map(({ server }) => server)).sort(), [
    'agent@n1',
    'agent@n2',
    'beacon',
    'leader',
  ]);
  for (const node of nodes)
    assert.deepEqual(
      Object.values(node.pending).filter((count) => count !== 0),
      [],
    );
});

inEachWorld(
  'pause: the node takes part again afterwards, and the others went on where they did not need it',
  { nodes: 3 },
  async (cluster) => {
    const paused = cluster.pause('n3', 400);
    await cluster.run('n1', (node) => {
      node.cache(merged).put('k', { by: 'n1', n: 1 });
      return pause(node, 5);
    });
    await cluster.waitFor('the put at n2', () => cluster.run('n2', (node) => node.cache(merged).has('k')));
    const start = await cluster.run('n1', (node) => node.now());
    assert.equal(await cluster.run('n2', (node) => outcomeOf(node.cache(counters).put('c', 1))), 'ok');
    await paused;
    const waited = (await cluster.run('n1', (node) => node.now())) - start;
    assert.ok(waited < 3_000, `${waited} ms`);
    assert.equal(await cluster.run('n3', (node) => node.cache(counters).get('c')), 1);
    await cluster.settled();
  },
);

inEachWorld('NotSettled says what is open', { nodes: 2 }, async (cluster) => {
  const cut = await cluster.fault({ from: 'n1', to: 'n2', verdict: { kind: 'drop' } });
  await cluster.run('n1', (node) => node.cache(merged).put('k', { by: 'n1', n: 1 }));
  const error = await cluster.settled({ deadlineMs: 100 }).then(
    () => assert.fail('settled over a cut link'),
    (reason) => reason,
  );
  assert.ok(error instanceof NotSettled);
  assert.ok((error.details.open as string[]).length > 0);
  assert.match(error.message, /n1|n2/);
  await cut[Symbol.asyncDispose]();
  await cluster.settled();
  assert.deepEqual(await cluster.run('n2', (node) => node.cache(merged).get('k')), { by: 'n1', n: 1 });
});

inEachWorld(
  'partition: strong work times out or is refused, nothing hangs; after heal the puts of both sides are everywhere and nothing is doubled',
  { nodes: 4, seeds: 10 },
  async (cluster) => {
    const keys = [1, 2, 3, 4];
    await cluster.run(
      'n1',
      async (node, all) => {
        await Promise.all(all.map((key) => node.server(tallies, key).start()));
      },
      keys,
    );
    await cluster.settled();
    await cluster.partition([
      ['n1', 'n2'],
      ['n3', 'n4'],
    ]);
    const works = ['n1', 'n2', 'n3', 'n4'].map((id) =>
      cluster.run(
        id,
        async (node, all) => {
          for (let at = 0; at < 20; at++) node.cache(merged).put(`${node.id} ${at}`, { by: node.id, n: at });
          const start = node.now();
          const strong = [
            outcomeOf(node.cache(counters).update('c', (count) => (count ?? 0) + 1)),
            outcomeOf(node.cache(counters).put(`put ${node.id}`, 1)),
            outcomeOf(node.registry(names).register(`name ${node.id}`, { note: '' })),
            ...all.map((key) => outcomeOf(node.server(tallies, key).with({ deadlineMs: 1_000 }).call('add', 1))),
          ];
          const outcomes = await Promise.all(strong);
          return { outcomes, ms: node.now() - start };
        },
        keys,
      ),
    );
    const results = await Promise.all(works);
    for (const { outcomes, ms } of results) {
      assert.ok(ms < 6_000, `strong work took ${ms} ms`);
      for (const outcome of outcomes)
        assert.ok(['ok', 'Timeout', 'NotPrimary', 'NodeDown', 'Refused'].includes(outcome), outcome);
    }
    await cluster.heal();
    await cluster.settled({ deadlineMs: 20_000 });
    const acknowledged = (at: number): number => results.filter(({ outcomes }) => outcomes[at] === 'ok').length;
    for (const id of ['n1', 'n2', 'n3', 'n4']) {
      const seen = await cluster.run(id, (node) => ({
        merged: node.cache(merged).size,
        count: node.cache(counters).get('c') ?? 0,
      }));
      assert.equal(seen.merged, 80);
      assert.ok(seen.count >= acknowledged(0) && seen.count <= 4, `${seen.count} of ${acknowledged(0)} acknowledged`);
    }
    for (const [at, key] of keys.entries()) {
      const count = await cluster.run('n1', (node, k) => node.server(tallies, k).call('read'), key);
      assert.ok(
        count >= acknowledged(3 + at) && count <= 4,
        `tally ${key}: ${count} of ${acknowledged(3 + at)} acknowledged`,
      );
    }
  },
);

inEachWorld(
  'partition: that no side goes on is told once, and once that it goes on after heal; a side that goes on is no news',
  { nodes: 4, seeds: 3, timing: { leaseMs: 1_000, marginMs: 200 } },
  async (cluster) => {
    const told: ClusterEvent[] = [];
    cluster.on((event) => {
      if (event.event === 'primary') told.push(event);
    });
    const ids = ['n1', 'n2', 'n3', 'n4'];
    await cluster.partition(ids.map((id) => [id]));
    await cluster.waitFor('the end of the primary component', () => told.length > 0);
    await cluster.waitFor('n1 to be outside', () => cluster.run('n1', (node) => node.standing() === 'outside'));
    assert.deepEqual(told, [{ event: 'primary', exists: false, reached: ['n1'], unreached: ['n2', 'n3', 'n4'] }]);
    await cluster.heal();
    await cluster.settled({ deadlineMs: 20_000 });
    assert.deepEqual(
      told.map((event) => event.event === 'primary' && event.exists),
      [false, true],
    );
    await cluster.partition([['n4'], ['n1', 'n2', 'n3']]);
    await cluster.waitFor('n4 to be cut off', () => cluster.nodes()[3]!.state === 'cut off');
    assert.equal(told.length, 2);
  },
);

inEachWorld(
  'partition: who is evicted and heard again while links are cut comes back for a rejoin, after heal for a heal',
  { nodes: 3, seeds: 3, timing: { leaseMs: 1_000, marginMs: 200 } },
  async (cluster) => {
    const causes: string[] = [];
    cluster.on((event) => {
      if (event.event === 'node' && event.node.state !== 'up') causes.push(`${event.node.state}: ${event.node.cause}`);
    });
    await cluster.partition([{ from: ['n1'], to: ['n3'], oneWay: true }]);
    await cluster.waitFor('the next life of n3', () => cluster.nodes()[2]!.incarnation > 1);
    assert.equal(causes.at(-1), 'starting: rejoin');
    await cluster.heal();
    await cluster.settled({ deadlineMs: 20_000 });
    causes.length = 0;
    await cluster.partition([['n3'], ['n1', 'n2']]);
    await cluster.waitFor('n3 to be cut off', () => cluster.nodes()[2]!.state === 'cut off');
    await cluster.heal();
    await cluster.settled({ deadlineMs: 20_000 });
    assert.deepEqual(causes, ['cut off: out of reach', 'starting: heal']);
  },
);

inSimulation(
  'partition: a node that dies behind it is taken over after heal, and every server runs once',
  { nodes: 4, seeds: 10 },
  async (cluster) => {
    const keys = [1, 2, 3, 4, 5, 6];
    await cluster.run(
      'n1',
      (node, all) => Promise.all(all.map((key) => node.server(tallies, key).start())).then(() => undefined),
      keys,
    );
    await cluster.partition([
      ['n1', 'n2'],
      ['n3', 'n4'],
    ]);
    await cluster.kill('n2');
    await cluster.advance(12_000);
    await cluster.heal();
    await cluster.settled({ deadlineMs: 30_000 });
    for (const key of keys)
      assert.equal(await cluster.run('n3', (node, k) => node.server(tallies, k).call('add', 1), key), 1);
    const { nodes } = await cluster.inspect();
    const running = nodes.flatMap(({ servers }) =>
      servers.map(({ server }) => server).filter((server) => server.startsWith('tally')),
    );
    assert.deepEqual(
      running.sort(),
      keys.map((key) => `tally/${key}`),
    );
  },
);

inEachWorld(
  'restart policy: what dies is started again, with its budget; what was stopped stays down',
  { nodes: 2, restart: { budget: 2, delayMs: 10 } },
  async (cluster) => {
    const events: ClusterEvent[] = [];
    cluster.on((event) => events.push(event));
    const back = (incarnation: number): Promise<boolean> =>
      cluster.waitFor(`n2#${incarnation}`, () =>
        cluster.nodes().some((node) => node.id === 'n2' && node.incarnation === incarnation && node.state === 'up'),
      );
    for (const incarnation of [2, 3]) {
      await cluster.kill('n2');
      await back(incarnation);
    }
    await cluster.kill('n2');
    await cluster.waitFor('the end of its budget', () => cluster.nodes()[1]!.state === 'failed');
    assert.equal(events.filter((event) => event.event === 'error' && event.code === 'RestartBudgetSpent').length, 1);
    await cluster.start('n2');
    await cluster.stop('n2');
    await cluster.settled();
    assert.equal(cluster.nodes()[1]!.state, 'stopped');
  },
);

inEachWorld(
  'close is fine twice, runs stop hooks, and afterwards everything is refused',
  { nodes: 2 },
  async (cluster) => {
    await cluster.run('n1', (node) => node.onStop(() => void notes(node, 'stopped').push(1)));
    await Promise.all([cluster.close(), cluster.close()]);
    await cluster.close();
    for (const ask of [
      (): unknown => cluster.run('n1', () => 1),
      (): unknown => cluster.add(),
      (): unknown => cluster.kill('n1'),
    ]) {
      await assert.rejects(async () => ask());
    }
  },
);

test('a process that starts a cluster and closes it ends by itself, with exit code 0 and nothing printed', async () => {
  const script = `
    import { startCluster } from ${JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)};
    const cluster = await startCluster({ nodes: 3, app: new URL(${JSON.stringify(APP_FILE.href)}), data: 'memory', logLevel: 'warn' });
    await cluster.kill('n2');
    await cluster.settled();
    await cluster.close();`;
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', script],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
  const [code, signal] = await once(child, 'exit');
  assert.deepEqual({ code, signal, printed }, { code: 0, signal: null, printed: '' });
});

test('await using closes the cluster at the end of its block', async () => {
  let held: Cluster;
  {
    await using cluster = await startCluster({ nodes: 1, app: APP_FILE, logLevel: 'error' });
    held = cluster;
  }
  await assert.rejects(async () => held.add());
});

test('startCluster refuses a bad number of nodes and an app that does not load, and leaves nothing', async () => {
  for (const nodes of [0, -1, 1.5, 1_000])
    await assert.rejects(startCluster({ nodes, app: APP_FILE }), { code: 'InvalidValue' });
  await assert.rejects(startCluster({ app: new URL('./no-such-app.ts', import.meta.url) }), { code: 'Refused' });
});

test('startCluster refuses an option that does not exist, names the one that was meant, and starts nothing', async () => {
  const given = (options: object): Promise<Cluster> => startCluster({ app: APP_FILE, ...options });
  const refused = (message: RegExp) => ({ code: 'InvalidValue', message });
  await assert.rejects(
    given({ node: 3 }),
    refused(
      /^startCluster: there is no option "node"; did you mean nodes\? \(there are nodes, settings, .*, onOutput\)$/,
    ),
  );
  await assert.rejects(given({ onevent: () => undefined }), refused(/"onevent"; did you mean onEvent\?/));
  await assert.rejects(given({ lobbyPort: 1 }), refused(/^startCluster: there is no option "lobbyPort" \(there are /));
  await assert.rejects(given({ seed: 1 }), refused(/^startCluster: there is no option "seed" \(/));
  await assert.rejects(
    given({ timing: { leaseMS: 5 } }),
    refused(/^startCluster timing: there is no option "leaseMS"; did you mean leaseMs\? \(there are leaseMs, /),
  );
  await assert.rejects(
    given({ restart: { buget: 5 } }),
    refused(/^startCluster restart: .*"buget"; did you mean budget\?/),
  );
  await assert.rejects(
    given({ restart: true }),
    refused(/^startCluster restart: expected an object of options, got true$/),
  );
  await assert.rejects(
    startCluster(undefined as never),
    refused(/^startCluster: expected an object of options, got undefined$/),
  );
});

test('startSimulation refuses an option that does not exist', async () => {
  await assert.rejects(startSimulation({ app, seed: 1, ...{ seeds: 3 } }), {
    code: 'InvalidValue',
    message: /^startSimulation: there is no option "seeds"; did you mean seed\? \(there are nodes, .*, keepTrace\)$/,
  });
});

inEachWorld(
  'a closed cluster says so: its nodes are stopped, and what is asked of it is refused',
  { nodes: 2, seeds: 1 },
  async (cluster) => {
    await cluster.close();
    assert.deepEqual(
      cluster.nodes().map(({ state }) => state),
      ['stopped', 'stopped'],
    );
    await assert.rejects(
      cluster.run('n1', (node) => node.id),
      { code: 'Closed' },
    );
  },
);
