/** Friends, requests and ignores of the lobby in memory. Ignoring filters nothing here. */
import type { PeopleChange, PeopleList, Session, SessionSink } from '../../src/lobby/index.ts';
import { LobbyRefused } from '../../src/lobby/refusal.ts';

interface Online {
  readonly tellPeople: NonNullable<SessionSink['people']>;
}

export class MemoryPeople {
  readonly #names = new Map<number, string>();
  readonly #lists = new Map<string, Set<number>>();
  readonly #online: (userId: number) => Online | undefined;

  constructor(online: (userId: number) => Online | undefined) {
    this.#online = online;
  }

  add(name: string, userId: number): void {
    this.#names.set(userId, name);
  }

  of(self: number): Session['people'] {
    return {
      list: async (list) => this.#namesOn(self, list),
      change: async (kind, name) => this.#change(kind, self, this.#idOf(name)),
    };
  }

  #idOf(name: string): number {
    const found = [...this.#names].find(([, known]) => known === name);
    if (!found) throw new LobbyRefused('NoSuchUser', `no user ${name}`);
    return found[0];
  }

  #list(userId: number, list: PeopleList): Set<number> {
    const key = `${list} ${userId}`;
    const ids = this.#lists.get(key) ?? new Set();
    this.#lists.set(key, ids);
    return ids;
  }

  #namesOn(userId: number, list: PeopleList): string[] {
    return [...this.#list(userId, list)].map((id) => this.#names.get(id)!).sort();
  }

  #set(userId: number, list: PeopleList, other: number, isOn: boolean): void {
    const ids = this.#list(userId, list);
    if (ids.has(other) === isOn) return;
    if (isOn) ids.add(other);
    else ids.delete(other);
    this.#online(userId)?.tellPeople(list, this.#namesOn(userId, list));
  }

  #change(kind: PeopleChange, self: number, other: number): void {
    const areFriends = kind === 'accept';
    if (kind === 'ignore' || kind === 'unignore') this.#set(self, 'ignored', other, kind === 'ignore');
    if (kind === 'request') this.#set(other, 'requests', self, true);
    if (kind === 'accept' || kind === 'unfriend') {
      this.#set(self, 'friends', other, areFriends);
      this.#set(other, 'friends', self, areFriends);
    }
    if (kind === 'accept' || kind === 'decline') this.#set(self, 'requests', other, false);
  }
}
