/**
 * The roster: turns changes of this node's replica into the events its clients are told. After each change it compares
 * what clients believe with what should be shown, for the users, lobbies and rooms that the change can touch, and emits
 * the difference in phases, so that every line a client gets is valid when it gets it: first who leaves (bots, then
 * members, then lobbies; rooms), then users who go, then users who come, then lobbies that open, then who enters.
 * It listens to nothing and sends nothing; the node's `Hub` feeds it and carries its events.
 */
import type { LobbyRecord } from '../battles/record.ts';
import { COORDINATOR } from '../coordinator.ts';
import type { SessionInfo } from '../presence/sessions.ts';
import type { Room } from '../rooms/declarations.ts';
import { Actual } from './actual.ts';
import { battleArrivals, battleDepartures, summarise } from './battle-diff.ts';
import type { RosterEvent, RosterReader, User } from './events.ts';
import { Visible } from './visible.ts';

/** What one change can touch. */
interface Touched {
  readonly users: Set<number>;
  readonly lobbies: Set<number>;
  readonly rooms: Set<string>;
}

export interface ChatLine {
  readonly from: number;
  readonly session: string;
  readonly text: string;
  readonly emote: boolean;
  readonly tag: string | null;
}

export class Roster {
  readonly #actual = new Actual();
  readonly #visible = new Visible();
  readonly #emit: (event: RosterEvent) => void;
  readonly #waiting: (() => void)[] = [];
  #running = false;
  /** By name: who has it now, while clients see it as another user's. */
  readonly #heldBack = new Map<string, SessionInfo>();
  /** Chat lines whose author was not to be seen where he spoke, and so were dropped. */
  dropped = 0;

  /** `emit` gets each event when `visible` is exactly the state after it. */
  constructor(emit: (event: RosterEvent) => void) {
    this.#emit = emit;
  }

  get visible(): RosterReader {
    return this.#visible;
  }

  /** The lobbies whose records name the user, shown or not. */
  lobbiesNaming(userId: number): number[] {
    return [...this.#actual.lobbiesNaming(userId)];
  }

  /** Somebody whose name is still shown as another user's comes when that one has gone: clients tell users by their names. */
  setSession(userId: number, info: SessionInfo | undefined): void {
    this.#run(() => {
      const before = this.#visible.user(userId)?.name;
      for (const [name, waiting] of this.#heldBack) if (waiting.userId === userId) this.#heldBack.delete(name);
      const holder = info && this.#visible.userNamed(info.name);
      const mustWait = holder !== undefined && holder.userId !== userId;
      if (mustWait) this.#heldBack.set(holder.name, info!);
      this.#update(userId, mustWait ? undefined : info);
      const next = before === undefined || this.#visible.userNamed(before) ? undefined : this.#heldBack.get(before);
      if (!next) return;
      this.#heldBack.delete(next.name);
      this.#update(next.userId, next);
    });
  }

