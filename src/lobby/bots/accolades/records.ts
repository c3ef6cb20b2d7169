/** Accolades in the store. */
import type { LobbyStore } from '../../store/lobby-store.ts';
import { type Badge, type Facts, type Player, pairOf } from './rules.ts';

const AGAIN_AFTER_MS = 5 * 24 * 3_600_000;
const MISSES_STAT = 'accolade_misses';
const KEEPS_OUT: readonly string[] = ['Accolades', 'Community'];

const BADGES: Readonly<Record<string, string>> = {
  'Good sport': 'Fair and friendly, whoever won',
  Leader: 'Made a team of the players',
  'Sound strategist': 'Had the right plan',
  Supporter: 'Was there when others needed him',
  Teacher: 'Explained things well',
  'Wizard of units': 'Did more with few units than others with many',
};

export interface PlayedMatch {
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly players: readonly Player[];
}

export async function readMatch(store: LobbyStore, matchId: number): Promise<PlayedMatch | undefined> {
  const { db } = store;
  const [[match], players] = await store.transact([
    db.selectFrom('matches').select(['started_at', 'finished_at']).where('id', '=', matchId),
    db.selectFrom('match_members').select(['account_id', 'team']).where('match_id', '=', matchId).orderBy('account_id'),
  ]);
  return (
    match && {
      startedAt: match.started_at,
      finishedAt: match.finished_at,
      players: players.map(({ account_id, team }) => ({ userId: account_id, team })),
    }
  );
}

/** What the rules ask about these players, at a time. */
export async function readFacts(store: LobbyStore, userIds: readonly number[], now: number): Promise<Facts> {
  const { db } = store;
  const [stats, actions, given] = await store.transact([
    db
      .selectFrom('account_stats')
      .select(['account_id', 'value'])
      .where('name', '=', MISSES_STAT)
      .where('account_id', 'in', userIds),
    db
      .selectFrom('moderation_actions')
      .select(['account_id', 'restrictions'])
      .where('account_id', 'in', userIds)
      .where('lifted_at', 'is', null)
      .where(({ eb, or }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', now)])),
    db
      .selectFrom('accolades')
      .select(['giver_id', 'recipient_id'])
      .where('giver_id', 'in', userIds)
      .where('given_at', '>', now - AGAIN_AFTER_MS),
  ]);
  const isKeptOut = ({ restrictions }: { restrictions: string }): boolean =>
    (JSON.parse(restrictions) as string[]).some((name) => KEEPS_OUT.includes(name));
  return {
    misses: new Map(stats.map(({ account_id, value }) => [account_id, Number(value)])),
    restricted: new Set(actions.filter(isKeptOut).map(({ account_id }) => account_id)),
    given: new Set(given.map(({ giver_id, recipient_id }) => pairOf(giver_id, recipient_id))),
  };
}

/** All badges by name; the usual ones are made when they are missing. */
export async function readBadges(store: LobbyStore): Promise<Badge[]> {
  const rows = Object.entries(BADGES).map(([name, about]) => ({ name, about }));
  const [, badges] = await store.transact([
    store.db
      .insertInto('badge_types')
      .values(rows)
      .onConflict((conflict) => conflict.column('name').doNothing()),
    store.db.selectFrom('badge_types').select(['id', 'name']).orderBy('name'),
  ]);
  return badges;
}

export async function namesOf(store: LobbyStore, userIds: readonly number[]): Promise<Map<number, string>> {
  const rows = await store.run(store.db.selectFrom('accounts').select(['id', 'name']).where('id', 'in', userIds));
  return new Map(rows.map(({ id, name }) => [id, name]));
}

export interface Outcome {
  readonly giver: number;
  /** What his misses are from now on. */
  readonly misses: number;
  /** What he gave: null is an accolade without a badge. Undefined: nothing is kept. */
  readonly accolade?: { recipient: number; matchId: number; badgeId: number | null; at: number };
}

/** Writes what came of a question. Written twice, it is written once. */
export async function writeOutcome(store: LobbyStore, { giver, misses, accolade }: Outcome): Promise<void> {
  const { db } = store;
  const value = String(misses);
  const stat = db
    .insertInto('account_stats')
    .values({ account_id: giver, name: MISSES_STAT, value })
    .onConflict((conflict) => conflict.columns(['account_id', 'name']).doUpdateSet({ value }));
  if (!accolade) {
    await store.run(stat);
    return;
  }
  const { recipient, matchId, badgeId, at } = accolade;
  const row = db
    .insertInto('accolades')
    .values({ giver_id: giver, recipient_id: recipient, badge_id: badgeId, match_id: matchId, given_at: at })
    .onConflict((conflict) => conflict.columns(['giver_id', 'match_id']).doNothing());
  await store.transact([stat, row]);
}
