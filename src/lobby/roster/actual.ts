/**
 * The raw truth as this node's replica holds it, and what should be shown of it. Its parts arrive in any order, so they
 * may disagree for a moment: a member without a login, a lobby without its founder, a user in two lobbies. The rules
 * here say what is to be believed then. Pure state; it tells nobody anything.
 */
import { type LobbyRecord, type Member, memberOf } from '../battles/record.ts';
import { type SessionInfo, userOf } from '../presence/sessions.ts';
import type { Room } from '../rooms/declarations.ts';
import type { User } from './events.ts';

export class Actual {
  readonly #users = new Map<number, User>();
  readonly #records = new Map<number, LobbyRecord>();
  readonly #lobbiesOf = new Map<number, Set<number>>();
  readonly #roomInfo = new Map<string, Room>();
  readonly #roomMembers = new Map<string, Map<number, string>>();
  readonly #roomsOf = new Map<number, Set<string>>();

  setSession(userId: number, info: SessionInfo | undefined): void {
    if (info) this.#users.set(userId, userOf(info));
    else this.#users.delete(userId);
  }

  setLobby(lobbyId: number, record: LobbyRecord | undefined): void {
    for (const member of this.#records.get(lobbyId)?.members ?? []) unlink(this.#lobbiesOf, member.userId, lobbyId);
    for (const member of record?.members ?? []) link(this.#lobbiesOf, member.userId, lobbyId);
    if (record) this.#records.set(lobbyId, record);
    else this.#records.delete(lobbyId);
  }

  setRoom(name: string, info: Room | undefined): void {
    if (info) this.#roomInfo.set(name, info);
    else this.#roomInfo.delete(name);
  }

  setRoomMember(room: string, userId: number, session: string | undefined): void {
    const members = this.#roomMembers.get(room) ?? new Map<number, string>();
    if (session === undefined) {
      members.delete(userId);
      unlink(this.#roomsOf, userId, room);
    } else {
      members.set(userId, session);
      link(this.#roomsOf, userId, room);
    }
    if (members.size > 0) this.#roomMembers.set(room, members);
    else this.#roomMembers.delete(room);
  }

  user(userId: number): User | undefined {
    return this.#users.get(userId);
  }

  record(lobbyId: number): LobbyRecord | undefined {
    return this.#records.get(lobbyId);
  }

  roomInfo(name: string): Room | undefined {
    return this.#roomInfo.get(name);
  }

  /** The lobbies whose records name the user. */
  lobbiesNaming(userId: number): Iterable<number> {
    return this.#lobbiesOf.get(userId) ?? [];
  }

  roomsNaming(userId: number): Iterable<string> {
    return this.#roomsOf.get(userId) ?? [];
  }

  /** The one lobby a user is to be believed in: of those that name his present session, the one entered last. */
  placeOf(userId: number): number | undefined {
    let place: number | undefined;
    let latest = -1;
    for (const lobbyId of this.lobbiesNaming(userId)) {
      const member = this.#presentMember(lobbyId, userId);
      if (member && member.turn > latest) {
        place = lobbyId;
        latest = member.turn;
      }
    }
    return place;
  }

  /** The record of a lobby that should be shown: its founder is logged in, and in it. */
  shownRecord(lobbyId: number): LobbyRecord | undefined {
    const record = this.#records.get(lobbyId);
    return record && this.placeOf(record.founder) === lobbyId ? record : undefined;
  }

  /** The members of a shown lobby that should be shown, in the record's order. */
  shownMembers(record: LobbyRecord): Member[] {
    return record.members.filter((member) => this.#isHere(record.lobbyId, member));
  }

  /** Whether a user should be shown in a room; his login when so. */
  shownInRoom(room: string, userId: number): User | undefined {
    const session = this.#roomMembers.get(room)?.get(userId);
    const user = this.#users.get(userId);
    return user !== undefined && user.session === session ? user : undefined;
  }

  #isHere(lobbyId: number, member: Member): boolean {
    return this.#users.get(member.userId)?.session === member.session && this.placeOf(member.userId) === lobbyId;
  }

  #presentMember(lobbyId: number, userId: number): Member | undefined {
    const record = this.#records.get(lobbyId);
    const member = record && memberOf(record, userId);
    return member && this.#users.get(userId)?.session === member.session ? member : undefined;
  }
}

function link<K, V>(index: Map<K, Set<V>>, key: K, value: V): void {
  const values = index.get(key);
  if (values) values.add(value);
  else index.set(key, new Set([value]));
}

function unlink<K, V>(index: Map<K, Set<V>>, key: K, value: V): void {
  const values = index.get(key);
  values?.delete(value);
  if (values?.size === 0) index.delete(key);
}
