import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LobbyRefused } from '../../../src/lobby/index.ts';
import { queuePeriodic, queueUpdates } from '../../../src/lobby/matchmaking/declarations.ts';
import { matchmaker } from '../../../src/lobby/matchmaking/matchmaker.ts';
import { Moderation } from '../../../src/lobby/moderation/moderation.ts';
import { decodeBattleStatus } from '../../../src/lobby/status/battle-status.ts';
import type { MusterNode } from '../../../src/services/index.ts';
import { memoryStore, type SimulatedLobby, type TestClient } from '../simulated-lobby.ts';
import {
  cancellations,
  claimsOn,
  DUEL,
  invitations,
  invited,
  join,
  openHost,
  queuesOf,
  ready,
  sizeOf,
  startMatchmaking,
  sync,
  TEAM,
} from './matchmaking-lobby.ts';

async function players(lobby: SimulatedLobby, ...names: string[]): Promise<TestClient[]> {
  const clients: TestClient[] = [];
  for (const [at, name] of names.entries()) clients.push(await lobby.client(name, `n${1 + (at % 3)}`));
  return clients;
}

function saidIn(client: TestClient): string[] {
  return client.events.flatMap((event) => (event.kind === 'battle-said' ? [`${event.user.name}: ${event.text}`] : []));
}

