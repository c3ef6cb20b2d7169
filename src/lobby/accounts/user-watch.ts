/** Tells the sessions of a node of changes of their own users: one watcher of the cache for all of them. */
import type { MusterNode } from '../../services/index.ts';
import { type UserRecord, users } from './user-record.ts';

type Changed = (record: UserRecord) => void;

export class UserWatch {
  readonly #followers = new Map<number, Set<Changed>>();

  constructor(node: MusterNode) {
    node.cache(users).watch(({ key, after }) => {
      if (after === undefined) return; // expired: nothing changed
      for (const changed of [...(this.#followers.get(key) ?? [])]) changed(after);
    });
  }

  /** Returns how to stop. */
  follow(userId: number, changed: Changed): () => void {
    const followers = this.#followers.get(userId) ?? new Set();
    this.#followers.set(userId, followers.add(changed));
    return () => {
      followers.delete(changed);
      if (followers.size === 0 && this.#followers.get(userId) === followers) this.#followers.delete(userId);
    };
  }
}
