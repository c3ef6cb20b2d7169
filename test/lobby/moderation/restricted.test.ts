/** What restrictions and the chat guard do to users who are online, in a simulated cluster. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RefusalCode, Session } from '../../../src/lobby/index.ts';
import { recent, speak } from '../../../src/lobby/moderation/chat-pace.ts';
import { Moderation } from '../../../src/lobby/moderation/moderation.ts';
import type { Restriction } from '../../../src/lobby/moderation/restrictions.ts';
import { LobbyRefused } from '../../../src/lobby/refusal.ts';
import { changeSetting } from '../../../src/lobby/settings/settings.ts';
import { OPEN_REQUEST } from '../records.ts';
import { memoryStore, PASSWORD, SimulatedLobby, type TestClient } from '../simulated-lobby.ts';

const refused =
  (reason: RefusalCode, text = /./) =>
  (error: unknown) =>
    error instanceof LobbyRefused && error.reason === reason && text.test(error.message);

async function impose(lobby: SimulatedLobby, node: string, userId: number, names: Restriction[], forMs: number | null) {
  let actionId = 0;
  await lobby.cluster.run(node, async (on) => {
    const imposition = { userId, restrictions: names, reason: 'rude', by: null, forMs };
    actionId = await new Moderation(on).impose(imposition);
  });
  return actionId;
}

const login = (lobby: SimulatedLobby, node: string) =>
  lobby.on(node, (one) => one.login({ name: 'Alice', passwordHash: PASSWORD, ip: '10.0.0.1', client: 'test' }));

describe('a restriction', () => {
  it('on all chat mutes a user who is online on another node at once, with the reason, until it is over', async () => {
    await using lobby = await SimulatedLobby.start();
    const alice = await lobby.client('Alice', 'n1');
    await lobby.client('Bob', 'n2');
    await lobby.as(alice, async ({ rooms, battle }) => {
      await rooms.join('main');
      await battle.open(OPEN_REQUEST);
    });
    await lobby.as(alice, (session) => session.party.create());
    const acts: ((session: Session) => Promise<void>)[] = [
      ({ rooms }) => rooms.say('main', 'hello'),
      ({ battle }) => battle.say('hello'),
      ({ battle }) => battle.sayPrivate('Alice', 'hello'),
      ({ battle }) => battle.setTitle('hello'),
      (session) => session.sayPrivate('Bob', 'hello'),
      (session) => session.ring('Bob'),
      ({ party }) => party.say('hello'),
    ];
    await impose(lobby, 'n3', 1, ['All chat'], 60_000);
    for (const act of acts) {
      await assert.rejects(lobby.as(alice, act), refused('Restricted', /^You are muted until \d{4}-.* UTC: rude$/));
    }
    await lobby.as(alice, (session) => session.sayPrivate('Coordinator', 'I acknowledge this'));
    await lobby.cluster.advance(60_001);
    for (const act of acts) await lobby.as(alice, act);
  });

  it('keeps a user from just what it names, and not at all when it is lifted', async () => {
    await using lobby = await SimulatedLobby.start();
    const alice = await lobby.client('Alice', 'n1');
    await lobby.client('Bob', 'n2');
    await lobby.as(alice, ({ rooms }) => rooms.join('main'));
    const actionId = await impose(lobby, 'n2', 1, ['Room chat', 'Hosting lobbies', 'Renaming', 'Reporting'], null);
    const kept: ((session: Session) => Promise<unknown>)[] = [
      ({ rooms }) => rooms.say('main', 'x'),
      ({ battle }) => battle.open(OPEN_REQUEST),
      (session) => session.report({ name: 'Bob', location: 'x', locationId: null, reason: 'y' }),
      ({ account }) => account.rename('Alicia'),
    ];
    for (const act of kept) await assert.rejects(lobby.as(alice, act), refused('Restricted'));
    await lobby.as(alice, (session) => session.sayPrivate('Bob', 'x'));
    await lobby.cluster.run('n3', async (node) => void (await new Moderation(node).lift(actionId, null)));
    // The Coordinator wants to hear that it was read.
    await lobby.cluster.advance(5_000);
    await lobby.as(alice, (session) => session.sayPrivate('Coordinator', 'I acknowledge this'));
    await lobby.cluster.advance(1_000);
    for (const act of kept) await lobby.as(alice, act);
  });

  it('on joining lobbies refuses a join; a restriction of a user who is offline holds when he comes', async () => {
    await using lobby = await SimulatedLobby.start();
    const host = await lobby.client('Host', 'n1');
    const id = await lobby.as(host, ({ battle }) => battle.open(OPEN_REQUEST));
    await lobby.on('n1', (one) => one.register({ name: 'Alice', passwordHash: PASSWORD }));
    await impose(lobby, 'n1', 2, ['Joining existing lobbies'], null);
    const alice = await lobby.client('Alice', 'n2');
    await assert.rejects(
      lobby.as(alice, ({ battle }) => battle.join(id)),
      refused('Restricted', /^You may not join battles: rude$/),
    );
  });

  it('on the login ends the session wherever it is, says why, and refuses the next until it is over', async () => {
    await using lobby = await SimulatedLobby.start();
    const alice = await lobby.client('Alice', 'n1');
    const watcher = await lobby.client('Watcher', 'n2');
    await lobby.as(alice, ({ rooms }) => rooms.join('main'));
    await impose(lobby, 'n3', 1, ['Login'], 60_000);
    assert.deepEqual(alice.ends, ['banned']);
    assert.match(alice.notices().at(-1)!, /^Coordinator: You are banned until .*: rude$/);
    await lobby.until('he is gone', () => !watcher.sees().includes('Alice'));
    await assert.rejects(login(lobby, 'n2'), refused('Restricted', /^You are banned until .*: rude$/));
    await lobby.cluster.advance(60_001);
    await login(lobby, 'n2');
  });

  it('on the login that comes while he logs in leaves him no session', async () => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      await using lobby = await SimulatedLobby.start({ seed });
      const before = await lobby.client('Alice', 'n1');
      await lobby.as(before, (session) => session.end());
      const [attempt] = await Promise.allSettled([
        login(lobby, 'n1'),
        lobby.cluster.advance(seed).then(() => impose(lobby, 'n3', 1, ['Login'], null)),
      ]);
      await lobby.cluster.settled();
      await lobby.until('no session is left', () => lobby.lobby('n1').sessions === 0);
      if (attempt.status === 'rejected') assert.ok(attempt.reason instanceof LobbyRefused);
    }
  });
});

describe('the pace of chat', () => {
  it('three lines within a second, or ten within five, are too fast; slower is not', () => {
    const count = (times: number[]): number => {
      let pace: readonly number[] = [];
      return times.findIndex((time) => {
        const spoken = speak(pace, time);
        pace = spoken.pace;
        return spoken.tooFast;
      });
    };
    assert.equal(count([0, 400, 999]), 2);
    assert.equal(count([0, 500, 1_000, 1_500, 2_001]), -1);
    assert.equal(count(Array.from({ length: 12 }, (_, at) => at * 510)), 9);
    assert.equal(count(Array.from({ length: 100 }, (_, at) => at * 600)), -1);
    assert.deepEqual(recent([0, 3_000, 7_000], 5_500), [3_000]);
  });
});

describe('the chat guard', () => {
  const start = (store = memoryStore()) => SimulatedLobby.start({ store, settings: { chatGuard: true } });
  const speaker = async (lobby: SimulatedLobby, node: string): Promise<TestClient> => {
    const client = await lobby.client('Alice', node);
    await lobby.as(client, ({ rooms }) => rooms.join('main'));
    return client;
  };
  const say = (lobby: SimulatedLobby, client: TestClient) => lobby.as(client, ({ rooms }) => rooms.say('main', 'hi'));
  const flood = async (lobby: SimulatedLobby, client: TestClient) => {
    await say(lobby, client);
    await say(lobby, client);
    await assert.rejects(say(lobby, client), refused('Restricted', /^You are muted until .*: too many messages$/));
  };

  it('mutes for a minute, at the third time bans for five and disconnects, counting across logins on any node', async () => {
    const store = memoryStore();
    await using lobby = await start(store);
    let alice = await speaker(lobby, 'n1');
    await flood(lobby, alice);
    await lobby.as(alice, (session) => session.end());
    alice = await speaker(lobby, 'n2');
    await assert.rejects(say(lobby, alice), refused('Restricted', /muted/));
    await lobby.cluster.advance(60_001);
    await flood(lobby, alice);
    await lobby.cluster.advance(60_001);
    await flood(lobby, alice);
    await lobby.until('she is thrown out', () => alice.ends.length === 1);
    assert.deepEqual(alice.ends, ['banned']);
    for (const node of ['n1', 'n2', 'n3']) {
      await assert.rejects(login(lobby, node), refused('Restricted', /^You are banned until .*: flooding the chat$/));
    }
    assert.deepEqual(await store.query('SELECT account_id, restrictions FROM moderation_actions'), [
      { account_id: 1, restrictions: '["Login"]' },
    ]);
    await lobby.cluster.advance(300_001);
    const again = await speaker(lobby, 'n3');
    await say(lobby, again);
  });

  it('a new login on another node does not begin a new count', async () => {
    await using lobby = await start();
    const alice = await speaker(lobby, 'n1');
    await say(lobby, alice);
    await say(lobby, alice);
    const again = await speaker(lobby, 'n2');
    await assert.rejects(say(lobby, again), refused('Restricted'));
  });

  it('is turned off on every node at once by an operator', async () => {
    await using lobby = await start();
    const alice = await speaker(lobby, 'n1');
    await lobby.cluster.run('n3', (node) => changeSetting(node, 'chatGuard', false));
    for (let line = 0; line < 10; line++) await say(lobby, alice);
    await lobby.cluster.run('n2', (node) => changeSetting(node, 'chatGuard', null));
    await flood(lobby, alice);
  });

  it('lets bots and moderators speak as they like', async () => {
    await using lobby = await start();
    for (const [name, roles] of [
      ['Bot', { bot: true }],
      ['Mod', { moderator: true }],
    ] as const) {
      await lobby.on('n1', async (one) => {
        await one.register({ name, passwordHash: PASSWORD });
        await one.setRoles(name, roles);
      });
      const client = await lobby.client(name, 'n2');
      await lobby.as(client, ({ rooms }) => rooms.join('main'));
      for (let line = 0; line < 20; line++) await say(lobby, client);
    }
  });
});
