/**
 * What Consul has to look up about people in the store. It goes on without an answer: who is unknown has no friends and no
 * restrictions.
 */
import { deferred } from '../../base/index.ts';
import type { MusterNode } from '../../services/index.ts';
import type { UserRecord } from '../accounts/user-record.ts';
import { Users } from '../accounts/users.ts';
import { inForce } from '../moderation/restrictions.ts';
import { LobbyRefused } from '../refusal.ts';
import { LobbyStore } from '../store/lobby-store.ts';

/** How long a lobby waits for the store. */
const ANSWER_MS = 1_000;
/** How long it does without it, when it did not answer. */
const ASK_AGAIN_MS = 10_000;

export class Lookups {
  readonly #node: MusterNode;
  readonly #users: Users;
  #askAgainAt = Number.NEGATIVE_INFINITY;

  constructor(node: MusterNode) {
    this.#node = node;
    this.#users = new Users(node, new LobbyStore(() => node.store));
  }

  /** Never rejects. */
  friendsOf(userId: number): Promise<readonly number[]> {
    return this.#ask('friends', async () => (await this.#user(userId))?.friends ?? [], []);
  }

  /** Those of `others` who are in the same clan as the user. Never rejects. */
  clanMatesOf(userId: number, others: readonly number[]): Promise<readonly number[]> {
    const look = async (): Promise<readonly number[]> => {
      const [user, ...rest] = await Promise.all([userId, ...others].map((one) => this.#user(one)));
      const clan = user?.clan ?? null;
      return clan === null ? [] : rest.flatMap((one) => (one?.clan === clan ? [one.userId] : []));
    };
    return this.#ask('clans', look, []);
  }

  /** What is forbidden to each of these users. Never rejects. */
  restrictionsOf(userIds: readonly number[]): Promise<ReadonlyMap<number, ReadonlySet<string>>> {
    const look = async (): Promise<ReadonlyMap<number, ReadonlySet<string>>> => {
      const found = await Promise.all(userIds.map((userId) => this.#user(userId)));
      return new Map(userIds.map((userId, at) => [userId, this.#forbidden(found[at])]));
    };
    return this.#ask('restrictions', look, new Map());
  }

  #forbidden(user: UserRecord | undefined): ReadonlySet<string> {
    const now = this.#node.wall();
    return new Set(user?.restrictions.filter((one) => inForce(one, now)).map(({ name }) => name));
  }

  /** Undefined when there is no such user. */
  async #user(userId: number): Promise<UserRecord | undefined> {
    try {
      return await this.#users.get(userId);
    } catch (error) {
      if (error instanceof LobbyRefused && error.reason === 'NoSuchUser') return undefined;
      throw error;
    }
  }

  async #ask<T>(what: string, look: () => Promise<T>, otherwise: T): Promise<T> {
    if (this.#node.now() < this.#askAgainAt) return otherwise;
    const late = deferred<never>();
    const cancel = this.#node.after(ANSWER_MS, () => late.reject(new Error('no answer in time')));
    try {
      return await Promise.race([look(), late.promise]);
    } catch (error) {
      this.#askAgainAt = this.#node.now() + ASK_AGAIN_MS;
      this.#node.log.write('warn', `a consul does without the ${what} it asked for`, { why: String(error) });
      return otherwise;
    } finally {
      cancel();
    }
  }
}
