/**
 * The hub of one node: feeds the roster from the node's replica, carries the roster's events to the sessions that should
 * see them, and looks after this node's sessions and consuls. Nothing here is sent to other nodes about presence: each
 * node tells its own clients from its own copy.
 */
import type { MusterNode } from '../../services/index.ts';
import type { People } from '../accounts/people.ts';
import { playersIn } from '../battles/changes.ts';
import { type BattleLine, battleLines, type LobbyRecord, lobbies } from '../battles/record.ts';
import { consul } from '../consul/consul.ts';
import { presentUsers, watchPresence } from '../presence/seats.ts';
import { lostTouch, refusing } from '../refusal.ts';
import { type RoomLine, roomLines, roomMembers, rooms } from '../rooms/declarations.ts';
import type { RosterEvent, RosterReader } from '../roster/events.ts';
import { Roster } from '../roster/roster.ts';
import { Serial } from '../session/serial.ts';
import type { SessionEnd } from '../session/session.ts';
import type { LobbyStore } from '../store/lobby-store.ts';
import { FanOutCounter } from '../telemetry/fan-out.ts';
import { SharedSubscriptions } from './subscriptions.ts';

/** A session as the hub knows it. */
export interface HubSession {
  readonly id: string;
  readonly userId: number;
  deliver(event: RosterEvent): void;
  finish(reason: SessionEnd): Promise<void>;
}

type Audience = 'everybody' | 'battle' | 'room';

const AUDIENCE: Readonly<Record<RosterEvent['kind'], Audience>> = {
  'user-added': 'everybody',
  'user-removed': 'everybody',
  'user-status': 'everybody',
  'battle-opened': 'everybody',
  'battle-closed': 'everybody',
  'battle-info': 'everybody',
  'battle-title': 'everybody',
  'member-joined': 'everybody',
  'member-left': 'everybody',
  'member-status': 'battle',
  'bot-added': 'battle',
  'bot-updated': 'battle',
  'bot-removed': 'battle',
  'tags-set': 'battle',
  'tags-removed': 'battle',
  'rect-added': 'battle',
  'rect-removed': 'battle',
  'units-disabled': 'battle',
  'units-enabled': 'battle',
  'units-all-enabled': 'battle',
  'battle-said': 'battle',
  'room-joined': 'room',
  'room-left': 'room',
  'room-topic': 'room',
  'room-said': 'room',
};

export class Hub {
  readonly node: MusterNode;
  readonly people: People;
  readonly store: LobbyStore;
  readonly subscriptions: SharedSubscriptions;
  readonly #roster: Roster;
  readonly #fanOut: FanOutCounter;
  readonly #sessions = new Map<string, HubSession>();
  #issued = 0;
  #closing = false;

  constructor(node: MusterNode, people: People, store: LobbyStore) {
    this.node = node;
    this.people = people;
    this.store = store;
    this.subscriptions = new SharedSubscriptions(node);
    this.#fanOut = new FanOutCounter(node);
    this.#roster = new Roster((event) => this.#carry(event));
  }