describe('a match', () => {
  it('is made of the two who wait longest: asked, moved, ready in different teams, host told, game started', async () => {
    await using lobby = await startMatchmaking();
    const [host, id] = await openHost(lobby, 'Host', 'n2');
    const [alice, bob, carol] = (await players(lobby, 'Alice', 'Bob', 'Carol')) as [TestClient, TestClient, TestClient];
    for (const client of [alice, bob, carol]) await join(lobby, client, DUEL);
    await invited(lobby, [alice, bob]);
    assert.equal(await ready(lobby, alice), true);
    await lobby.cluster.advance(1_000);
    assert.equal(host.membersOf(id)?.join(), 'Host', 'one is not enough');
    await ready(lobby, bob);
    await lobby.until('both are in', () => host.membersOf(id)?.join() === 'Alice,Bob,Host');
    assert.equal(invitations(carol), 0, 'the third is not asked');
    for (const client of [alice, bob]) await sync(lobby, client);
    await lobby.until('the game is started', () => saidIn(host).length === 2);
    assert.deepEqual(
      saidIn(host).map((line) => line.slice(line.indexOf(':'))),
      [': !cv forcestart', ': !y'],
    );
    assert.deepEqual(
      host.notices().map((line) => line.replace('Coordinator: ', '')),
      ['!preset duel', '!bset startpostype 2', '!autobalance off'],
    );
    const statuses = [alice, bob].map((client) => {
      const member = host.model.battle(id).members.get(client.session.user().userId)!;
      return decodeBattleStatus(member.status);
    });
    assert.ok(statuses.every(({ player, ready: isReady, sync: synced }) => player && isReady && synced === 1));
    assert.deepEqual(statuses.map(({ ally }) => ally).sort(), [0, 1]);
    assert.equal(host.model.battle(id).tags.get('server/match/queue_id'), String(DUEL));
    await lobby.cluster.advance(2_000);
    assert.deepEqual(await queuesOf(lobby, alice), []);
    assert.deepEqual(await queuesOf(lobby, carol), [DUEL]);
    assert.deepEqual(await claimsOn(lobby, 'n1'), []);
  });

  it('is off when one declines: he is out, the other waits again in front', async () => {
    await using lobby = await startMatchmaking();
    const [alice, bob, carol] = (await players(lobby, 'Alice', 'Bob', 'Carol')) as [TestClient, TestClient, TestClient];
    for (const client of [alice, bob, carol]) await join(lobby, client, DUEL);
    await join(lobby, bob, TEAM);
    await invited(lobby, [alice, bob]);
    await lobby.as(bob, ({ matchmaking }) => matchmaking.decline());
    await lobby.until('Alice is told', () => cancellations(alice) === 1);
    assert.deepEqual(await queuesOf(lobby, bob), [], 'who declines leaves all his queues');
    await invited(lobby, [carol]);
    await invited(lobby, [alice], 2);
    assert.equal(invitations(bob), 1);
  });

  it('is off when time runs out, not before: who was silent is out, who was ready waits again', async () => {
    await using lobby = await startMatchmaking();
    const [alice, bob] = (await players(lobby, 'Alice', 'Bob')) as [TestClient, TestClient];
    for (const client of [alice, bob]) await join(lobby, client, DUEL);
    await invited(lobby, [alice, bob]);
    await ready(lobby, alice);
    await lobby.cluster.advance(14_500);
    assert.equal(cancellations(alice), 0);
    await lobby.until('it is over', () => cancellations(alice) === 1 && cancellations(bob) === 1);
    await lobby.cluster.advance(1_000);
    assert.deepEqual(await queuesOf(lobby, alice), [DUEL]);
    assert.deepEqual(await queuesOf(lobby, bob), []);
    assert.match(bob.notices().at(-1)!, /left the queue Duel/);
    assert.equal(alice.notices().length, 0);
  });

  it('waits for an empty lobby, and takes it when it opens', async () => {
    await using lobby = await startMatchmaking();
    const [alice, bob] = (await players(lobby, 'Alice', 'Bob')) as [TestClient, TestClient];
    for (const client of [alice, bob]) await join(lobby, client, DUEL);
    await invited(lobby, [alice, bob]);
    for (const client of [alice, bob]) await ready(lobby, client);
    await lobby.cluster.advance(20_000);
    assert.deepEqual([cancellations(alice), cancellations(bob)], [0, 0]);
    const [host, id] = await openHost(lobby, 'Host', 'n3');
    await lobby.until('both are in', () => host.membersOf(id)?.join() === 'Alice,Bob,Host');
  });

  it('moves players out of the battle they are in, and leaves a lobby that is not empty alone', async () => {
    await using lobby = await startMatchmaking();
    const [other, otherId] = await openHost(lobby, 'Other', 'n1');
    const [alice, bob] = (await players(lobby, 'Alice', 'Bob')) as [TestClient, TestClient];
    const joining = lobby.as(alice, ({ battle }) => battle.join(otherId));
    await lobby.until('the host is asked', () => other.inboxed.length === 1);
    await lobby.as(other, ({ battle }) => battle.answerJoin('Alice', { allow: true }));
    await joining;
    const [host, id] = await openHost(lobby, 'Host', 'n3');
    for (const client of [alice, bob]) await join(lobby, client, DUEL);
    await invited(lobby, [alice, bob]);
    for (const client of [alice, bob]) await ready(lobby, client);
    await lobby.until('both are in', () => host.membersOf(id)?.join() === 'Alice,Bob,Host');
    assert.equal(other.membersOf(otherId)?.join(), 'Other');
  });

  it('of two queues takes a player once: while one asks him, the other leaves him where he is', async () => {
    await using lobby = await startMatchmaking();
    const clients = await players(lobby, 'Alice', 'Bob', 'Carol', 'Dave');
    for (const client of clients) await join(lobby, client, TEAM);
    await invited(lobby, clients);
    const [alice, bob, carol] = clients as [TestClient, TestClient, TestClient];
    for (const client of [alice, bob]) await join(lobby, client, DUEL);
    await lobby.cluster.advance(3_000);
    assert.deepEqual(clients.map(invitations), [1, 1, 1, 1]);
    await lobby.as(carol, ({ matchmaking }) => matchmaking.decline());
    await invited(lobby, [alice, bob], 2);
    assert.deepEqual(await queuesOf(lobby, alice), [DUEL, TEAM]);
  });

  it('is off when a player’s node dies; the other waits again', async () => {
    await using lobby = await startMatchmaking({ nodes: 4 });
    const alice = await lobby.client('Alice', 'n1');
    const bob = await lobby.client('Bob', 'n4');
    for (const client of [alice, bob]) await join(lobby, client, DUEL);
    await invited(lobby, [alice, bob]);
    await ready(lobby, alice);
    await lobby.cluster.kill('n4');
    await lobby.until('it is off', () => cancellations(alice) === 1);
    await lobby.cluster.advance(1_000);
    assert.deepEqual(await queuesOf(lobby, alice), [DUEL]);
    assert.equal(await sizeOf(lobby, 'n1', DUEL), 1);
  });

  it('of teams is even by ratings, and is played on a map of the queue', async () => {
    const store = memoryStore();
    await using lobby = await startMatchmaking({ store });
    const clients = await players(lobby, 'Alice', 'Bob', 'Carol', 'Dave');
    const skills = [20.4, 20.3, 19.9, 19.6];
    for (const [at, client] of clients.entries()) {
      const { userId } = client.session.user();
      await store.query('INSERT INTO ratings VALUES (?, ?, ?, ?, ?, ?)', [userId, 'team', skills[at]!, 0, 5, 0]);
    }
    await store.query('UPDATE queues SET maps = ? WHERE id = ?', ['["Comet"]', TEAM]);
    await lobby.cluster.run('n1', (node: MusterNode) => node.server(matchmaker).call('load'));
    const [host, id] = await openHost(lobby, 'Host', 'n3');
    for (const client of clients) await join(lobby, client, TEAM);
    await invited(lobby, clients);
    for (const client of clients) await ready(lobby, client);
    const orders = ['!preset team', '!bset startpostype 2', '!autobalance off', '!map Comet'];
    await lobby.until('the host is told', () => host.notices().length === orders.length);
    assert.deepEqual(
      host.notices(),
      orders.map((order) => `Coordinator: ${order}`),
    );
    const allies = clients.map((client) => {
      const member = host.model.battle(id).members.get(client.session.user().userId)!;
      return decodeBattleStatus(member.status).ally;
    });
    assert.equal(allies[0], allies[3], 'the strongest with the weakest');
    assert.equal(allies[1], allies[2]);
    assert.notEqual(allies[0], allies[1]);
  });

  it('is not started when somebody lacks the map, and the lobby is told', async () => {
    await using lobby = await startMatchmaking();
    const [host, id] = await openHost(lobby, 'Host', 'n2');
    const [alice, bob] = (await players(lobby, 'Alice', 'Bob')) as [TestClient, TestClient];
    for (const client of [alice, bob]) await join(lobby, client, DUEL);
    await invited(lobby, [alice, bob]);
    for (const client of [alice, bob]) await ready(lobby, client);
    await lobby.until('both are in', () => host.membersOf(id)?.join() === 'Alice,Bob,Host');
    await sync(lobby, alice);
    await lobby.cluster.advance(25_000);
    assert.deepEqual(saidIn(host), ['Coordinator: The match cannot be started: not all players are here and synced.']);
    assert.equal(host.model.battle(id).tags.has('server/match/queue_id'), false);
    assert.deepEqual(await claimsOn(lobby, 'n1'), []);
  });

  it('waits for who is in a game', async () => {
    await using lobby = await startMatchmaking();
    const [alice, bob] = (await players(lobby, 'Alice', 'Bob')) as [TestClient, TestClient];
    await lobby.as(alice, (session) => session.setStatus(1));
    for (const client of [alice, bob]) await join(lobby, client, DUEL);
    await lobby.cluster.advance(5_000);
    assert.equal(invitations(bob), 0);
    await lobby.as(alice, (session) => session.setStatus(0));
    await invited(lobby, [alice, bob]);
  });
});

