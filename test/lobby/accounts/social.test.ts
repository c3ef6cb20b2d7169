/** Friends, requests and ignores in a simulated cluster: users on different nodes, online and not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { users } from '../../../src/lobby/accounts/user-record.ts';
import type { PeopleChange, RefusalCode } from '../../../src/lobby/index.ts';
import { LobbyRefused } from '../../../src/lobby/refusal.ts';
import { OPEN_REQUEST } from '../records.ts';
import { memoryStore, PASSWORD, SimulatedLobby, type TestClient } from '../simulated-lobby.ts';

const change = (lobby: SimulatedLobby, client: TestClient, kind: PeopleChange, name: string) =>
  lobby.as(client, ({ people }) => people.change(kind, name));

const refused = (reason: RefusalCode) => (error: unknown) => error instanceof LobbyRefused && error.reason === reason;

describe('friends', () => {
  it('asked, accepted and ended on different nodes: each side is told its new lists, once for each change', async () => {
    await using lobby = await SimulatedLobby.start();
    const alice = await lobby.client('Alice', 'n1');
    const bob = await lobby.client('Bob', 'n2');
    await change(lobby, alice, 'request', 'bob');
    await lobby.until('Bob is told', () => bob.lists.length === 1);
    await change(lobby, alice, 'request', 'Bob');
    await change(lobby, bob, 'accept', 'Alice');
    assert.deepEqual(bob.lists, ['requests: Alice', 'friends: Alice', 'requests:']);
    await lobby.until('Alice is told', () => alice.lists.length === 1);
    await change(lobby, alice, 'unfriend', 'Bob');
    await lobby.until('Bob is told', () => bob.lists.length === 4);
    await lobby.cluster.settled();
    assert.deepEqual(alice.lists, ['friends: Bob', 'friends:']);
    assert.deepEqual(bob.lists, ['requests: Alice', 'friends: Alice', 'requests:', 'friends:']);
  });

  it('a declined request makes no friends and may be made again', async () => {
    await using lobby = await SimulatedLobby.start();
    const alice = await lobby.client('Alice', 'n1');
    const bob = await lobby.client('Bob', 'n2');
    await change(lobby, alice, 'request', 'Bob');
    await lobby.until('Bob is told', () => bob.lists.length === 1);
    await change(lobby, bob, 'decline', 'Alice');
    await assert.rejects(change(lobby, bob, 'accept', 'Alice'), refused('BadValue'));
    await change(lobby, alice, 'request', 'Bob');
    await lobby.until('Bob is told again', () => bob.lists.length === 3);
    assert.deepEqual(bob.lists, ['requests: Alice', 'requests:', 'requests: Alice']);
    assert.deepEqual(await lobby.as(bob, ({ people }) => people.list('friends')), []);
  });

  it('two who ask each other at the same time are friends, or both have a request to accept', async () => {
    for (const seed of [1, 2, 3]) {
      await using lobby = await SimulatedLobby.start({ seed });
      const alice = await lobby.client('Alice', 'n1');
      const bob = await lobby.client('Bob', 'n2');
      await Promise.all([change(lobby, alice, 'request', 'Bob'), change(lobby, bob, 'request', 'Alice')]);
      await change(lobby, alice, 'request', 'Bob');
      assert.deepEqual(await lobby.as(bob, ({ people }) => people.list('friends')), ['Alice']);
      for (const list of ['friends', 'requests'] as const) {
        assert.deepEqual(await lobby.as(alice, ({ people }) => people.list(list)), list === 'friends' ? ['Bob'] : []);
      }
    }
  });

  it('somebody who is offline is asked, and finds the request when he comes', async () => {
    await using lobby = await SimulatedLobby.start();
    const alice = await lobby.client('Alice', 'n1');
    await lobby.on('n1', (one) => one.register({ name: 'Bob', passwordHash: PASSWORD }));
    await change(lobby, alice, 'request', 'Bob');
    const bob = await lobby.client('Bob', 'n3');
    assert.deepEqual(await lobby.as(bob, ({ people }) => people.list('requests')), ['Alice']);
    await assert.rejects(change(lobby, alice, 'request', 'Nobody'), refused('NoSuchUser'));
    await assert.rejects(change(lobby, alice, 'ignore', 'alice'), refused('BadValue'));
  });

  it('requests of many nodes to one user at the same time are all kept, in the store and in the cache of every node', async () => {
    await using lobby = await SimulatedLobby.start();
    const bob = await lobby.client('Bob', 'n1');
    const askers = await Promise.all(
      ['A_a', 'A_b', 'A_c', 'A_d', 'A_e', 'A_f'].map((name, at) => lobby.client(name, `n${1 + (at % 3)}`)),
    );
    await Promise.all(askers.map((asker) => change(lobby, asker, 'request', 'Bob')));
    assert.equal((await lobby.as(bob, ({ people }) => people.list('requests'))).length, 6);
    for (const id of ['n1', 'n2', 'n3']) {
      await lobby.cluster.run(id, (node) => assert.equal(node.cache(users).get(1)?.requests.length, 6));
    }
  });
});

describe('ignores', () => {
  it('what an ignored user says in private, in a room and in a battle is not heard, and is again afterwards', async () => {
    await using lobby = await SimulatedLobby.start();
    const alice = await lobby.client('Alice', 'n1');
    const bob = await lobby.client('Bob', 'n2');
    const carol = await lobby.client('Carol', 'n3');
    const id = await lobby.as(carol, ({ battle }) => battle.open(OPEN_REQUEST));
    for (const client of [alice, bob]) {
      await lobby.as(client, async ({ rooms, battle }) => {
        await rooms.join('main');
        await battle.join(id);
      });
    }
    const speak = async (client: TestClient, text: string) => {
      await lobby.as(client, async (session) => {
        await session.sayPrivate('Alice', text);
        await session.ring('Alice');
        await session.rooms.say('main', text);
        await session.battle.say(text);
      });
      await lobby.cluster.advance(1_000);
    };
    const heard = (text: string) => [
      alice.notices().filter((line) => line.endsWith(text)).length,
      alice.told().filter((line) => line.endsWith(text)).length,
    ];
    await change(lobby, alice, 'ignore', 'Bob');
    assert.deepEqual(alice.lists, ['ignored: Bob']);
    await speak(bob, 'first');
    assert.deepEqual(heard('first'), [0, 0]);
    assert.ok(carol.told().some((line) => line.endsWith('first')));
    assert.ok(!alice.inboxed.some(({ kind }) => kind === 'ring'));
    await change(lobby, alice, 'unignore', 'Bob');
    await speak(bob, 'second');
    assert.deepEqual(heard('second'), [1, 2]);
  });

  it('a moderator is heard all the same', async () => {
    await using lobby = await SimulatedLobby.start();
    const alice = await lobby.client('Alice', 'n1');
    await lobby.on('n2', async (one) => {
      await one.register({ name: 'Mod', passwordHash: PASSWORD });
      await one.setRoles('Mod', { moderator: true });
    });
    const mod = await lobby.client('Mod', 'n2');
    await change(lobby, alice, 'ignore', 'Mod');
    await lobby.as(mod, (session) => session.sayPrivate('Alice', 'listen'));
    await lobby.until('Alice hears it', () => alice.notices().includes('Mod: listen'));
  });

  it('ignores hold from the login on, and outlast the time for which the cache keeps a user', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ store });
    const alice = await lobby.client('Alice', 'n1');
    const bob = await lobby.client('Bob', 'n2');
    await change(lobby, alice, 'ignore', 'Bob');
    await lobby.as(alice, (session) => session.end());
    const again = await lobby.client('Alice', 'n3');
    await lobby.cluster.advance(1_850_000);
    await lobby.cluster.advance(1_850_000);
    await lobby.cluster.run('n3', (node) => assert.equal(node.cache(users).get(1), undefined));
    await lobby.as(bob, (session) => session.sayPrivate('Alice', 'psst'));
    await lobby.cluster.advance(1_000);
    assert.deepEqual(again.notices(), []);
    await change(lobby, again, 'unignore', 'Bob');
    await lobby.as(bob, (session) => session.sayPrivate('Alice', 'hello'));
    await lobby.until('Alice hears it', () => again.notices().includes('Bob: hello'));
  });
});