  get roster(): RosterReader {
    return this.#roster.visible;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Chat lines that came after their author had left. */
  get droppedLines(): number {
    return this.#roster.dropped;
  }

  /** Watches, then takes what is there: one synchronous step, so nothing falls in between. */
  begin(): void {
    this.#followSessions();
    this.#followRooms();
    this.#followLobbies();
    this.node.onStanding((standing) => {
      if (standing === 'outside') void this.#endAll('lost');
    });
  }

  /** An id no other login in the cluster ever had. */
  newSessionId(): string {
    this.#issued += 1;
    return `${this.node.id}#${this.node.incarnation}/${this.#issued}`;
  }

  add(session: HubSession): void {
    this.#sessions.set(session.id, session);
  }

  forget(session: HubSession): void {
    this.#sessions.delete(session.id);
  }

  lobbiesNaming(userId: number): number[] {
    return this.#roster.lobbiesNaming(userId);
  }

  /** Whether this node takes no more sessions. */
  get closing(): boolean {
    return this.#closing;
  }

  /** Throws `LobbyRefused` when this node may not be in touch with the others: what needs them would only wait. */
  requirePrimary(): void {
    if (this.node.standing() !== 'primary') throw lostTouch();
  }

  /**
   * Runs what needs the other nodes, in its turn, unless it is refused: at once, not when its turn comes. What it throws comes
   * out as a `LobbyRefused`.
   */
  strongly<T>(what: string, work: () => Promise<T>, turns = new Serial()): Promise<T> {
    const checked = async (): Promise<T> => {
      this.requirePrimary();
      return work();
    };
    return refusing(what, async () => {
      this.requirePrimary();
      return turns.run(checked);
    });
  }

  /** Ends all sessions of this node, for good. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#endAll('shutdown');
  }

  async #endAll(reason: SessionEnd): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.finish(reason)));
  }

  needRoom(room: string): Promise<void> {
    return this.subscriptions.need(roomLines(room), (line: RoomLine) => this.#roster.sayInRoom(room, line));
  }

  releaseRoom(room: string): void {
    this.subscriptions.release(roomLines(room));
  }

  needBattle(lobbyId: number): Promise<void> {
    const hear = (line: BattleLine): void => this.#roster.sayInBattle(lobbyId, line);
    return this.subscriptions.need(battleLines(lobbyId), hear);
  }

  releaseBattle(lobbyId: number): void {
    this.subscriptions.release(battleLines(lobbyId));
  }

  #followSessions(): void {
    watchPresence(this.node, (userId, now, before) => {
      this.#roster.setSession(userId, now);
      if (before !== undefined && before.session !== now?.session) this.#checkLobbiesNaming(userId);
    });
    for (const info of presentUsers(this.node)) this.#roster.setSession(info.userId, info);
  }

  #followRooms(): void {
    const known = this.node.cache(rooms);
    known.watch(({ key, after }) => this.#roster.setRoom(key, after));
    for (const [name, room] of known.entries()) this.#roster.setRoom(name, room);
    const members = this.node.registry(roomMembers);
    members.watch(({ key: [room, userId], after }) => this.#roster.setRoomMember(room, userId, after?.value.session));
    for (const { key, value } of members.select()) this.#roster.setRoomMember(key[0], key[1], value.session);
  }

  #followLobbies(): void {
    const cache = this.node.cache(lobbies);
    cache.watch(({ key, before, after }) => {
      this.#roster.setLobby(key, after);
      if (hasRoomNow(before, after)) this.#wakeConsul(key);
    });
    for (const [lobbyId, record] of cache.entries()) this.#roster.setLobby(lobbyId, record);
  }

  #checkLobbiesNaming(userId: number): void {
    for (const lobbyId of this.#roster.lobbiesNaming(userId)) this.#wakeConsul(lobbyId);
  }

  /** Only the node where that Consul runs does it, so it is woken once. */
  #wakeConsul(lobbyId: number): void {
    const handle = this.node.server(consul, lobbyId);
    if (handle.where() === this.node.id) handle.cast('check');
  }

  #carry(event: RosterEvent): void {
    let told = 0;
    for (const session of this.#audience(event)) {
      session.deliver(event);
      told += 1;
    }
    this.#fanOut.carried(event, told);
  }

  #audience(event: RosterEvent): Iterable<HubSession> {
    switch (AUDIENCE[event.kind]) {
      case 'everybody':
        return this.#sessions.values();
      case 'battle':
        return this.#here(this.roster.battle((event as { lobbyId: number }).lobbyId)?.members.values(), memberSession);
      case 'room': {
        const members = this.#here(this.roster.room((event as { room: string }).room)?.members.values(), userSession);
        const leaver = event.kind === 'room-left' ? this.#sessions.get(event.user.session) : undefined;
        return leaver ? [...members, leaver] : members;
      }
    }
  }

  #here<T>(members: Iterable<T> | undefined, sessionOf: (member: T) => string): HubSession[] {
    const here: HubSession[] = [];
    for (const member of members ?? []) {
      const session = this.#sessions.get(sessionOf(member));
      if (session) here.push(session);
    }
    return here;
  }
}

function memberSession(member: { user: { session: string } }): string {
  return member.user.session;
}

function userSession(user: { session: string }): string {
  return user.session;
}

function hasRoomNow(before: LobbyRecord | undefined, after: LobbyRecord | undefined): boolean {
  if (!before || !after) return before !== undefined;
  return after.members.length < before.members.length || playersIn(after) < playersIn(before);
}
