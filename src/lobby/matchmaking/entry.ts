/** What the store knows of players who want to join a queue: their ratings, and who may not. */
import { ratingKind } from '../ratings/kinds.ts';
import type { LobbyStore } from '../store/lobby-store.ts';
import { cautious, FIRST_SKILL } from '../tasks/rate-match.ts';
import type { QueueInfo } from './declarations.ts';

/** The restriction under which an account may not join a queue. */
export const RESTRICTION = 'Matchmaking';

export interface Entry {
  /** By user; who was never rated has the rating of a beginner. */
  readonly ratings: ReadonlyMap<number, number>;
  readonly restricted: readonly number[];
}

/** Rejects with `StoreFailed`. */
export async function lookUpEntry(
  store: LobbyStore,
  userIds: readonly number[],
  queue: QueueInfo,
  wall: number,
): Promise<Entry> {
  const { db } = store;
  const [skills, actions] = await store.transact([
    db
      .selectFrom('ratings')
      .select(['account_id', 'mu', 'sigma'])
      .where('account_id', 'in', userIds)
      .where('kind', '=', ratingKind(queue.teamSize, queue.teamCount)),
    db
      .selectFrom('moderation_actions')
      .select(['account_id', 'restrictions'])
      .where('account_id', 'in', userIds)
      .where('lifted_at', 'is', null)
      .where((or) => or.or([or('expires_at', 'is', null), or('expires_at', '>', wall)])),
  ]);
  const known = new Map(skills.map(({ account_id, mu, sigma }) => [account_id, cautious({ mu, sigma })]));
  return {
    ratings: new Map(userIds.map((userId) => [userId, known.get(userId) ?? cautious(FIRST_SKILL)])),
    restricted: actions.filter(({ restrictions }) => isRestriction(restrictions)).map(({ account_id }) => account_id),
  };
}

function isRestriction(json: string): boolean {
  const named: unknown = JSON.parse(json);
  return Array.isArray(named) && named.includes(RESTRICTION);
}
