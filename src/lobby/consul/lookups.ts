/**
 * What Consul has to look up about people in the store. It goes on without an answer: who is unknown has no friends and no
 * restrictions.
 */
import { deferred } from '../../base/index.ts';
import type { MusterNode } from '../../services/index.ts';
import { LobbyStore } from '../store/lobby-store.ts';
import { friendsOf } from './friends.ts';
import { restrictionsOf } from './restrictions.ts';

/** How long a lobby waits for the store. */
const ANSWER_MS = 1_000;
/** How long it does without it, when it did not answer. */
const ASK_AGAIN_MS = 10_000;

export class Lookups {
  readonly #node: MusterNode;
  readonly #store: LobbyStore;
  #askAgainAt = Number.NEGATIVE_INFINITY;

  constructor(node: MusterNode) {
    this.#node = node;
    this.#store = new LobbyStore(() => node.store);
  }

  /** Never rejects. */
  friendsOf(userId: number): Promise<readonly number[]> {
    return this.#ask('friends', () => friendsOf(this.#store, userId), []);
  }

  /** Never rejects. */
  restrictionsOf(userIds: readonly number[]): Promise<ReadonlyMap<number, ReadonlySet<string>>> {
    return this.#ask(
      'restrictions',
      () => restrictionsOf(this.#store, userIds, this.#node.wall()),
      new Map<number, Set<string>>(),
    );
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
