/** What the Coordinator reads about people, and the ignore list he keeps for them. */
import type { MusterNode } from '../../../services/index.ts';
import { newVersion, Users } from '../../accounts/users.ts';
import { rankOf } from '../../status/client-status.ts';
import { LobbyStore } from '../../store/lobby-store.ts';

const MOST_IGNORED = 1_000;

export interface Profile {
  readonly userId: number;
  readonly name: string;
  readonly rank: number;
  readonly hours: number;
  readonly lobbyClient: string | null;
  readonly lastLoginAt: number | null;
  /** `3 Teacher` */
  readonly accolades: readonly string[];
}

export class People {
  readonly users: Users;
  readonly #store: LobbyStore;

  constructor(node: MusterNode) {
    this.#store = new LobbyStore(() => node.store);
    this.users = new Users(node, this.#store);
  }

  async profileOf(userId: number): Promise<Profile> {
    const { db } = this.#store;
    const { name } = await this.users.get(userId);
    const [[account], badges] = await this.#store.transact([
      db.selectFrom('accounts').select(['ingame_minutes', 'lobby_client', 'last_login_at']).where('id', '=', userId),
      db
        .selectFrom('accolades')
        .innerJoin('badge_types', 'badge_types.id', 'accolades.badge_id')
        .select(({ fn }) => ['badge_types.name', fn.countAll<number>().as('count')])
        .where('recipient_id', '=', userId)
        .groupBy('badge_types.name')
        .orderBy('badge_types.name'),
    ]);
    const hours = (account?.ingame_minutes ?? 0) / 60;
    return {
      userId,
      name,
      rank: rankOf(hours),
      hours: Math.floor(hours),
      lobbyClient: account?.lobby_client ?? null,
      lastLoginAt: account?.last_login_at ?? null,
      accolades: badges.map(({ name: badge, count }) => `${count} ${badge}`),
    };
  }

  /** Puts somebody on the user's ignore list, or takes him off it; it holds for his session at once. */
  async ignore(userId: number, ignoredId: number, wanted: boolean): Promise<'done' | 'already' | 'too many'> {
    const { db } = this.#store;
    const { ignored } = await this.users.get(userId);
    if (ignored.includes(ignoredId) === wanted) return 'already';
    if (wanted && ignored.length >= MOST_IGNORED) return 'too many';
    const change = wanted
      ? db
          .insertInto('ignores')
          .values({ account_id: userId, ignored_id: ignoredId })
          .onConflict((conflict) => conflict.doNothing())
      : db.deleteFrom('ignores').where('account_id', '=', userId).where('ignored_id', '=', ignoredId);
    await this.#store.transact([change, newVersion(this.#store, userId)]);
    await this.users.refresh(userId);
    return 'done';
  }
}
