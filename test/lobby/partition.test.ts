/** What a lobby's clients see on both sides of a partition, and after it; in the simulation, over seeds. */
import assert from 'node:assert/strict';
import { lobbies } from '../../src/lobby/battles/record.ts';
import { LobbyRefused, type RefusalCode } from '../../src/lobby/index.ts';
import { sessions } from '../../src/lobby/presence/sessions.ts';
import { overSeeds } from '../support/worlds.ts';
import { OPEN_REQUEST, PLAYER } from './records.ts';
import { PASSWORD, SimulatedLobby, type TestClient } from './simulated-lobby.ts';

const TIMING = { leaseMs: 1_000, marginMs: 200 };
/** Refusals at once take no virtual time but that of the call itself. */
const AT_ONCE_MS = 50;

/** Two battles: one hosted on each side of n1 n2 n3 | n4 n5, each with members of both; everybody in a room. */
async function populate(lobby: SimulatedLobby) {
  const [host, ann, joe, far, bob] = [
    await lobby.client('Host', 'n1'),
    await lobby.client('Ann', 'n2'),
    await lobby.client('Joe', 'n3'),
    await lobby.client('Far', 'n4'),
    await lobby.client('Bob', 'n5'),
  ];
  const near = await lobby.as(host, (session) => session.battle.open(OPEN_REQUEST));
  const away = await lobby.as(far, (session) => session.battle.open(OPEN_REQUEST));
  await lobby.as(ann, (session) => session.battle.join(near));
  await lobby.as(bob, (session) => session.battle.join(near));
  await lobby.as(joe, (session) => session.battle.join(away));
  await lobby.as(bob, (session) => session.battle.setStatus(PLAYER, 0));
  await lobby.as(bob, (session) => session.battle.addBot({ name: 'bot', status: 0, colour: 0, ai: 'AI' }));
  const all = [host, ann, joe, far, bob];
  for (const client of all) await lobby.as(client, (session) => session.rooms.join('main'));
  await lobby.until('all see all', () =>
    all.every(
      (client) =>
        client.membersOf(near)?.length === 3 &&
        client.membersOf(away)?.length === 2 &&
        client.model.rooms.get('main')?.size === 5,
    ),
  );
  return { near, away, host, ann, joe, far, bob, all };
}

function cutOff45({ cluster }: SimulatedLobby): Promise<void> {
  return cluster.partition([
    ['n4', 'n5'],
    ['n1', 'n2', 'n3'],
  ]);
}

/** How often each was told; a departure is said once to each. */
function countOf(client: TestClient, line: string): number {
  return client.told().filter((told) => told === line).length;
}

function sawLeave(client: TestClient, names: readonly string[]): boolean {
  return names.every((name) => !client.model.names.has(name));
}

async function refusedAtOnce(lobby: SimulatedLobby, work: Promise<unknown>, reason: RefusalCode): Promise<void> {
  const before = lobby.cluster.now();
  await assert.rejects(
    lobby.cluster.drive(work),
    (error) => error instanceof LobbyRefused && error.reason === reason && /lost touch/.test(error.message),
  );
  assert.ok(lobby.cluster.now() - before < AT_ONCE_MS, `refused after ${lobby.cluster.now() - before} ms`);
}

function login(lobby: SimulatedLobby, name: string, node: string): Promise<unknown> {
  return lobby.on(node, (l) => l.login({ name, passwordHash: PASSWORD, ip: '10.0.0.1', client: 'test' }));
}

function standingOf(lobby: SimulatedLobby, node: string): Promise<string> {
  return lobby.on(node, (l) => l.standing());
}

async function becomes(lobby: SimulatedLobby, node: string, standing: string): Promise<void> {
  await lobby.cluster.waitFor(`${node} to be ${standing}`, async () => (await standingOf(lobby, node)) === standing);
}

function evicted(lobby: SimulatedLobby, ...nodes: string[]): Promise<unknown> {
  const isOut = (id: string): boolean => !lobby.cluster.view().members.some((member) => member.id === id);
  return lobby.cluster.waitFor(`${nodes} to be evicted`, () => nodes.every(isOut), { deadlineMs: 40_000 });
}

