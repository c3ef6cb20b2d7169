/**
 * What one player has been told: who is online, which battles there are with whom in them, its channels and its own battle; and
 * the words of the line it reads just now. What does not fit what was told before throws `BrokenStream`.
 */
import type { Names } from './names.ts';
import { broken, Words } from './words.ts';

/** How far a player has come; `guest` is greeted. */
export type Phase = 'connected' | 'guest' | 'logging in' | 'online';

/** What a player's owner hears of beside the state. Users are numbers of the view's `Names`. */
export interface Heard {
  /** Somebody said something in a channel; the player hears itself too. */
  said(channel: string, from: number, text: string): void;
  /** The server has refused something, or tells of a fault: the whole line. */
  refused(line: string): void;
  /** Something that a client acts on. */
  news?(news: News): void;
}

export type News =
  /** To a host that authorises joins: may this user come in? */
  | { readonly kind: 'join-request'; readonly user: number }
  /** The player is in a battle now and has been told all about it; it is asked for its status there. */
  | { readonly kind: 'status-wanted' }
  | { readonly kind: 'battle-said'; readonly user: number; readonly text: string }
  | { readonly kind: 'private-message'; readonly user: number; readonly text: string }
  | { readonly kind: 'queues'; readonly ids: readonly number[] }
  | { readonly kind: 'ready-check'; readonly queue: number };

export interface SeenBattle {
  readonly founder: number;
  /** In the order in which they came, the founder first. */
  readonly members: number[];
}

/** What is known only of the battle one is in. */
export interface OwnBattle {
  readonly id: number;
  /** Those of whom a status is known. */
  readonly statuses: Map<number, number>;
  /** Owners by bot. */
  readonly bots: Map<string, number>;
  /** Whether the player was asked for its status, the end of what a joiner is told. */
  asked: boolean;
}

const OFFLINE = 0;
const NO_BATTLE = -1;
const GROWTH = 1.25;

export class Seen {
  readonly names: Names;
  readonly heard: Heard;
  readonly words = new Words();
  phase: Phase = 'connected';
  /** It sent STLS: it may be told to begin TLS, after which it is greeted again. */
  asksForTls = false;
  /** An account was made on this connection. */
  registered = false;
  /** The login waits for an agreement, all of which has been told. */
  mustAgree = false;
  /** Its own number, once it is accepted. */
  self = -1;
  /** Users online, the player included. */
  users = 0;
  /** Places in battles, of all users. */
  places = 0;
  readonly battles = new Map<number, SeenBattle>();
  readonly channels = new Map<string, Set<number>>();
  battle: OwnBattle | undefined;
  /** Users who are in a game. */
  readonly inGame = new Set<number>();
  /** Where each user is, by number: nowhere, in no battle, or the id of a battle. */
  #where = new Int32Array(0);

  constructor(names: Names, heard: Heard) {
    this.names = names;
    this.heard = heard;
  }

  isOnline(user: number): boolean {
    return (this.#where[user] ?? OFFLINE) !== OFFLINE;
  }

  /** All users online. */
  onlineUsers(): number[] {
    const users: number[] = [];
    for (const [user, where] of this.#where.entries()) if (where !== OFFLINE) users.push(user);
    return users;
  }

  /** The battle a user is in. */
  battleOf(user: number): number | undefined {
    const where = this.#where[user] ?? OFFLINE;
    return where > OFFLINE ? where : undefined;
  }

  addUser(name: string): void {
    const user = this.names.numberOf(name);
    if (this.isOnline(user)) broken(`${name} is online already`);
    this.#put(user, NO_BATTLE);
    this.users += 1;
  }

  removeUser(user: number): void {
    const battle = this.battleOf(user);
    if (battle !== undefined) broken(`${this.names.nameOf(user)} is still in battle ${battle}`);
    for (const [channel, members] of this.channels) {
      if (members.has(user)) broken(`${this.names.nameOf(user)} is still in channel ${channel}`);
    }
    this.#put(user, OFFLINE);
    this.inGame.delete(user);
    this.users -= 1;
  }

  openBattle(id: number, founder: number): void {
    if (this.battles.has(id)) broken(`battle ${id} is open already`);
    this.#place(founder, id);
    this.battles.set(id, { founder, members: [founder] });
  }

  enterBattle(id: number, user: number): void {
    this.#place(user, id);
    this.battles.get(id)!.members.push(user);
  }

  leaveBattle(id: number, user: number): void {
    const { founder, members } = this.battles.get(id)!;
    const name = this.names.nameOf(user);
    if (this.battleOf(user) !== id) broken(`${name} is not in battle ${id}`);
    if (founder === user) broken(`${name} founded battle ${id}, which has to close instead`);
    this.#unplace(user);
    members.splice(members.indexOf(user), 1);
    if (user === this.self) this.battle = undefined;
  }

  closeBattle(id: number): void {
    for (const user of this.battles.get(id)!.members) this.#unplace(user);
    this.battles.delete(id);
    if (this.battle?.id === id) this.battle = undefined;
  }

  #place(user: number, id: number): void {
    const battle = this.battleOf(user);
    if (battle !== undefined) broken(`${this.names.nameOf(user)} is in battle ${battle} already`);
    this.#put(user, id);
    this.places += 1;
  }

  #unplace(user: number): void {
    this.#put(user, NO_BATTLE);
    this.places -= 1;
  }

  #put(user: number, where: number): void {
    if (user >= this.#where.length) {
      const larger = new Int32Array(Math.max(user + 1, this.names.size, Math.ceil(this.#where.length * GROWTH)));
      larger.set(this.#where);
      this.#where = larger;
    }
    this.#where[user] = where;
  }

  // What handlers read: the next words, as somebody or something that the player knows.

  user(): number {
    const name = this.words.word('user');
    const user = this.names.numberOf(name);
    return this.isOnline(user) ? user : broken(`${name} is not online`);
  }

  battleId(): number {
    const id = this.words.integer('battle');
    return this.battles.has(id) ? id : broken(`battle ${id} is not open`);
  }

  ownBattle(): OwnBattle {
    return this.battle ?? broken('the player is in no battle');
  }

  ownMember(): number {
    const { id } = this.ownBattle();
    const user = this.user();
    return this.battleOf(user) === id ? user : broken(`${this.names.nameOf(user)} is not in this battle`);
  }

  channel(): [name: string, members: Set<number>] {
    const name = this.words.word('channel');
    return [name, this.channels.get(name) ?? broken(`channel ${name} is not joined`)];
  }
}

/** Takes one kind of line: reads the words that follow the command, all of them, and notes what they say. */
export type Take = (seen: Seen, words: Words, line: string) => void;
export type TakeTable = Readonly<Record<string, Take>>;

/** Some text that means nothing to a simulated player. */
export const takeText: Take = (_seen, words) => void words.text('text');

/** The server has refused something, or tells of a fault. */
export const takeRefusal: Take = (seen, words, line) => {
  words.text('reason');
  seen.heard.refused(line);
};
