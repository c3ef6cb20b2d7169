/** What the Coordinator knows about people. */
import type { MusterNode } from '../../../services/index.ts';
import { Social } from '../../accounts/social.ts';
import { Users } from '../../accounts/users.ts';
import { rankOf } from '../../status/client-status.ts';
import { LobbyStore } from '../../store/lobby-store.ts';

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

export class Profiles {
  readonly users: Users;
  readonly social: Social;
  readonly #store: LobbyStore;

  constructor(node: MusterNode) {
    this.#store = new LobbyStore(() => node.store);
    this.users = new Users(node, this.#store);
    this.social = new Social(node, this.#store, this.users);
  }

  async of(userId: number): Promise<Profile> {
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
}