/** Nobody is registered twice or for a life that is over, every node says the same, and clients are shown just that. */
async function assertNoGhosts(lobby: SimulatedLobby, online: readonly TestClient[]): Promise<void> {
  const expected = online.map(({ name }) => name).sort();
  for (const { id, state } of lobby.cluster.nodes()) {
    if (state !== 'up') continue;
    const found = await lobby.cluster.run(id, (node) => ({
      holders: node
        .registry(sessions)
        .select()
        .map(({ holder, value }) => [value.name, value.session.startsWith(holder)]),
      members: [...node.cache(lobbies).entries()].flatMap(([, record]) => record.members.map(({ session }) => session)),
      sessions: node
        .registry(sessions)
        .select()
        .map(({ value }) => value.session),
    }));
    assert.deepEqual(found.holders.map(([name]) => name).sort(), expected, `registered, as ${id} sees it`);
    assert.ok(found.holders.every(([, matches]) => matches));
    for (const session of found.members) assert.ok(found.sessions.includes(session), `${session} is left in a record`);
  }
  for (const client of online) assert.deepEqual(client.sees(), [...expected, 'Coordinator'].sort(), client.name);
}

async function settledWithout(lobby: SimulatedLobby, ghosts: readonly TestClient[]): Promise<void> {
  await lobby.cluster.settled({ deadlineMs: 30_000 });
  await lobby.cluster.advance(6_000);
  await assertNoGhosts(lobby, ghosts);
}

overSeeds('lobby, partition: one side ends its sessions before the other shows them leaving, once', 8, async (seed) => {
  await using lobby = await SimulatedLobby.start({ seed, nodes: 5, timing: TIMING });
  const { near, away, host, ann, joe, far, bob } = await populate(lobby);
  const endsWhenEvicted: number[] = [];
  lobby.cluster.on((event) => {
    if (event.event === 'view' && event.view.cause.startsWith('eviction'))
      endsWhenEvicted.push(far.ends.length + bob.ends.length);
  });
  await cutOff45(lobby);
  await becomes(lobby, 'n5', 'doubtful');
  assert.deepEqual(bob.ends, [], 'in doubt a session goes on');
  await refusedAtOnce(lobby, login(lobby, 'Ann', 'n5'), 'Unavailable');
  await refusedAtOnce(
    lobby,
    lobby.on('n5', (l) => l.register({ name: 'Zoe', passwordHash: PASSWORD })),
    'Unavailable',
  );
  const asked = [
    () => lobby.as(bob, (session) => session.setStatus(1)),
    () => lobby.as(bob, (session) => session.battle.leave()),
    () => lobby.as(bob, (session) => session.battle.setStatus(PLAYER, 7)),
    () => lobby.as(bob, (session) => session.battle.say('$status')),
    () => lobby.as(bob, (session) => session.rooms.join('other')),
    () => lobby.as(bob, (session) => session.rooms.leave('main')),
    () => lobby.as(far, (session) => session.battle.setTitle('mine')),
  ];
  for (const ask of asked) await refusedAtOnce(lobby, ask(), 'Unavailable');
  await lobby.as(far, (session) => session.rooms.say('main', 'is anybody there?'));
  await lobby.until('those beside it hear it', () => bob.told().includes('room-said Far: is anybody there?'));

  await becomes(lobby, 'n5', 'outside');
  await refusedAtOnce(lobby, login(lobby, 'Ann', 'n5'), 'Unavailable');
  await lobby.until('both are told', () => far.ends.join() === 'lost' && bob.ends.join() === 'lost');
  await evicted(lobby, 'n4', 'n5');
  assert.ok(endsWhenEvicted.length > 0 && endsWhenEvicted.every((ended) => ended === 2));

  const stayed = [host, ann, joe];
  await lobby.until('the others see them leave', () => stayed.every((client) => sawLeave(client, ['Far', 'Bob'])));
  await lobby.cluster.advance(1_000);
  for (const client of stayed) {
    for (const line of ['user-removed Far', 'user-removed Bob', 'battle-closed', 'member-left Bob'])
      assert.equal(countOf(client, line), 1, `${client.name}: ${line}`);
    for (const line of ['room-left Far', 'room-left Bob']) assert.equal(countOf(client, line), 1, line);
    assert.deepEqual(client.membersOf(near), ['Ann', 'Host']);
    assert.equal(client.model.battles.has(away), false);
  }
  assert.equal(joe.session.battle.id(), undefined, 'its battle has closed');
  await lobby.as(joe, (session) => session.battle.join(near));
  await lobby.as(ann, (session) => session.battle.setStatus(PLAYER, 0));
  await lobby.until('life goes on', () => host.membersOf(near)?.join() === 'Ann,Host,Joe');

  await lobby.cluster.heal();
  await lobby.cluster.settled({ deadlineMs: 30_000 });
  assert.deepEqual([far.ends, bob.ends], [['lost'], ['lost']], 'each is told once');
  const back = [await lobby.client('Far', 'n4'), await lobby.client('Bob', 'n5')];
  const again = await lobby.as(back[0]!, (session) => session.battle.open(OPEN_REQUEST));
  assert.ok(again > away);
  await lobby.as(back[1]!, (session) => session.battle.join(again));
  const online = [...stayed, ...back];
  await lobby.until('all see the new battle', () =>
    online.every((client) => client.membersOf(again)?.join() === 'Bob,Far'),
  );
  for (const client of stayed) assert.equal(countOf(client, 'user-added Bob'), 2);
  await settledWithout(lobby, online);
});

