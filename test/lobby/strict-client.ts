/**
 * A client that takes nothing on trust: it follows the typed event stream of one node, hearing everything, and throws at
 * the first event that a real client would call a broken stream.
 */
import assert from 'node:assert/strict';
import type { RosterEvent, User } from '../../src/lobby/roster/events.ts';

interface Battle {
  founder: number;
  members: Map<number, { status: number; colour: number }>;
  bots: Map<string, { owner: number; status: number; colour: number; ai: string }>;
  tags: Map<string, string>;
  rects: Map<number, string>;
  units: Set<string>;
  locked: boolean;
  spectators: number;
  title: string;
}

type Checks = { [K in RosterEvent['kind']]: (client: StrictClient, event: Extract<RosterEvent, { kind: K }>) => void };

export class StrictClient {
  readonly users = new Map<number, { name: string; session: string; status: number }>();
  readonly names = new Set<string>();
  readonly battles = new Map<number, Battle>();
  readonly battleOf = new Map<number, number>();
  readonly rooms = new Map<string, Map<number, string>>();
  readonly said: string[] = [];

  take(event: RosterEvent): void {
    (CHECKS[event.kind] as (client: StrictClient, event: RosterEvent) => void)(this, event);
  }

  knows(user: User): void {
    assert.equal(this.users.get(user.userId)?.session, user.session, `unknown user ${user.name}`);
  }

  battle(lobbyId: number): Battle {
    const battle = this.battles.get(lobbyId);
    assert.ok(battle, `unknown battle ${lobbyId}`);
    return battle;
  }

  enters(user: User, lobbyId: number): void {
    this.knows(user);
    assert.equal(this.battleOf.get(user.userId), undefined, `${user.name} is in a battle already`);
    this.battleOf.set(user.userId, lobbyId);
  }

  room(name: string): Map<number, string> {
    const room = this.rooms.get(name) ?? new Map<number, string>();
    this.rooms.set(name, room);
    return room;
  }
}

