/**
 * A node that dies may have changed users in the store and not yet in the cache. After each departure the first of the members
 * compares the versions of the users at hand with the store's and refreshes those that are behind. The departed can write
 * no more by then: the store refuses who was evicted.
 */
import type { MusterNode, View } from '../../services/index.ts';
import type { LobbyStore } from '../store/lobby-store.ts';
import { users as records } from './user-record.ts';
import type { Users } from './users.ts';

/** Users whose versions are asked for at once. */
const CHUNK = 500;
const AGAIN_MS = 1_000;

export class UserRepair {
  readonly #node: MusterNode;
  readonly #store: LobbyStore;
  readonly #users: Users;
  #running = false;
  #again = false;

  constructor(node: MusterNode, store: LobbyStore, users: Users) {
    this.#node = node;
    this.#store = store;
    this.#users = users;
  }

  begin(): void {
    this.#node.onView((view, before) => {
      if (hasLost(before, view) && isFirst(view, this.#node.id)) this.#run();
    });
  }

  #run(): void {
    this.#again = true;
    if (this.#running) return;
    this.#running = true;
    void this.#untilDone();
  }

  /** While this node is the first. A store that fails is asked again, as nobody else would. */
  async #untilDone(): Promise<void> {
    while (this.#again && isFirst(this.#node.view(), this.#node.id)) {
      this.#again = false;
      try {
        await this.#check();
      } catch (error) {
        this.#node.log.write('warn', 'users could not be compared with the store yet', { error: String(error) });
        this.#running = false;
        this.#node.after(AGAIN_MS, () => this.#run());
        return;
      }
    }
    this.#running = false;
  }

  async #check(): Promise<void> {
    const known = [...this.#node.cache(records).entries()].map(([id, { version }]) => ({ id, version }));
    for (let from = 0; from < known.length; from += CHUNK) {
      const chunk = new Map(known.slice(from, from + CHUNK).map(({ id, version }) => [id, version]));
      const rows = await this.#store.run(
        this.#store.db
          .selectFrom('accounts')
          .select(['id', 'version'])
          .where('id', 'in', [...chunk.keys()]),
      );
      for (const { id, version } of rows) if (version > chunk.get(id)!) await this.#users.refresh(id);
    }
  }
}

function hasLost(before: View, after: View): boolean {
  return before.members.some(({ id, incarnation }) => after.member(id)?.incarnation !== incarnation);
}

function isFirst(view: View, id: string): boolean {
  return view.members.find(({ state }) => state === 'up')?.id === id;
}