overSeeds(
  'lobby, partition: who logs in on the other side is there once his old session is evicted',
  8,
  async (seed) => {
    await using lobby = await SimulatedLobby.start({ seed, nodes: 5, timing: TIMING });
    const { host, ann, joe, far, bob } = await populate(lobby);
    await cutOff45(lobby);
    const startedAt = lobby.cluster.now();
    const moved = await lobby.client('Bob', 'n2');
    const took = lobby.cluster.now() - startedAt;
    assert.ok(took < 5_000, `the login took ${took} ms`);
    assert.ok(!lobby.cluster.view().members.some(({ id }) => id === 'n5'), 'his old node is out of the view');
    assert.deepEqual(bob.ends, ['lost'], 'and his old session has ended');
    await lobby.until('the others see him once', () =>
      [host, ann, joe, moved].every((client) => client.model.names.has('Bob') && sawLeave(client, ['Far'])),
    );
    await lobby.cluster.heal();
    await lobby.cluster.settled({ deadlineMs: 30_000 });
    assert.deepEqual(moved.ends, [], 'what n5 brings along does not end it');
    const back = await lobby.client('Far', 'n5');
    await lobby.until('Far is back', () => [host, ann, joe, moved].every((client) => client.model.names.has('Far')));
    assert.deepEqual(far.ends, ['lost']);
    await settledWithout(lobby, [host, ann, joe, moved, back]);
  },
);

overSeeds('lobby, partition: a login that cannot wait for the eviction is refused in time', 4, async (seed) => {
  await using lobby = await SimulatedLobby.start({ seed, nodes: 5, timing: { leaseMs: 20_000 } });
  const { host } = await populate(lobby);
  await cutOff45(lobby);
  const startedAt = lobby.cluster.now();
  await assert.rejects(login(lobby, 'Bob', 'n2'), (error) => error instanceof LobbyRefused);
  assert.ok(lobby.cluster.now() - startedAt < 6_000);
  await evicted(lobby, 'n5');
  await lobby.client('Bob', 'n2');
  await lobby.until('he is shown once', () => host.model.names.has('Bob') && countOf(host, 'user-added Bob') === 2);
});

for (const direction of ['it is not heard', 'it does not hear'] as const) {
  overSeeds(`lobby, partition one way: ${direction}: its sessions end, and are shown leaving once`, 5, async (seed) => {
    await using lobby = await SimulatedLobby.start({ seed, nodes: 5, timing: TIMING });
    const { near, host, ann, joe, far, bob } = await populate(lobby);
    const others = ['n1', 'n2', 'n3', 'n4', 'authority'];
    const [from, to] = direction === 'it is not heard' ? [['n5'], others] : [others, ['n5']];
    await lobby.cluster.partition([{ from, to, oneWay: true }]);
    await evicted(lobby, 'n5');
    const stayed = [host, ann, joe, far];
    await lobby.until('they see Bob leave', () => stayed.every((client) => sawLeave(client, ['Bob'])));
    assert.deepEqual(bob.ends, ['lost']);
    for (const client of stayed) {
      assert.equal(countOf(client, 'user-removed Bob'), 1);
      assert.deepEqual(client.membersOf(near), ['Ann', 'Host']);
      assert.deepEqual(client.ends, []);
    }
    await lobby.cluster.heal();
    await lobby.cluster.settled({ deadlineMs: 30_000 });
    const back = await lobby.client('Bob', 'n5');
    await settledWithout(lobby, [...stayed, back]);
  });
}

