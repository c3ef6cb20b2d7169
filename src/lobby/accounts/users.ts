/**
 * Users by id and by name, whether they are online or not. A change is made in the store first, with a new version of the
 * account; then `refresh` brings the cache to it. Refreshes may come in any order and from any node: the newest version
 * stays. A loader reads the store and nothing else.
 */
import { toErrorData } from '../../base/index.ts';
import type { MusterNode } from '../../services/index.ts';
import { type ImposedRestriction, Restriction } from '../moderation/restrictions.ts';
import { LobbyRefused, type RefusalCode } from '../refusal.ts';
import type { LobbyStore, Query, RowsOf } from '../store/lobby-store.ts';
import { type UserRecord, userIds, users } from './user-record.ts';

const REFRESH_AGAIN_MS = 1_000;
const MOST_REFRESHES = 30;
/** In force, of one user; older ones are not looked at. */
const MOST_ACTIONS = 100;

export class Users {
  readonly #node: MusterNode;
  readonly #store: LobbyStore;

  constructor(node: MusterNode, store: LobbyStore) {
    this.#node = node;
    this.#store = store;
  }

  /** What this node has of him at once. */
  peek(userId: number): UserRecord | undefined {
    return this.#node.cache(users).get(userId);
  }

  /** Rejects with `LobbyRefused` `NoSuchUser`, or with what the store or the cluster failed with. */
  get(userId: number): Promise<UserRecord> {
    return passRefusals(() => this.#node.cache(users).getOrLoad(userId, () => this.#load(userId)));
  }

  /** The user at a version at least as new as the one given: what a login has seen in the store. */
  async atLeast(userId: number, version: number): Promise<UserRecord> {
    const record = await this.get(userId);
    return record.version >= version ? record : this.refresh(userId);
  }

  /** The user of that name, in whatever case. Rejects as `get` does. */
  async named(name: string): Promise<UserRecord> {
    const key = name.toLowerCase();
    const record = await this.get(await this.#idOf(key));
    if (isNamed(record, key)) return record;
    // Renamed while his id was looked up: the store knows who has the name now, if anybody.
    await this.#node.cache(userIds).delete(key);
    const now = await this.refresh(await this.#idOf(key));
    if (isNamed(now, key)) return now;
    await this.#node.cache(userIds).delete(key);
    throw noSuchUser(name);
  }

  /**
   * Changes these users in the store, all or nothing, and gives them new versions; then takes them into the cache. The rows of each
   * query. When the store fails its answer may have been lost and the change made, so they are refreshed then too.
   */
  async change<const Q extends readonly Query<unknown>[]>(userIds: readonly number[], queries: Q): Promise<RowsOf<Q>> {
    let rows: readonly unknown[][];
    try {
      rows = await this.#store.transact([...queries, ...userIds.map((userId) => newVersion(this.#store, userId))]);
    } catch (error) {
      for (const userId of userIds) this.#refreshLater(userId, MOST_REFRESHES);
      throw error;
    }
    await Promise.all(userIds.map((userId) => this.refresh(userId)));
    return rows.slice(0, queries.length) as never;
  }

  /** After a change of the name: nobody is found under the old one. */
  async forgetName(name: string): Promise<void> {
    await this.#node.cache(userIds).delete(name.toLowerCase());
  }

  /** Takes what the store has now into the cache. When that fails it is tried again for a while. */
  async refresh(userId: number): Promise<UserRecord> {
    try {
      return await this.#refresh(userId);
    } catch (error) {
      this.#refreshLater(userId, MOST_REFRESHES);
      throw error;
    }
  }

  async #refresh(userId: number): Promise<UserRecord> {
    const fresh = await this.#load(userId);
    const newest = await this.#node
      .cache(users)
      .update(userId, (current) => (current && current.version > fresh.version ? current : fresh));
    return newest ?? fresh;
  }

  #refreshLater(userId: number, left: number): void {
    if (left === 0) {
      this.#node.log.write('warn', 'a user could not be refreshed', { userId });
      return;
    }
    this.#node.after(REFRESH_AGAIN_MS, () => {
      this.#refresh(userId).catch(() => this.#refreshLater(userId, left - 1));
    });
  }

  #idOf(key: string): Promise<number> {
    const load = async (): Promise<number> => {
      const [row] = await this.#store.run(
        this.#store.db
          .selectFrom('accounts')
          .select('id')
          .where(({ fn }) => fn<string>('lower', ['name']), '=', key),
      );
      if (!row) throw noSuchUser(key);
      return row.id;
    };
    return passRefusals(() => this.#node.cache(userIds).getOrLoad(key, load));
  }

  /** The version is read first, so that what is read under it is never older. */
  async #load(userId: number): Promise<UserRecord> {
    const { db } = this.#store;
    const [account] = await this.#store.run(
      db
        .selectFrom('accounts')
        .select(['spring_id', 'name', 'moderator', 'bot', 'clan', 'version'])
        .where('id', '=', userId),
    );
    if (!account) throw noSuchUser(`#${userId}`);
    const [friends, requests, ignored, restrictions] = await Promise.all([
      this.#store.run(db.selectFrom('friends').select('friend_id').where('account_id', '=', userId)),
      this.#store.run(db.selectFrom('friend_requests').select('from_id').where('to_id', '=', userId)),
      this.#store.run(db.selectFrom('ignores').select('ignored_id').where('account_id', '=', userId)),
      this.#loadRestrictions(userId),
    ]);
    return {
      userId,
      springId: account.spring_id,
      name: account.name,
      moderator: account.moderator === 1,
      bot: account.bot === 1,
      friends: friends.map(({ friend_id }) => friend_id).sort(byNumber),
      requests: requests.map(({ from_id }) => from_id).sort(byNumber),
      ignored: ignored.map(({ ignored_id }) => ignored_id).sort(byNumber),
      restrictions,
      clan: account.clan,
      version: account.version,
    };
  }

  async #loadRestrictions(userId: number): Promise<ImposedRestriction[]> {
    const now = this.#node.wall();
    const actions = await this.#store.run(
      this.#store.db
        .selectFrom('moderation_actions')
        .select(['id', 'restrictions', 'reason', 'expires_at'])
        .where('account_id', '=', userId)
        .where('lifted_at', 'is', null)
        .where(({ eb, or }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
        .orderBy('id', 'desc')
        .limit(MOST_ACTIONS),
    );
    return actions.reverse().flatMap(({ id, restrictions, reason, expires_at }) =>
      Restriction.array()
        .parse(JSON.parse(restrictions))
        .map((name) => ({ name, until: expires_at, reason, actionId: id })),
    );
  }
}

/** The step that makes the account's version a new one: part of each transaction that changes what `UserRecord` holds. */
export function newVersion(store: LobbyStore, userId: number) {
  return store.db
    .updateTable('accounts')
    .set(({ eb }) => ({ version: eb('version', '+', 1) }))
    .where('id', '=', userId);
}

export function noSuchUser(name: string): LobbyRefused {
  return new LobbyRefused('NoSuchUser', `No user found for '${name}'`);
}

function isNamed(record: UserRecord, key: string): boolean {
  return record.name.toLowerCase() === key;
}

function byNumber(a: number, b: number): number {
  return a - b;
}

/** A refusal that a loader on another node rejected with comes as plain data. */
async function passRefusals<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, message, details } = toErrorData(error);
    if (code !== 'LobbyRefused' || error instanceof LobbyRefused) throw error;
    throw new LobbyRefused(details.reason as RefusalCode, message, { cause: error });
  }
}
