/** The throttles in a cluster: one message an interval, from one place. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lobbyThrottle } from '../../../src/lobby/throttles/lobby-throttle.ts';
import {
  type ClientIndexNews,
  clientIndexNews,
  type LobbyNews,
  lobbyNews,
} from '../../../src/lobby/throttles/topics.ts';
import type { MusterNode } from '../../../src/services/index.ts';
import { OPEN_REQUEST, PLAYER } from '../records.ts';
import { SimulatedLobby, type TestClient } from '../simulated-lobby.ts';

/** A viewer on a node. */
async function watch(lobby: SimulatedLobby, node: string, id: number): Promise<LobbyNews[]> {
  const heard: LobbyNews[] = [];
  await lobby.cluster.run(
    node,
    async (on: MusterNode, lobbyId: number) => {
      await on.subscribe(lobbyNews(lobbyId), (news) => void heard.push(news));
    },
    id,
  );
  return heard;
}

function where(lobby: SimulatedLobby, id: number): Promise<string | undefined> {
  return lobby.cluster.run('n1', (node, key) => node.server(lobbyThrottle, key).where(), id) as Promise<
    string | undefined
  >;
}

function userId(client: TestClient): number {
  return client.session.user().userId;
}

describe('the throttle of a lobby', () => {
  it('says all changes of half a second in one message, once in the cluster, and nothing when nothing changed', async () => {
    await using lobby = await SimulatedLobby.start({ nodes: 4 });
    const host = await lobby.client('Host', 'n1');
    const alice = await lobby.client('Alice', 'n2');
    const bob = await lobby.client('Bob', 'n3');
    const id = await lobby.as(host, (session) => session.battle.open(OPEN_REQUEST));
    await lobby.cluster.advance(1_000);
    const heard = await watch(lobby, 'n4', id);
    await lobby.cluster.advance(20_000);
    assert.deepEqual(heard, []);

    await lobby.as(alice, (session) => session.battle.join(id));
    for (const status of [PLAYER, PLAYER + 4, PLAYER + 8]) {
      await lobby.as(alice, (session) => session.battle.setStatus(status, 0));
    }
    await lobby.as(bob, (session) => session.battle.join(id));
    await lobby.as(alice, (session) => session.battle.addBot({ name: 'b', status: 0, colour: 0, ai: 'x' }));
    await lobby.as(host, (session) => session.battle.setTitle('Other'));
    await lobby.as(bob, (session) => session.battle.leave());
    await lobby.cluster.advance(10_000);
    assert.equal(heard.length, 1, JSON.stringify(heard));
    assert.deepEqual(heard, [
      { kind: 'changed', lobbyId: id, parts: ['lobby', 'bots'], players: [userId(alice), userId(bob)] },
    ]);

    await lobby.as(host, (session) => session.battle.setTitle('Third'));
    await lobby.cluster.advance(700);
    await lobby.as(host, (session) => session.battle.kick('Alice'));
    await lobby.cluster.advance(700);
    assert.deepEqual(heard.slice(1), [
      { kind: 'changed', lobbyId: id, parts: ['lobby'], players: [] },
      { kind: 'changed', lobbyId: id, parts: ['bots'], players: [userId(alice)] },
    ]);
  });

  it('says that the lobby has closed at once, and ends', async () => {
    await using lobby = await SimulatedLobby.start({ nodes: 4 });
    const host = await lobby.client('Host', 'n1');
    const id = await lobby.as(host, (session) => session.battle.open(OPEN_REQUEST));
    const heard = await watch(lobby, 'n4', id);
    await lobby.as(host, (session) => session.battle.leave());
    await lobby.cluster.advance(100);
    assert.deepEqual(heard, [{ kind: 'closed', lobbyId: id }]);
    await lobby.cluster.settled();
    assert.equal(await where(lobby, id), undefined);
  });

  it('moves when its node dies, asks viewers once to look at everything, and goes on', async () => {
    for (let seed = 1; seed <= 4; seed++) {
      await using lobby = await SimulatedLobby.start({ nodes: 4, seed });
      const host = await lobby.client('Host', 'n1');
      let id = await lobby.as(host, (session) => session.battle.open(OPEN_REQUEST));
      while (['n1', 'n4'].includes((await where(lobby, id))!)) {
        await lobby.as(host, (session) => session.battle.leave());
        id = await lobby.as(host, (session) => session.battle.open(OPEN_REQUEST));
      }
      await lobby.cluster.advance(1_000);
      const heard = await watch(lobby, 'n4', id);
      const doomed = (await where(lobby, id))!;
      await lobby.as(host, (session) => session.battle.setTitle('Lost'));
      await lobby.cluster.kill(doomed);
      await lobby.cluster.settled();
      await lobby.cluster.advance(5_000);
      assert.deepEqual(heard, [{ kind: 'refresh', lobbyId: id }], `seed ${seed}`);
      assert.notEqual(await where(lobby, id), doomed);
      await lobby.as(host, (session) => session.battle.setTitle('Seen'));
      await lobby.cluster.advance(1_000);
      assert.deepEqual(heard.slice(1), [{ kind: 'changed', lobbyId: id, parts: ['lobby'], players: [] }]);
    }
  });

  it('is spoken past by Consul, who tells of bans at once', async () => {
    await using lobby = await SimulatedLobby.start({ nodes: 4 });
    const host = await lobby.client('Host', 'n1');
    const alice = await lobby.client('Alice', 'n2');
    const id = await lobby.as(host, (session) => session.battle.open(OPEN_REQUEST));
    await lobby.as(alice, (session) => session.battle.join(id));
    await lobby.cluster.advance(1_000);
    const heard = await watch(lobby, 'n4', id);
    await lobby.as(host, (session) => session.battle.say('$lobbyban alice'));
    await lobby.cluster.advance(100);
    assert.deepEqual(heard, [{ kind: 'consul', lobbyId: id, reason: 'ban' }]);
  });
});

it('the throttle of the user list tells viewers of its own node once in two seconds who came, changed and went', async () => {
  await using lobby = await SimulatedLobby.start({ nodes: 4 });
  const heard = new Map<string, ClientIndexNews[]>();
  for (const node of ['n1', 'n2', 'n3', 'n4']) {
    const news: ClientIndexNews[] = [];
    heard.set(node, news);
    await lobby.cluster.run(node, async (on: MusterNode) => {
      await on.subscribe(clientIndexNews(), (message) => void news.push(message));
    });
  }
  const alice = await lobby.client('Alice', 'n1');
  const bob = await lobby.client('Bob', 'n2');
  await lobby.as(alice, (session) => session.setStatus(2));
  await lobby.cluster.advance(3_000);
  for (const [node, news] of heard) {
    assert.equal(news.length, 1, node);
    assert.deepEqual(
      news[0]!.clients.map(({ name, status }) => [name, status]).sort(),
      [
        ['Alice', 2],
        ['Bob', 0],
      ],
      node,
    );
    assert.deepEqual(news[0]!.removed, []);
  }
  await lobby.cluster.advance(20_000);
  await lobby.as(bob, (session) => session.end());
  await lobby.as(alice, (session) => session.end());
  await lobby.client('Alice', 'n3');
  await lobby.cluster.advance(3_000);
  for (const [node, news] of heard) {
    assert.equal(news.length, 2, node);
    assert.deepEqual([news[1]!.clients.map(({ name }) => name), news[1]!.removed], [['Alice'], [userId(bob)]], node);
  }
});
