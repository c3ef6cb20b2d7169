/** What is known of players who want to join a queue: their ratings, and who may not. */
import type { Hub } from '../hub/hub.ts';
import { restrictionOn } from '../moderation/restrictions.ts';
import { ratingKind } from '../ratings/kinds.ts';
import { cautious, FIRST_SKILL } from '../tasks/rate-match.ts';
import type { QueueInfo } from './declarations.ts';

export interface Entry {
  /** By user; who was never rated has the rating of a beginner. */
  readonly ratings: ReadonlyMap<number, number>;
  readonly restricted: readonly number[];
}

/** Rejects with `LobbyRefused` (`NoSuchUser`), or with what the store or the cluster failed with. */
export async function lookUpEntry(
  { store, people, node }: Pick<Hub, 'store' | 'people' | 'node'>,
  userIds: readonly number[],
  queue: QueueInfo,
): Promise<Entry> {
  const records = await Promise.all(userIds.map((userId) => people.users.get(userId)));
  const skills = await store.run(
    store.db
      .selectFrom('ratings')
      .select(['account_id', 'mu', 'sigma'])
      .where('account_id', 'in', userIds)
      .where('kind', '=', ratingKind(queue.teamSize, queue.teamCount)),
  );
  const known = new Map(skills.map(({ account_id, mu, sigma }) => [account_id, cautious({ mu, sigma })]));
  const wall = node.wall();
  return {
    ratings: new Map(userIds.map((userId) => [userId, known.get(userId) ?? cautious(FIRST_SKILL)])),
    restricted: records
      .filter((record) => restrictionOn(record, ['Matchmaking'], wall) !== undefined)
      .map(({ userId }) => userId),
  };
}
