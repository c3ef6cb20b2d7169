/** Members whom the server moves to another lobby. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { userMessages } from '../../src/lobby/presence/user-topic.ts';
import { OPEN_REQUEST } from './records.ts';
import { SimulatedLobby, type TestClient } from './simulated-lobby.ts';

function move(lobby: SimulatedLobby, client: TestClient, lobbyId: number, scriptPassword: string | null = null) {
  const message = { kind: 'join-lobby', lobbyId, scriptPassword } as const;
  return lobby.cluster.run(
    'n3',
    (node, userId) => void node.broadcast(userMessages(userId), message),
    client.session.user().userId,
  );
}

describe('a member whom the server moves', () => {
  it('leaves his battle and enters the other, past its password, lock and host, and hears its talk', async () => {
    await using lobby = await SimulatedLobby.start();
    const host = await lobby.client('Host', 'n1');
    const other = await lobby.client('Other', 'n2', { flags: ['b'] });
    const alice = await lobby.client('Alice', 'n1');
    const from = await lobby.as(host, (session) => session.battle.open(OPEN_REQUEST));
    const to = await lobby.as(other, (session) => session.battle.open({ ...OPEN_REQUEST, password: 'secret' }));
    await lobby.as(other, (session) =>
      session.battle.updateInfo({ spectators: 0, locked: true, mapHash: '1', mapName: 'm' }),
    );
    await lobby.as(alice, (session) => session.battle.join(from));
    await move(lobby, alice, to, 'sp');
    await lobby.until('she is there', () => alice.session.battle.id() === to);
    await lobby.until('all see it', () =>
      [host, other].every(
        (one) => one.membersOf(from)?.join() === 'Host' && one.membersOf(to)?.join() === 'Alice,Other',
      ),
    );
    assert.deepEqual(
      alice.told().filter((line) => /Alice$/.test(line) && /member/.test(line)),
      ['member-joined Alice', 'member-left Alice', 'member-joined Alice'],
    );
    assert.equal(other.inboxed.length, 0, 'the host is not asked');
    await lobby.as(other, (session) => session.battle.say('welcome'));
    await lobby.until('she hears it', () => alice.model.said.includes('welcome'));
  });

  it('waits no longer for the host of a third battle', async () => {
    await using lobby = await SimulatedLobby.start();
    const asked = await lobby.client('Asked', 'n1', { flags: ['b'] });
    const other = await lobby.client('Other', 'n2');
    const alice = await lobby.client('Alice', 'n3');
    const third = await lobby.as(asked, (session) => session.battle.open(OPEN_REQUEST));
    const to = await lobby.as(other, (session) => session.battle.open(OPEN_REQUEST));
    const refused = assert.rejects(
      lobby.as(alice, (session) => session.battle.join(third)),
      { reason: 'HostRefused' },
    );
    await lobby.until('the host is asked', () => asked.inboxed.length === 1);
    await move(lobby, alice, to);
    await refused;
    await lobby.until('she is there', () => alice.session.battle.id() === to);
  });

  it('is told when that battle is not there, and stays where he is', async () => {
    await using lobby = await SimulatedLobby.start();
    const host = await lobby.client('Host', 'n1');
    const alice = await lobby.client('Alice', 'n2');
    const id = await lobby.as(host, (session) => session.battle.open(OPEN_REQUEST));
    await lobby.as(alice, (session) => session.battle.join(id));
    await move(lobby, alice, 9_999);
    await lobby.until('she is told', () =>
      alice.notices().some((line) => /could not be moved to battle 9999/.test(line)),
    );
    assert.equal(alice.session.battle.id(), id);
  });
});
