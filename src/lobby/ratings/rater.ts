/**
 * Rates matches: one server in the cluster, one match after the other, so that no two change a player's rating at a time. A
 * match is rated once: that it was, and the new ratings, are one transaction. What was missed, because a node died or the
 * store could not be reached, is found again in the table.
 */
import { Server, server } from '../../services/index.ts';
import { LobbyStore } from '../store/lobby-store.ts';
import { FIRST_SKILL, rateMatch, type Skill } from '../tasks/rate-match.ts';
import { type RatingKind, ratingKind } from './kinds.ts';

const SWEEP_MS = 60_000;
const FIRST_SWEEP_MS = 1_000;
const MOST_AT_ONCE = 50;

interface Played {
  readonly winner: number;
  /** The players of each ally team. */
  readonly teams: ReadonlyMap<number, readonly number[]>;
}

interface Rated {
  readonly userId: number;
  readonly skill: Skill;
  readonly matches: number;
}

export class RaterServer extends Server<never, undefined> {
  readonly #store = new LobbyStore(() => this.node.store);

  init(): undefined {
    this.every(SWEEP_MS, 'sweep');
    this.after(FIRST_SWEEP_MS, 'sweep');
  }

  override async info(): Promise<void> {
    await this.#tried('the matches that were missed', async () => {
      for (const matchId of await this.#unrated()) await this.#rate(matchId);
    });
  }

  /** A match is over. Without a winner there is nothing to rate; rated already, nothing happens. */
  rate(matchId: number): Promise<void> {
    return this.#tried(`match ${matchId}`, () => this.#rate(matchId));
  }

  async #tried(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.node.log.write('warn', 'not rated yet; to be tried again', { what, error: String(error) });
    }
  }

  async #unrated(): Promise<number[]> {
    const { db } = this.#store;
    const rows = await this.#store.run(
      db
        .selectFrom('matches')
        .leftJoin('rated_matches', 'rated_matches.match_id', 'matches.id')
        .select('matches.id')
        .where('matches.finished_at', 'is not', null)
        .where('matches.winner', 'is not', null)
        .where('rated_matches.match_id', 'is', null)
        .orderBy('matches.finished_at')
        .limit(MOST_AT_ONCE),
    );
    return rows.map(({ id }) => id);
  }

  async #rate(matchId: number): Promise<void> {
    const played = await this.#played(matchId);
    if (!played) return;
    const { winner, teams } = played;
    const sizes = [...teams.values()].map((team) => team.length);
    const kind = ratingKind(Math.max(0, ...sizes), teams.size);
    // One team, or a winner that nobody played for: it is done, and changes nothing.
    const isContest = teams.size > 1 && teams.has(winner);
    await this.#write(matchId, kind, isContest ? await this.#newSkills(played, kind) : []);
  }

  async #played(matchId: number): Promise<Played | undefined> {
    const { db } = this.#store;
    const [matches, members, rated] = await this.#store.transact([
      db.selectFrom('matches').select(['winner', 'finished_at']).where('id', '=', matchId),
      db
        .selectFrom('match_members')
        .select(['account_id', 'team'])
        .where('match_id', '=', matchId)
        .orderBy('team')
        .orderBy('account_id'),
      db.selectFrom('rated_matches').select('match_id').where('match_id', '=', matchId),
    ]);
    const [match] = matches;
    if (!match || match.winner === null || match.finished_at === null || rated.length > 0) return undefined;
    const teams = new Map<number, number[]>();
    for (const { account_id, team } of members) teams.set(team, [...(teams.get(team) ?? []), account_id]);
    return { winner: match.winner, teams };
  }

  async #newSkills({ winner, teams }: Played, kind: RatingKind): Promise<Rated[]> {
    const players = [...teams.values()].flat();
    const rows = await this.#store.run(
      this.#store.db
        .selectFrom('ratings')
        .select(['account_id', 'mu', 'sigma', 'matches'])
        .where('kind', '=', kind)
        .where('account_id', 'in', players),
    );
    const known = new Map(rows.map((row) => [row.account_id, row]));
    const skillOf = (userId: number): Skill => {
      const { mu, sigma } = known.get(userId) ?? FIRST_SKILL;
      return { mu, sigma };
    };
    const rated = await this.node.compute.run(
      rateMatch,
      [...teams].map(([team, members]) => ({ skills: members.map(skillOf), place: team === winner ? 1 : 2 })),
    );
    return [...teams.values()].flatMap((members, team) =>
      members.map((userId, at) => ({
        userId,
        skill: rated[team]![at]!,
        matches: (known.get(userId)?.matches ?? 0) + 1,
      })),
    );
  }

  async #write(matchId: number, kind: RatingKind, rated: readonly Rated[]): Promise<void> {
    const { db } = this.#store;
    const now = this.node.wall();
    const rows = rated.map(({ userId, skill: { mu, sigma }, matches }) => {
      return { account_id: userId, kind, mu, sigma, matches, updated_at: now };
    });
    const upserts = rows.map(({ account_id, ...changed }) =>
      db
        .insertInto('ratings')
        .values({ account_id, ...changed })
        .onConflict((conflict) => conflict.columns(['account_id', 'kind']).doUpdateSet(changed)),
    );
    try {
      // The first refuses a second rating, and with it all the others.
      await this.#store.transact([
        db.insertInto('rated_matches').values({ match_id: matchId, rated_at: now }),
        ...upserts,
      ]);
    } catch (error) {
      const taken = await this.#store.run(
        db.selectFrom('rated_matches').select('match_id').where('match_id', '=', matchId),
      );
      if (taken.length === 0) throw error;
    }
  }
}

export const rater = server(
  'rater',
  { placement: 'singleton', about: 'Computes new ratings when a match has ended, each match once.' },
  RaterServer,
);
