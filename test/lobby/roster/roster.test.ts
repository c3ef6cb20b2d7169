import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addBot, addMember, kick, removeMember } from '../../../src/lobby/battles/changes.ts';
import type { LobbyRecord } from '../../../src/lobby/battles/record.ts';
import type { RosterEvent } from '../../../src/lobby/roster/events.ts';
import { Roster } from '../../../src/lobby/roster/roster.ts';
import { lobby, member, PLAYER, sessionInfo } from '../records.ts';
import { StrictClient } from '../strict-client.ts';

const HOST = { userId: 1, session: 's1', moderator: false };
const BOT = { name: 'bot', status: 0, colour: 0, ai: 'KAIK' };

/** A roster whose events a strict client accepts, and what they were since last asked. */
function watched(...userIds: number[]) {
  const client = new StrictClient();
  let events: RosterEvent[] = [];
  const roster = new Roster((event) => {
    client.take(event);
    events.push(event);
  });
  const since = (): string[] => {
    const told = events.map(describeEvent);
    events = [];
    return told;
  };
  for (const userId of userIds) roster.setSession(userId, sessionInfo(userId));
  since();
  return { roster, client, since };
}

function describeEvent(event: RosterEvent): string {
  const parts: unknown[] = [event.kind];
  if ('lobbyId' in event) parts.push(event.lobbyId);
  if ('room' in event) parts.push(event.room);
  if ('user' in event) parts.push(event.user.name);
  if ('member' in event) parts.push(event.member.user.name);
  if ('bot' in event) parts.push(event.bot.name);
  return parts.join(' ');
}

function other(lobbyId: number, founder: number, turn: number): LobbyRecord {
  return { ...lobby(), lobbyId, founder, members: [member(founder, { turn })] };
}

describe('users', () => {
  it("the server's own users are there from the start, once, whoever comes and goes", () => {
    const { roster } = watched(1);
    roster.setSession(1, undefined);
    assert.deepEqual(
      [...roster.visible.users()].map(({ name }) => name),
      ['Coordinator', 'AccoladesBot', 'AutohostMonitor'],
    );
  });

  it('a replaced session is removed, then added, with everything it was in', () => {
    const { roster, since } = watched(1, 2);
    roster.setLobby(12, lobby([member(2)]));
    roster.setRoomMember('main', 2, 's2');
    since();
    roster.setSession(2, sessionInfo(2, 'newer'));
    assert.deepEqual(since(), [
      'member-left 12 user2',
      'room-left main user2',
      'user-removed user2',
      'user-added user2',
    ]);
  });

  it('who takes the name of a user that is still shown comes when that one has gone, with everything he is in', () => {
    const { roster, client, since } = watched(1, 2);
    const named = (userId: number, name: string) => sessionInfo(userId, `s${userId}`, { name });
    roster.setSession(3, named(3, 'user2'));
    const battle = lobby([member(3)]);
    roster.setLobby(battle.lobbyId, battle);
    assert.deepEqual(since(), ['battle-opened 12']);
    assert.equal(roster.visible.userNamed('user2')?.userId, 2);
    roster.setSession(2, sessionInfo(2, 'newer', { name: 'renamed' }));
    assert.deepEqual(since(), [
      'user-removed user2',
      'user-added renamed',
      'user-added user2',
      'member-joined 12 user2',
    ]);
    assert.equal(roster.visible.userNamed('user2')?.userId, 3);
    assert.deepEqual([...client.names].sort(), ['renamed', 'user1', 'user2']);
    roster.setSession(4, named(4, 'user1'));
    roster.setSession(4, undefined);
    roster.setSession(1, undefined);
    assert.deepEqual(since(), ['battle-closed 12', 'user-removed user1']);
  });

  it('a change of status is one event, no change none', () => {
    const { roster, since } = watched(1);
    roster.setSession(1, sessionInfo(1, 's1', { status: 3 }));
    roster.setSession(1, sessionInfo(1, 's1', { status: 3 }));
    assert.deepEqual(since(), ['user-status user1']);
  });
});