overSeeds(
  'lobby, partition: a node of the small side that dies is not waited for, and comes back clean',
  5,
  async (seed) => {
    await using lobby = await SimulatedLobby.start({ seed, nodes: 5, timing: TIMING });
    const { host, ann, joe, far, bob } = await populate(lobby);
    await cutOff45(lobby);
    await lobby.cluster.kill('n5');
    const stayed = [host, ann, joe];
    await lobby.until('Bob leaves first', () => stayed.every((client) => sawLeave(client, ['Bob'])));
    await lobby.until('then Far', () => stayed.every((client) => sawLeave(client, ['Far'])));
    for (const client of stayed)
      for (const name of ['Far', 'Bob']) assert.equal(countOf(client, `user-removed ${name}`), 1);
    assert.deepEqual([far.ends, bob.ends], [['lost'], []], 'the dead say nothing');
    await lobby.cluster.heal();
    await lobby.cluster.start('n5');
    await lobby.cluster.settled({ deadlineMs: 30_000 });
    const back = [await lobby.client('Far', 'n4'), await lobby.client('Bob', 'n5')];
    await settledWithout(lobby, [...stayed, ...back]);
  },
);

overSeeds(
  'lobby, pause: a short one ends nothing; after a long one sessions have ended, and begin anew',
  6,
  async (seed) => {
    await using lobby = await SimulatedLobby.start({ seed, nodes: 5, timing: TIMING });
    const { near, host, ann, joe, far, bob, all } = await populate(lobby);
    await lobby.cluster.pause('n5', 200);
    await lobby.cluster.settled();
    await lobby.as(bob, (session) => session.setStatus(1));
    await lobby.until('all see it', () => all.every((client) => client.statusOf('Bob') === 1));
    for (const client of all) assert.deepEqual(client.ends, []);
    assert.equal(countOf(host, 'user-removed Bob'), 0);

    await lobby.cluster.pause('n5', 5_000);
    const stayed = [host, ann, joe, far];
    await lobby.until('they see Bob leave', () => stayed.every((client) => sawLeave(client, ['Bob'])));
    await lobby.until('Bob is told when it wakes', () => bob.ends.join() === 'lost');
    await lobby.cluster.settled({ deadlineMs: 30_000 });
    for (const client of stayed) {
      assert.equal(countOf(client, 'user-removed Bob'), 1);
      assert.deepEqual(client.membersOf(near), ['Ann', 'Host']);
    }
    const back = await lobby.client('Bob', 'n5');
    await settledWithout(lobby, [...stayed, back]);
  },
);

overSeeds(
  'lobby: a node that was outside and was not evicted frees its sessions and takes new ones',
  6,
  async (seed) => {
    await using lobby = await SimulatedLobby.start({ seed, nodes: 3, timing: { leaseMs: 1_000, marginMs: 4_000 } });
    const [host, bob] = [await lobby.client('Host', 'n1'), await lobby.client('Bob', 'n3')];
    const id = await lobby.as(bob, (session) => session.battle.open(OPEN_REQUEST));
    await lobby.as(host, (session) => session.battle.join(id));
    await lobby.as(bob, (session) => session.rooms.join('main'));
    await lobby.cluster.partition([['n3'], ['n1', 'n2']]);
    await becomes(lobby, 'n3', 'outside');
    await lobby.cluster.heal();
    await becomes(lobby, 'n3', 'primary');
    assert.equal(lobby.cluster.nodes().find(({ id: node }) => node === 'n3')?.incarnation, 1);
    await lobby.until('he has left', () => sawLeave(host, ['Bob']) && !host.model.battles.has(id));
    const back = await lobby.client('Bob', 'n3');
    await lobby.until('he is shown again', () => host.model.names.has('Bob'));
    assert.equal(countOf(host, 'user-removed Bob'), 1);
    assert.deepEqual(bob.ends, ['lost']);
    await settledWithout(lobby, [host, back]);
  },
);

overSeeds('lobby: when no side has the authority all sessions end, and begin anew when it is back', 4, async (seed) => {
  await using lobby = await SimulatedLobby.start({ seed, nodes: 3, timing: TIMING });
  const before = [await lobby.client('Ann', 'n1'), await lobby.client('Bob', 'n2')];
  await lobby.cluster.partition([['authority'], ['n1', 'n2', 'n3']]);
  for (const node of ['n1', 'n2', 'n3']) await becomes(lobby, node, 'outside');
  await lobby.cluster.advance(10_000);
  for (const client of before) assert.deepEqual(client.ends, ['lost']);
  await lobby.cluster.heal();
  await lobby.cluster.settled({ deadlineMs: 30_000 });
  const after = [await lobby.client('Ann', 'n1'), await lobby.client('Bob', 'n3')];
  await settledWithout(lobby, after);
});
