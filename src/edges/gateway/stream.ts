/**
 * From what the roster shows to lines: the block a client gets when it logs in, and the lines of each event afterwards.
 * Most clients of a node get the same bytes for an event, so those are made once; what differs for the person concerned
 * or for a host is made for him alone. The order of events is the roster's and is not changed here.
 */
import type { BattleSummary, RosterEvent, RosterReader, User, VisibleBattle } from '../../lobby/index.ts';
import * as lines from './protocol/lines.ts';

type Kind = RosterEvent['kind'];
type EventOf<K extends Kind> = Extract<RosterEvent, { kind: K }>;

/** What everybody who hears of an event is sent. */
const SHARED: { readonly [K in Kind]: (event: EventOf<K>) => string[] } = {
  'user-added': ({ user }) =>
    user.status === 0 ? [lines.addUser(user)] : [lines.addUser(user), lines.clientStatus(user)],
  'user-removed': ({ user }) => [lines.removeUser(user)],
  'user-status': ({ user }) => [lines.clientStatus(user)],
  'battle-opened': ({ battle }) => opened(battle),
  'battle-closed': ({ lobbyId }) => [lines.battleClosed(lobbyId)],
  'battle-info': ({ battle }) => [lines.battleInfo(battle)],
  'battle-title': ({ battle }) => [lines.battleTitle(battle)],
  'member-joined': ({ lobbyId, member }) => [lines.joinedBattle(lobbyId, member.user)],
  'member-left': ({ lobbyId, user }) => [lines.leftBattle(lobbyId, user)],
  'member-status': ({ member }) => [lines.battleStatus(member)],
  'bot-added': ({ lobbyId, bot }) => [lines.addBot(lobbyId, bot)],
  'bot-updated': ({ lobbyId, bot }) => [lines.updateBot(lobbyId, bot)],
  'bot-removed': ({ lobbyId, bot }) => [lines.removeBot(lobbyId, bot)],
  'tags-set': ({ tags }) => lines.setTags(tags),
  'tags-removed': ({ keys }) => lines.removeTags(keys),
  'rect-added': ({ rect }) => [lines.addRect(rect)],
  'rect-removed': ({ team }) => [lines.removeRect(team)],
  'units-disabled': ({ units }) => lines.disableUnits(units),
  'units-enabled': ({ units }) => lines.enableUnits(units),
  'units-all-enabled': () => [lines.ENABLE_ALL_UNITS],
  'battle-said': ({ user, text, emote }) => [lines.saidBattle(user, text, emote)],
  'room-joined': ({ room, user }) => [lines.joined(room, user)],
  'room-left': ({ room, user, reason }) => [lines.left(room, user, reason)],
  'room-topic': ({ room, author, topic }) => [lines.topic(room, author, topic)],
  'room-said': ({ room, user, text, emote }) => [lines.said(room, user, text, emote)],
};

/** A client and what its node shows, for what is for it alone. */
export interface Viewer {
  readonly userId: number;
  readonly roster: RosterReader;
}

type Own<K extends Kind> = (event: EventOf<K>, viewer: Viewer) => string[] | undefined;

/** What differs for some; undefined where this viewer gets what all get. */
const OWN: { readonly [K in Kind]?: Own<K> } = {
  'battle-opened': ({ lobbyId, battle, tags }, { userId }) =>
    battle.founder.userId === userId
      ? [
          ...opened(battle),
          lines.openBattle(lobbyId),
          lines.joinBattle(battle),
          ...lines.setTags(tags),
          lines.REQUEST_BATTLE_STATUS,
        ]
      : undefined,
  'member-joined': ({ lobbyId, member }, { userId, roster }) => {
    const battle = roster.battle(lobbyId);
    if (battle && member.user.userId === userId) return ownJoin(battle, member.user);
    if (battle?.summary.founder.userId === userId) return [lines.joinedBattleWithPassword(lobbyId, member)];
    return undefined;
  },
  'member-left': ({ lobbyId, user, forced }, { userId }) =>
    forced && user.userId === userId ? [lines.FORCE_QUIT_BATTLE, lines.leftBattle(lobbyId, user)] : undefined,
  'room-joined': ({ room, user }, { userId, roster }) => {
    const visible = user.userId === userId ? roster.room(room) : undefined;
    return visible && lines.joinedRoom(visible, user);
  },
  'room-left': ({ room, user }, { userId }) => (user.userId === userId ? [lines.left(room, user)] : undefined),
};

/**
 * Whom an event is about, where all the others are merely told: who comes and goes. Kinds that are not here are talk, and what the
 * members of a battle do to each other.
 */
const ABOUT: { readonly [K in Kind]?: (event: EventOf<K>) => User } = {
  'user-added': ({ user }) => user,
  'user-removed': ({ user }) => user,
  'user-status': ({ user }) => user,
  'battle-opened': ({ battle }) => battle.founder,
  'battle-closed': ({ founder }) => founder,
  'battle-info': ({ battle }) => battle.founder,
  'battle-title': ({ battle }) => battle.founder,
  'member-joined': ({ member }) => member.user,
  'member-left': ({ user }) => user,
  'room-joined': ({ user }) => user,
  'room-left': ({ user }) => user,
};