const CHECKS: Checks = {
  'user-added': (client, { user }) => {
    assert.ok(!client.users.has(user.userId), `${user.name} is there already`);
    assert.ok(!client.names.has(user.name), `the name ${user.name} is there already`);
    client.names.add(user.name);
    client.users.set(user.userId, { name: user.name, session: user.session, status: user.status });
  },
  'user-removed': (client, { user }) => {
    client.knows(user);
    assert.ok(!client.battleOf.has(user.userId), `${user.name} goes while in a battle`);
    for (const [name, room] of client.rooms) assert.ok(!room.has(user.userId), `${user.name} goes while in ${name}`);
    client.users.delete(user.userId);
    client.names.delete(user.name);
  },
  'user-status': (client, { user }) => {
    client.knows(user);
    client.users.get(user.userId)!.status = user.status;
  },
  'battle-opened': (client, { lobbyId, battle, host, tags }) => {
    assert.ok(!client.battles.has(lobbyId), `battle ${lobbyId} is open already`);
    assert.equal(battle.founder.userId, host.user.userId);
    client.enters(battle.founder, lobbyId);
    client.battles.set(lobbyId, {
      founder: battle.founder.userId,
      members: new Map([[host.user.userId, { status: host.status, colour: host.colour }]]),
      bots: new Map(),
      tags: new Map(tags.map(({ key, value }) => [key, value])),
      rects: new Map(),
      units: new Set(),
      locked: false,
      spectators: 0,
      title: battle.title,
    });
  },
  'battle-closed': (client, { lobbyId }) => {
    for (const userId of client.battle(lobbyId).members.keys()) client.battleOf.delete(userId);
    client.battles.delete(lobbyId);
  },
  'battle-info': (client, { lobbyId, battle }) => {
    Object.assign(client.battle(lobbyId), { locked: battle.locked, spectators: battle.spectators });
  },
  'battle-title': (client, { lobbyId, battle }) => {
    client.battle(lobbyId).title = battle.title;
  },
  'member-joined': (client, { lobbyId, member }) => {
    const battle = client.battle(lobbyId);
    client.enters(member.user, lobbyId);
    battle.members.set(member.user.userId, { status: member.status, colour: member.colour });
  },
  'member-left': (client, { lobbyId, user }) => {
    const battle = client.battle(lobbyId);
    client.knows(user);
    assert.notEqual(user.userId, battle.founder, 'the founder left instead of closing');
    assert.ok(battle.members.delete(user.userId), `${user.name} was not in ${lobbyId}`);
    for (const [name, bot] of battle.bots) assert.notEqual(bot.owner, user.userId, `${name} is left behind`);
    client.battleOf.delete(user.userId);
  },
  'member-status': (client, { lobbyId, member }) => {
    const present = client.battle(lobbyId).members.get(member.user.userId);
    assert.ok(present, `${member.user.name} is not in ${lobbyId}`);
    Object.assign(present, { status: member.status, colour: member.colour });
  },
  'bot-added': (client, { lobbyId, bot }) => {
    const battle = client.battle(lobbyId);
    assert.ok(!battle.bots.has(bot.name), `bot ${bot.name} is there already`);
    assert.ok(battle.members.has(bot.owner.userId), `the owner of ${bot.name} is not there`);
    const { name, owner, ...rest } = bot;
    battle.bots.set(name, { owner: owner.userId, ...rest });
  },
  'bot-updated': (client, { lobbyId, bot }) => {
    const present = client.battle(lobbyId).bots.get(bot.name);
    assert.ok(present, `unknown bot ${bot.name}`);
    Object.assign(present, { status: bot.status, colour: bot.colour });
  },
  'bot-removed': (client, { lobbyId, bot }) => {
    assert.ok(client.battle(lobbyId).bots.delete(bot.name), `unknown bot ${bot.name}`);
  },
  'tags-set': (client, { lobbyId, tags }) => {
    for (const { key, value } of tags) client.battle(lobbyId).tags.set(key, value);
  },
  'tags-removed': (client, { lobbyId, keys }) => {
    for (const key of keys) assert.ok(client.battle(lobbyId).tags.delete(key), `unknown tag ${key}`);
  },
  'rect-added': (client, { lobbyId, rect }) => {
    const { rects } = client.battle(lobbyId);
    assert.ok(!rects.has(rect.team), `team ${rect.team} has a rectangle already`);
    rects.set(rect.team, JSON.stringify([rect.left, rect.top, rect.right, rect.bottom]));
  },
  'rect-removed': (client, { lobbyId, team }) => {
    assert.ok(client.battle(lobbyId).rects.delete(team), `team ${team} has no rectangle`);
  },
  'units-disabled': (client, { lobbyId, units }) => {
    for (const unit of units) client.battle(lobbyId).units.add(unit);
  },
  'units-enabled': (client, { lobbyId, units }) => {
    for (const unit of units) client.battle(lobbyId).units.delete(unit);
  },
  'units-all-enabled': (client, { lobbyId }) => client.battle(lobbyId).units.clear(),
  'battle-said': (client, { lobbyId, user, text }) => {
    assert.ok(user.bot || client.battle(lobbyId).members.has(user.userId), `${user.name} speaks from outside`);
    client.said.push(text);
  },
  'room-joined': (client, { room, user }) => {
    client.knows(user);
    assert.ok(!client.room(room).has(user.userId), `${user.name} is in ${room} already`);
    client.room(room).set(user.userId, user.session);
  },
  'room-left': (client, { room, user }) => {
    client.knows(user);
    assert.ok(client.room(room).delete(user.userId), `${user.name} was not in ${room}`);
  },
  'room-topic': () => {},
  'room-said': (client, { room, user, text }) => {
    assert.ok(client.room(room).has(user.userId), `${user.name} speaks from outside ${room}`);
    client.said.push(text);
  },
};