describe('a queue', () => {
  it('refuses who is restricted and what is no queue; joining twice is fine', async () => {
    await using lobby = await startMatchmaking();
    const alice = await lobby.client('Alice', 'n1');
    await assert.rejects(
      join(lobby, alice, 77),
      (error) => error instanceof LobbyRefused && error.reason === 'NoSuchQueue',
    );
    await join(lobby, alice, DUEL);
    await join(lobby, alice, DUEL);
    assert.equal(await sizeOf(lobby, 'n2', DUEL), 1);
    await lobby.as(alice, ({ matchmaking }) => matchmaking.leave(DUEL));
    assert.equal(await sizeOf(lobby, 'n2', DUEL), 0);
    const userId = alice.session.user().userId;
    await lobby.cluster.run(
      'n1',
      (node: MusterNode, id: number) =>
        new Moderation(node).impose({
          userId: id,
          restrictions: ['Matchmaking'],
          reason: 'test',
          by: null,
          forMs: null,
        }),
      userId,
    );
    await assert.rejects(
      join(lobby, alice, DUEL),
      (error) => error instanceof LobbyRefused && error.reason === 'Restricted',
    );
  });

  it('removes who leaves at once and who stays away in a while; who comes back soon keeps his place and is told of it', async () => {
    await using lobby = await startMatchmaking({ settings: { graceMs: 5_000 } });
    const carol = await lobby.client('Carol', 'n3');
    await join(lobby, carol, DUEL);
    await lobby.as(carol, (session) => session.end());
    await lobby.cluster.waitFor('she is out', async () => (await sizeOf(lobby, 'n1', DUEL)) === 0);
    const alice = await lobby.client('Alice', 'n1');
    const bob = await lobby.client('Bob', 'n2');
    await join(lobby, alice, DUEL);
    await join(lobby, bob, TEAM);
    await lobby.as(alice, (session) => session.drop());
    await lobby.as(bob, (session) => session.drop());
    await lobby.cluster.advance(2_000);
    assert.equal(await sizeOf(lobby, 'n1', DUEL), 0, 'who is away is not counted, and not matched');
    const again = await lobby.client('Alice', 'n3');
    await lobby.until('she is told', () =>
      again.inboxed.some((message) => message.kind === 'your-queues' && message.queues[0]?.queueId === DUEL),
    );
    await lobby.cluster.advance(8_000);
    assert.equal(await sizeOf(lobby, 'n1', DUEL), 1);
    assert.deepEqual(await queuesOf(lobby, again), [DUEL]);
    const late = await lobby.client('Bob', 'n2');
    assert.deepEqual(await queuesOf(lobby, late), []);
  });

  it('tells its watchers on any node who comes, who goes and how many wait', async () => {
    await using lobby = await startMatchmaking();
    const heard: string[] = [];
    await lobby.cluster.run(
      'n3',
      async (node: MusterNode, queueId: number) => {
        await node.subscribe(queueUpdates(queueId), ({ kind, userIds }) => heard.push(`${kind} ${userIds}`));
        await node.subscribe(queuePeriodic(), (told) => told.queueId === queueId && heard.push(`${told.size} wait`));
      },
      DUEL,
    );
    const alice = await lobby.client('Alice', 'n1');
    const { userId } = alice.session.user();
    await join(lobby, alice, DUEL);
    await lobby.until('the number is told', () => heard.includes('1 wait'));
    await lobby.as(alice, ({ matchmaking }) => matchmaking.leave(DUEL));
    await lobby.until('the number is told', () => heard.at(-1) === '0 wait');
    assert.deepEqual(
      heard.filter((line) => !line.endsWith('wait')),
      [`joined ${userId}`, `left ${userId}`],
    );
  });

  it('that an operator closes is gone for all, and who waits is told', async () => {
    const store = memoryStore();
    await using lobby = await startMatchmaking({ store });
    const alice = await lobby.client('Alice', 'n2');
    await join(lobby, alice, DUEL);
    await store.query('UPDATE queues SET enabled = 0 WHERE id = ?', [DUEL]);
    await lobby.cluster.run('n1', (node: MusterNode) => node.server(matchmaker).call('load'));
    await lobby.until('she is told', () => alice.notices().at(-1) === 'Coordinator: The queue Duel is closed.');
    const known = await lobby.as(alice, ({ matchmaking }) => matchmaking.queues());
    assert.deepEqual(
      known.map(({ queueId }) => queueId),
      [TEAM],
    );
    await assert.rejects(
      join(lobby, alice, DUEL),
      (error) => error instanceof LobbyRefused && error.reason === 'NoSuchQueue',
    );
    assert.deepEqual(await queuesOf(lobby, alice), []);
  });
});