  #update(userId: number, info: SessionInfo | undefined): void {
    this.#actual.setSession(userId, info);
    this.#reconcile({
      users: new Set([userId]),
      lobbies: this.#lobbiesAround([userId]),
      rooms: this.#roomsOf(userId),
    });
  }

  setLobby(lobbyId: number, record: LobbyRecord | undefined): void {
    this.#run(() => {
      const moved = changedMembers(this.#actual.record(lobbyId), record);
      const before = this.#lobbiesAround(moved);
      this.#actual.setLobby(lobbyId, record);
      const touched = new Set([lobbyId, ...before, ...this.#lobbiesAround(moved)]);
      this.#reconcile({ users: new Set(), lobbies: touched, rooms: new Set() });
    });
  }

  setRoom(name: string, info: Room | undefined): void {
    this.#run(() => {
      this.#actual.setRoom(name, info);
      const shown = this.#visible.room(name);
      if (!info || (shown?.topic === info.topic && shown.author === info.author)) return;
      this.#tell({ kind: 'room-topic', room: name, topic: info.topic, author: info.author });
    });
  }

  setRoomMember(room: string, userId: number, session: string | undefined): void {
    this.#run(() => {
      this.#actual.setRoomMember(room, userId, session);
      this.#leaveRoom(room, userId);
      this.#enterRoom(room, userId);
    });
  }

  /**
   * A line said in a room. Everybody's entry is on every node before he can speak, so an author who is not to be seen
   * there has left already: his line is dropped.
   */
  sayInRoom(room: string, line: ChatLine): void {
    this.#run(() => {
      const user = this.#visible.room(room)?.members.get(line.from);
      if (user?.session !== line.session) this.dropped += 1;
      else this.#tell({ kind: 'room-said', room, user, text: line.text, emote: line.emote, tag: line.tag });
    });
  }

  /** A line said in a lobby, by a member or the Coordinator. As for rooms, an author who has left is not heard. */
  sayInBattle(lobbyId: number, line: ChatLine): void {
    this.#run(() => {
      const battle = this.#visible.battle(lobbyId);
      const user = line.from === COORDINATOR.userId ? COORDINATOR : battle?.members.get(line.from)?.user;
      if (!battle || user?.session !== line.session) this.dropped += 1;
      else this.#tell({ kind: 'battle-said', lobbyId, user, text: line.text, emote: line.emote, tag: line.tag });
    });
  }

  /** Changes that come from inside a handler wait until the events before them are out. */
  #run(change: () => void): void {
    this.#waiting.push(change);
    if (this.#running) return;
    this.#running = true;
    try {
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) next();
    } finally {
      this.#running = false;
    }
  }

  #tell(event: RosterEvent): void {
    this.#visible.apply(event);
    this.#emit(event);
  }

  #tellAll(events: Iterable<RosterEvent>): void {
    for (const event of events) this.#tell(event);
  }

  #reconcile({ users, lobbies, rooms }: Touched): void {
    for (const lobbyId of lobbies)
      this.#tellAll(battleDepartures(this.#actual, this.#visible.battle(lobbyId), lobbyId));
    for (const room of rooms) for (const userId of users) this.#leaveRoom(room, userId);
    for (const userId of users) this.#updateUser(userId);
    for (const lobbyId of lobbies) this.#openBattle(lobbyId);
    for (const lobbyId of lobbies) this.#tellAll(battleArrivals(this.#actual, this.#visible.battle(lobbyId)));
    for (const room of rooms) for (const userId of users) this.#enterRoom(room, userId);
  }

  #updateUser(userId: number): void {
    const shown = this.#visible.user(userId);
    const user = this.#actual.user(userId);
    const same = shown !== undefined && user !== undefined && shown.session === user.session;
    if (shown && !same) this.#tell({ kind: 'user-removed', user: shown });
    if (user && !same) this.#tell({ kind: 'user-added', user });
    if (user && same && user.status !== shown.status) this.#tell({ kind: 'user-status', user });
  }

  #openBattle(lobbyId: number): void {
    const record = this.#actual.shownRecord(lobbyId);
    if (!record || this.#visible.battle(lobbyId)) return;
    const opened = summarise(this.#actual, record);
    if (opened) this.#tell({ kind: 'battle-opened', lobbyId, ...opened, tags: record.tags });
    if (opened && (record.locked || record.spectators > 0)) {
      this.#tell({ kind: 'battle-info', lobbyId, battle: opened.battle });
    }
  }

  #leaveRoom(room: string, userId: number): void {
    const shown = this.#visible.room(room)?.members.get(userId);
    if (!shown) return;
    const user = this.#actual.shownInRoom(room, userId);
    if (user?.session === shown.session) return;
    const reason = this.#actual.user(userId)?.session === shown.session ? '' : 'logged out';
    this.#tell({ kind: 'room-left', room, user: shown, reason });
  }

  #enterRoom(room: string, userId: number): void {
    const user: User | undefined = this.#actual.shownInRoom(room, userId);
    if (user && !this.#visible.room(room)?.members.has(userId)) this.#tell({ kind: 'room-joined', room, user });
  }

  /** Lobbies whose showing depends on these users: those that name them, and where they are shown. */
  #lobbiesAround(userIds: Iterable<number>): Set<number> {
    const around = new Set<number>();
    for (const userId of userIds) {
      for (const lobbyId of this.#actual.lobbiesNaming(userId)) around.add(lobbyId);
      const shown = this.#visible.battleOf(userId);
      if (shown) around.add(shown.summary.lobbyId);
    }
    return around;
  }

  #roomsOf(userId: number): Set<string> {
    return new Set(this.#actual.roomsNaming(userId));
  }
}

/** Users whose place may be another after the change. */
function changedMembers(before: LobbyRecord | undefined, after: LobbyRecord | undefined): Set<number> {
  const stays = new Map(before?.members.map((member) => [member.userId, `${member.session} ${member.turn}`]));
  const moved = new Set<number>();
  for (const { userId, session, turn } of after?.members ?? []) {
    if (stays.get(userId) !== `${session} ${turn}`) moved.add(userId);
    stays.delete(userId);
  }
  for (const userId of stays.keys()) moved.add(userId);
  return moved;
}
