/**
 * Friends, requests for friendship, and ignores. Each change is one transaction in the store, which repeats to the same;
 * then both users are refreshed, so their sessions learn of it wherever they are.
 */
import type { MusterNode } from '../../services/index.ts';
import { LobbyRefused } from '../refusal.ts';
import type { LobbyStore } from '../store/lobby-store.ts';
import type { UserRecord } from './user-record.ts';
import type { Users } from './users.ts';

const MOST_FRIENDS = 500;
const MOST_REQUESTS = 200;
const MOST_IGNORED = 500;

export type PeopleList = 'friends' | 'requests' | 'ignored';
export type PeopleChange = 'request' | 'accept' | 'decline' | 'unfriend' | 'ignore' | 'unignore';

export class Social {
  readonly #node: MusterNode;
  readonly #store: LobbyStore;
  readonly #users: Users;

  constructor(node: MusterNode, store: LobbyStore, users: Users) {
    this.#node = node;
    this.#store = store;
    this.#users = users;
  }

  /** Rejects with `LobbyRefused`: `NoSuchUser`, `BadValue`, `TooMany`. What is so already changes nothing. */
  async change(kind: PeopleChange, userId: number, otherName: string): Promise<void> {
    const other = await this.#users.named(otherName);
    const self = await this.#users.get(userId);
    if (other.userId === userId) throw new LobbyRefused('BadValue', 'That is your own name');
    await this.#changes[kind](self, other);
  }

  readonly #changes: Readonly<Record<PeopleChange, (self: UserRecord, other: UserRecord) => Promise<void>>> = {
    request: (self, other) => this.#request(self, other),
    accept: (self, other) => this.#accept(self, other),
    decline: (self, other) => this.#decline(self, other),
    unfriend: (self, other) => this.#unfriend(self, other),
    ignore: (self, other) => this.#ignore(self, other),
    unignore: (self, other) => this.#unignore(self, other),
  };

  /** The names on one of a user's lists, in their order. */
  async names(userId: number, list: PeopleList): Promise<readonly string[]> {
    const { db } = this.#store;
    const rows = await this.#store.run(
      {
        friends: () =>
          db
            .selectFrom('friends')
            .innerJoin('accounts', 'accounts.id', 'friends.friend_id')
            .select('accounts.name')
            .where('friends.account_id', '=', userId)
            .orderBy('accounts.name'),
        requests: () =>
          db
            .selectFrom('friend_requests')
            .innerJoin('accounts', 'accounts.id', 'friend_requests.from_id')
            .select('accounts.name')
            .where('friend_requests.to_id', '=', userId)
            .orderBy('accounts.name'),
        ignored: () =>
          db
            .selectFrom('ignores')
            .innerJoin('accounts', 'accounts.id', 'ignores.ignored_id')
            .select('accounts.name')
            .where('ignores.account_id', '=', userId)
            .orderBy('accounts.name'),
      }[list](),
    );
    return rows.map(({ name }) => name);
  }

  /** Two who ask each other are friends. Who is ignored asks in vain, and is not told. */
  async #request(self: UserRecord, other: UserRecord): Promise<void> {
    if (self.requests.includes(other.userId)) return this.#accept(self, other);
    if (self.friends.includes(other.userId) || other.requests.includes(self.userId)) return;
    if (other.ignored.includes(self.userId)) return;
    refuseMore(self.friends, MOST_FRIENDS, 'friends');
    if (other.requests.length >= MOST_REQUESTS) {
      throw new LobbyRefused('TooMany', `${other.name} has too many requests to answer already`);
    }
    const row = { from_id: self.userId, to_id: other.userId, asked_at: this.#node.wall() };
    await this.#users.change(
      [other.userId],
      [
        this.#store.db
          .insertInto('friend_requests')
          .values(row)
          .onConflict((conflict) => conflict.doNothing()),
      ],
    );
  }

  /** Makes friends only of those of whom one has asked, whatever happened since the record was read. */
  async #accept(self: UserRecord, other: UserRecord): Promise<void> {
    if (!self.requests.includes(other.userId)) {
      throw new LobbyRefused('BadValue', `${other.name} has not asked for your friendship`);
    }
    refuseMore(self.friends, MOST_FRIENDS, 'friends');
    await this.#users.change(
      [self.userId, other.userId],
      [
        this.#befriend('to_id', 'from_id', self, other),
        this.#befriend('from_id', 'to_id', self, other),
        this.#forgetRequest(other, self),
        this.#forgetRequest(self, other),
      ],
    );
  }

  #befriend(one: 'to_id' | 'from_id', friend: 'to_id' | 'from_id', self: UserRecord, other: UserRecord) {
    const now = this.#node.wall();
    return this.#store.db
      .insertInto('friends')
      .columns(['account_id', 'friend_id', 'since'])
      .expression((from) =>
        from
          .selectFrom('friend_requests')
          .select(({ cast, val, ref }) => [
            ref(one).as('account_id'),
            ref(friend).as('friend_id'),
            cast<number>(val(now), 'bigint').as('since'),
          ])
          .where('from_id', '=', other.userId)
          .where('to_id', '=', self.userId),
      )
      .onConflict((conflict) => conflict.doNothing());
  }

  #forgetRequest(from: UserRecord, to: UserRecord) {
    return this.#store.db
      .deleteFrom('friend_requests')
      .where('from_id', '=', from.userId)
      .where('to_id', '=', to.userId);
  }

  async #decline(self: UserRecord, other: UserRecord): Promise<void> {
    await this.#users.change([self.userId], [this.#forgetRequest(other, self)]);
  }

  async #unfriend(self: UserRecord, other: UserRecord): Promise<void> {
    const end = (one: UserRecord, friend: UserRecord) =>
      this.#store.db.deleteFrom('friends').where('account_id', '=', one.userId).where('friend_id', '=', friend.userId);
    await this.#users.change([self.userId, other.userId], [end(self, other), end(other, self)]);
  }

  async #ignore(self: UserRecord, other: UserRecord): Promise<void> {
    refuseMore(self.ignored, MOST_IGNORED, 'ignored users');
    await this.#users.change(
      [self.userId],
      [
        this.#store.db
          .insertInto('ignores')
          .values({ account_id: self.userId, ignored_id: other.userId })
          .onConflict((conflict) => conflict.doNothing()),
      ],
    );
  }

  async #unignore(self: UserRecord, other: UserRecord): Promise<void> {
    await this.#users.change(
      [self.userId],
      [
        this.#store.db
          .deleteFrom('ignores')
          .where('account_id', '=', self.userId)
          .where('ignored_id', '=', other.userId),
      ],
    );
  }
}

function refuseMore(list: readonly number[], most: number, what: string): void {
  if (list.length >= most) throw new LobbyRefused('TooMany', `You have ${most} ${what} already`);
}
