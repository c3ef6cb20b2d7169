/**
 * What could go wrong with the shared state of the server this lobby is modelled on: changes sent to all nodes without version,
 * order or acknowledgement. Each hazard is provoked here; in the simulation, over seeds.
 */
import assert from 'node:assert/strict';
import { wrongTries } from '../../src/lobby/accounts/tries.ts';
import { Users } from '../../src/lobby/accounts/users.ts';
import { lobbies } from '../../src/lobby/battles/record.ts';
import { LobbyRefused } from '../../src/lobby/index.ts';
import { rooms } from '../../src/lobby/rooms/declarations.ts';
import { changeSetting, setting, settings } from '../../src/lobby/settings/settings.ts';
import { LobbyStore } from '../../src/lobby/store/lobby-store.ts';
import type { MusterNode } from '../../src/services/index.ts';
import { overSeeds } from '../support/worlds.ts';
import { OPEN_REQUEST } from './records.ts';
import { PASSWORD, SimulatedLobby, type TestClient } from './simulated-lobby.ts';

const NODES = ['n1', 'n2', 'n3'] as const;
const LOGIN = { passwordHash: PASSWORD, ip: '10.0.0.1', client: 'test' };
const WRONG = 'Xr4ilOzQ4PCOq3aQ0qbuaQ==';

/** What each node that is up says. */
async function everywhere<T>(lobby: SimulatedLobby, ask: (node: MusterNode) => T): Promise<T[]> {
  const up = lobby.cluster.nodes().filter(({ state }) => state === 'up');
  return Promise.all(up.map(({ id }) => lobby.cluster.run(id, ask)));
}

function assertAllSame(answers: readonly unknown[]): void {
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
}

overSeeds('H1: nodes that write one key at the same time end with the same value', 10, async (seed) => {
  await using lobby = await SimulatedLobby.start({ seed });
  await Promise.all(
    NODES.map((id, at) =>
      lobby.cluster.run(id, async (node) => {
        node.cache(wrongTries).put(7, at);
        await changeSetting(node, 'playerLimit', 10 + at);
      }),
    ),
  );
  await lobby.cluster.settled();
  const answers = await everywhere(lobby, (node) => [node.cache(wrongTries).get(7), setting(node, 'playerLimit')]);
  assertAllSame(answers);
  const stored = await lobby.cluster.run('n1', async (node) => {
    const store = new LobbyStore(() => node.store);
    const [row] = await store.run(store.db.selectFrom('settings').selectAll());
    return [row?.value, node.cache(settings).get('playerLimit')];
  });
  assert.equal(stored[0], stored[1], 'and the store has it too');
});

overSeeds('H2: a change made on one node is told to each client of every node once', 6, async (seed) => {
  await using lobby = await SimulatedLobby.start({ seed });
  const watchers: TestClient[] = [];
  for (const node of NODES) watchers.push(await lobby.client(`Watcher${node}`, node));
  const host = await lobby.client('Host', 'n1');
  const ann = await lobby.client('Ann', 'n2');
  for (const client of watchers) await lobby.as(client, (session) => session.rooms.join('main'));
  const id = await lobby.as(host, (session) => session.battle.open(OPEN_REQUEST));
  await lobby.as(ann, (session) => session.battle.join(id));
  await lobby.as(ann, (session) => session.rooms.join('main'));
  await lobby.as(ann, (session) => session.rooms.leave('main'));
  await lobby.as(ann, (session) => session.battle.leave());
  await lobby.as(host, (session) => session.battle.leave());
  await lobby.cluster.settled();
  const once = ['battle-opened', 'member-joined Ann', 'room-joined Ann', 'room-left Ann', 'member-left Ann'];
  for (const client of watchers) {
    const told = client.told();
    for (const line of [...once, 'battle-closed'])
      assert.equal(told.filter((one) => one === line).length, 1, `${client.name}: ${line}`);
  }
});

overSeeds(
  'H3: nodes that make one entry at the same time make one, also where nobody had heard of it',
  8,
  async (seed) => {
    await using lobby = await SimulatedLobby.start({ seed, nodes: 3 });
    const joining = lobby.cluster.add();
    const clients = await Promise.all(NODES.map((node) => lobby.client(`User${node}`, node)));
    await Promise.all(clients.map((client) => lobby.as(client, (session) => session.rooms.join('new'))));
    await joining;
    await lobby.cluster.settled();
    const answers = await everywhere(lobby, (node) => [...node.cache(rooms).entries()]);
    assert.equal(answers.length, 4);
    assertAllSame(answers);
    for (const client of clients) assert.equal(client.model.rooms.get('new')?.size, 3);
  },
);

overSeeds('H4: who goes while his last change is under way does not come back', 12, async (seed) => {
  for (const graceMs of [0, 2_000]) {
    await using lobby = await SimulatedLobby.start({ seed, settings: { graceMs } });
    const watchers = [await lobby.client('Watcher', 'n1'), await lobby.client('Other', 'n3')];
    const ann = await lobby.client('Ann', 'n2');
    const id = await lobby.as(watchers[0]!, (session) => session.battle.open(OPEN_REQUEST));
    const changes = lobby.as(ann, (session) =>
      Promise.allSettled([
        session.setStatus(1),
        session.rooms.join('main'),
        session.battle.join(id),
        session.setStatus(2),
        session.end(),
      ]),
    );
    await changes;
    await lobby.cluster.advance(10_000);
    await lobby.cluster.settled();
    for (const client of watchers) {
      assert.deepEqual(client.sees(), ['Coordinator', 'Other', 'Watcher', ...internal(client)].sort());
      assert.deepEqual(client.membersOf(id), ['Watcher']);
    }
    const records = await everywhere(lobby, (node) =>
      node
        .cache(lobbies)
        .get(id)
        ?.members.map(({ name }) => name),
    );
    for (const members of records) assert.deepEqual(members, ['Watcher']);
  }
});