describe('battles', () => {
  it('a lobby whose founder is not logged in yet opens when he is', () => {
    const { roster, since } = watched(2);
    roster.setLobby(12, lobby([member(2)]));
    assert.deepEqual(since(), []);
    roster.setSession(1, sessionInfo(1));
    assert.deepEqual(since(), ['user-added user1', 'battle-opened 12', 'member-joined 12 user2']);
  });

  it('a lobby closes before its founder goes, though its record is still there', () => {
    const { roster, since } = watched(1, 2);
    roster.setLobby(12, lobby([member(2)]));
    since();
    roster.setSession(1, undefined);
    assert.deepEqual(since(), ['battle-closed 12', 'user-removed user1']);
    roster.setLobby(12, undefined);
    assert.deepEqual(since(), []);
  });

  it("a member's bots go before him, and he before his name", () => {
    const { roster, since } = watched(1, 2);
    roster.setLobby(12, addBot(lobby([member(2, { status: PLAYER })]), { ...HOST, userId: 2, session: 's2' }, BOT));
    since();
    roster.setSession(2, undefined);
    assert.deepEqual(since(), ['bot-removed 12 bot', 'member-left 12 user2', 'user-removed user2']);
  });

  it('a user who moves leaves the old lobby first, also when the news of it comes later', () => {
    const { roster, since } = watched(1, 2, 3);
    roster.setLobby(12, lobby([member(3)]));
    roster.setLobby(13, other(13, 2, 1));
    since();
    roster.setLobby(13, addMember(other(13, 2, 1), member(3, { turn: 2 })));
    assert.deepEqual(since(), ['member-left 12 user3', 'member-joined 13 user3']);
    roster.setLobby(12, lobby());
    assert.deepEqual(since(), []);
  });

  it('a founder who opens another lobby closes the one before', () => {
    const { roster, since } = watched(1, 2);
    roster.setLobby(12, lobby([member(2)]));
    since();
    roster.setLobby(13, other(13, 1, 2));
    assert.deepEqual(since(), ['battle-closed 12', 'battle-opened 13']);
  });

  it('a second stay in the same lobby is a leave and a join', () => {
    const { roster, since } = watched(1, 2);
    roster.setLobby(12, lobby([member(2)]));
    since();
    roster.setLobby(12, lobby([member(2, { turn: 2 })]));
    assert.deepEqual(since(), ['member-left 12 user2', 'member-joined 12 user2']);
  });

  it('who was kicked is told apart from who left', () => {
    const { roster } = watched(1, 2, 3);
    const forced: boolean[] = [];
    const record = lobby([member(2), member(3)]);
    const client = new Roster((event) => event.kind === 'member-left' && forced.push(event.forced));
    for (const userId of [1, 2, 3]) client.setSession(userId, sessionInfo(userId));
    client.setLobby(12, record);
    client.setLobby(12, kick(record, HOST, 'user2'));
    client.setLobby(12, removeMember(kick(record, HOST, 'user2'), 3, 's3'));
    assert.deepEqual(forced, [true, false]);
    assert.equal(roster.visible.battle(12), undefined);
  });

  it('inside a handler the roster shows exactly what has been told so far', () => {
    const seen: string[] = [];
    const roster: Roster = new Roster((event) => {
      if (event.kind !== 'member-joined') return;
      seen.push([...roster.visible.battle(12)!.members.values()].map(({ user }) => user.name).join(' '));
    });
    for (const userId of [1, 2, 3]) roster.setSession(userId, sessionInfo(userId));
    roster.setLobby(12, lobby([member(2), member(3)]));
    assert.deepEqual(seen, ['user1 user2', 'user1 user2 user3']);
  });
});

describe('rooms and chat', () => {
  it('a member counts only while the session that joined is the one logged in', () => {
    const { roster, since } = watched(1);
    roster.setRoomMember('main', 1, 'older');
    assert.deepEqual(since(), []);
    roster.setRoomMember('main', 1, 's1');
    assert.deepEqual(since(), ['room-joined main user1']);
  });

  it('a line is heard from who is there, and dropped from who has left', () => {
    const { roster, client } = watched(1);
    const line = { from: 1, session: 's1', text: 'hello', emote: false, tag: null };
    roster.setRoomMember('main', 1, 's1');
    roster.sayInRoom('main', line);
    roster.setRoomMember('main', 1, undefined);
    roster.sayInRoom('main', { ...line, text: 'too late' });
    roster.sayInBattle(12, { ...line, text: 'nowhere' });
    assert.deepEqual(client.said, ['hello']);
    assert.equal(roster.dropped, 2);
  });

  it('the Coordinator speaks in any battle', () => {
    const { roster, client } = watched(1);
    roster.setLobby(12, lobby());
    roster.sayInBattle(12, { from: 0, session: 'coordinator', text: 'notice', emote: true, tag: null });
    assert.deepEqual(client.said, ['notice']);
  });

  it('a change that comes from inside a handler waits until the events before it are out', () => {
    const told: string[] = [];
    const roster: Roster = new Roster((event) => {
      if (event.kind === 'battle-opened') roster.setSession(1, undefined);
      told.push(describeEvent(event));
    });
    for (const userId of [1, 2]) roster.setSession(userId, sessionInfo(userId));
    roster.setLobby(12, lobby([member(2)]));
    assert.deepEqual(told.slice(2), [
      'battle-opened 12',
      'member-joined 12 user2',
      'battle-closed 12',
      'user-removed user1',
    ]);
  });
});