/**
 * Whether the lines of an event may reach this viewer some moments later, together with others: it is news of somebody else, and
 * not of the viewer's own battle.
 */
export function mayWait<K extends Kind>(event: EventOf<K>, { userId, roster }: Viewer): boolean {
  const about = (ABOUT[event.kind] as ((event: EventOf<K>) => User) | undefined)?.(event);
  if (about === undefined || about.userId === userId) return false;
  return !('lobbyId' in event) || roster.battleOf(userId)?.summary.lobbyId !== event.lobbyId;
}

/** Lines of events as bytes; one for each node's gateway. */
export class Stream {
  readonly #bytes = new WeakMap<RosterEvent, Buffer>();
  /** Every login is told of every user. */
  readonly #addUser = new WeakMap<User, string>();

  /** The bytes for this viewer, shared where they are the same for all. */
  encode(event: RosterEvent, viewer: Viewer): Buffer {
    const own = ownLines(event, viewer);
    if (own) return toBytes(own);
    let bytes = this.#bytes.get(event);
    if (!bytes) {
      bytes = toBytes(sharedLines(event));
      this.#bytes.set(event, bytes);
    }
    return bytes;
  }

  /** All that a client is sent when it was accepted, from what its node shows now. */
  loginLines(self: User, roster: RosterReader, motd: readonly string[]): string[] {
    const block = [`ACCEPTED ${self.name}`, ...motd.map((text) => `MOTD ${text}`)];
    for (const user of roster.users()) block.push(this.#addUserLine(user));
    const own = roster.battleOf(self.userId);
    for (const battle of roster.battles()) {
      block.push(lines.battleOpened(battle.summary), lines.battleInfo(battle.summary));
      if (battle !== own || !isSame(battle.summary.founder, self)) block.push(...membersOf(battle, self));
    }
    for (const user of roster.users()) if (user.status !== 0) block.push(lines.clientStatus(user));
    block.push('LOGININFOEND');
    if (own) block.push(...(isSame(own.summary.founder, self) ? ownReopening(own) : ownJoin(own, self)));
    return block;
  }

  #addUserLine(user: User): string {
    let line = this.#addUser.get(user);
    if (line === undefined) {
      line = lines.addUser(user);
      this.#addUser.set(user, line);
    }
    return line;
  }
}

/** The lines of an event as this viewer gets them. */
export function eventLines(event: RosterEvent, viewer: Viewer): string[] {
  return ownLines(event, viewer) ?? sharedLines(event);
}

export function toBytes(block: readonly string[], prefix = ''): Buffer {
  if (block.length === 0) return Buffer.alloc(0);
  return Buffer.from(`${prefix}${block.join(`\n${prefix}`)}\n`, 'utf8');
}

function sharedLines<K extends Kind>(event: EventOf<K>): string[] {
  return (SHARED[event.kind] as (event: EventOf<K>) => string[])(event);
}

function ownLines<K extends Kind>(event: EventOf<K>, viewer: Viewer): string[] | undefined {
  return (OWN[event.kind] as Own<K> | undefined)?.(event, viewer);
}

/** BATTLEOPENED says neither spectators nor lock; clients take 0 and open unless told. */
function opened(battle: BattleSummary): string[] {
  const told = battle.spectators === 0 && !battle.locked;
  return told ? [lines.battleOpened(battle)] : [lines.battleOpened(battle), lines.battleInfo(battle)];
}

/** All but the founder; his own joining, where his seat was held, follows when `self` has been told of all battles. */
function membersOf({ summary, members }: VisibleBattle, self: User): string[] {
  const others = [...members.values()].filter(({ user }) => !isSame(user, summary.founder) && !isSame(user, self));
  return others.map(({ user }) => lines.joinedBattle(summary.lobbyId, user));
}

/**
 * For a host whose battle was held: he opens it, and everybody comes in again, each with his script password. A host's client takes
 * those only of a battle that it is in.
 */
function ownReopening(battle: VisibleBattle): string[] {
  const { summary, members } = battle;
  const others = [...members.values()].filter(({ user }) => !isSame(user, summary.founder));
  return [
    lines.openBattle(summary.lobbyId),
    lines.joinBattle(summary),
    ...others.map((member) => lines.joinedBattleWithPassword(summary.lobbyId, member)),
    ...whatMembersSee(battle, summary.founder),
  ];
}

function ownJoin(battle: VisibleBattle, self: User): string[] {
  const { summary } = battle;
  const member = battle.members.get(self.userId);
  return [
    lines.joinBattle(summary),
    member ? lines.joinedBattleWithPassword(summary.lobbyId, member) : lines.joinedBattle(summary.lobbyId, self),
    ...whatMembersSee(battle, self),
  ];
}

function whatMembersSee(battle: VisibleBattle, self: User): string[] {
  const { summary } = battle;
  const others = [...battle.members.values()].filter(({ user }) => !isSame(user, self));
  return [
    ...lines.setTags(battle.tags),
    ...lines.disableUnits(battle.disabledUnits),
    ...others.map(lines.battleStatus),
    ...[...battle.bots.values()].map((bot) => lines.addBot(summary.lobbyId, bot)),
    ...battle.rects.map(lines.addRect),
    lines.REQUEST_BATTLE_STATUS,
  ];
}

function isSame(one: User, other: User): boolean {
  return one.userId === other.userId;
}