/** Users of the server itself, beside the Coordinator. */
function internal(client: TestClient): string[] {
  return client.sees().filter((name) => ['AccoladesBot', 'AutohostMonitor'].includes(name));
}

overSeeds('H5, H6: a node that joins resets nothing, and has all there is, what expires too', 6, async (seed) => {
  await using lobby = await SimulatedLobby.start({ seed, nodes: 2 });
  const host = await lobby.client('Host', 'n1');
  const first = await lobby.as(host, (session) => session.battle.open(OPEN_REQUEST));
  await lobby.as(host, (session) => session.rooms.join('main'));
  await lobby.on('n1', (l) => l.register({ name: 'Victim', passwordHash: PASSWORD }));
  for (const node of ['n1', 'n2', 'n1'])
    await assert.rejects(lobby.on(node, (l) => l.login({ ...LOGIN, name: 'Victim', passwordHash: WRONG })));
  const before = host.told().length;
  const node = await lobby.cluster.add();
  await assert.rejects(
    lobby.on(node, (l) => l.login({ ...LOGIN, name: 'Victim' })),
    (error) => error instanceof LobbyRefused && error.reason === 'TooManyTries',
  );
  const late = await lobby.client('Late', node);
  assert.deepEqual(late.membersOf(first), ['Host']);
  assert.deepEqual(await lobby.on(node, (l) => l.rooms().map(({ name, members }) => [name, members])), [['main', 1]]);
  const second = await lobby.as(late, (session) => session.battle.open(OPEN_REQUEST));
  assert.ok(second > first, `the new node hands out ${second} after ${first}`);
  await lobby.until('the host sees both', () => host.model.battles.size === 2);
  assert.deepEqual(host.told().slice(before), ['user-added Late', 'battle-opened']);
});

overSeeds('H7: no reader sees a member without his user, or a battle without its founder', 6, async (seed) => {
  await using lobby = await SimulatedLobby.start({ seed });
  let isOver = false;
  const churn = async (at: number): Promise<void> => {
    for (let round = 0; round < 4; round++) {
      const host = await lobby.client(`host${at}`, NODES[(at + round) % 3]!);
      const guest = await lobby.client(`guest${at}`, NODES[(at + round + 1) % 3]!);
      const id = await lobby.as(host, (session) => session.battle.open(OPEN_REQUEST));
      await lobby.as(guest, (session) => session.battle.join(id)).catch(refusedOnly);
      await lobby.as(round % 2 === 0 ? host : guest, (session) => session.end());
    }
  };
  const looks = async (): Promise<void> => {
    while (!isOver) {
      for (const node of NODES) {
        const { roster } = lobby.lobby(node);
        for (const { summary, members } of roster.battles()) {
          assert.ok(members.has(summary.founder.userId), `${node}: a battle without its founder`);
          for (const { user } of members.values()) assert.equal(roster.user(user.userId)?.session, user.session);
        }
      }
      await lobby.cluster.advance(1);
    }
  };
  const looking = looks();
  await Promise.all([0, 1, 2].map(churn));
  isOver = true;
  await looking;
});

function refusedOnly(error: unknown): void {
  if (!(error instanceof LobbyRefused)) throw error;
}

overSeeds(
  'H8: users are loaded on all nodes while they are renamed: nobody waits for ever, nobody is left',
  8,
  async (seed) => {
    await using lobby = await SimulatedLobby.start({ seed });
    await lobby.on('n1', (l) => l.register({ name: 'Before', passwordHash: PASSWORD }));
    const look = (id: string, name: string) =>
      lobby.cluster.run(id, async (node) => {
        const users = new Users(node, new LobbyStore(() => node.store));
        return users.named(name).then(
          (user) => user.name,
          (error: unknown) => (error instanceof LobbyRefused ? error.reason : String(error)),
        );
      });
    const rename = lobby.cluster.run('n2', async (node) => {
      const store = new LobbyStore(() => node.store);
      const users = new Users(node, store);
      const { userId } = await users.named('Before');
      await users.change([userId], [store.db.updateTable('accounts').set({ name: 'After' }).where('id', '=', userId)]);
      await users.forgetName('Before');
    });
    const names = NODES.flatMap((id) => [look(id, 'Before'), look(id, 'after'), look(id, 'BEFORE')]);
    const found = await lobby.cluster.drive(Promise.all([...names, rename]));
    for (const name of found.slice(0, -1))
      assert.ok(['Before', 'After', 'NoSuchUser'].includes(String(name)), String(name));
    for (const id of NODES) {
      assert.equal(await look(id, 'After'), 'After');
      assert.equal(await look(id, 'Before'), 'NoSuchUser');
    }
  },
);
