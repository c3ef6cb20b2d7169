import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matchUpdates } from '../../../src/lobby/matches/declarations.ts';
import { rater } from '../../../src/lobby/ratings/rater.ts';
import type { Row, Store } from '../../../src/ports/index.ts';
import type { MusterNode } from '../../../src/services/index.ts';
import { memoryStore, SimulatedLobby } from '../simulated-lobby.ts';

interface Played {
  readonly id: number;
  readonly winner: number | null;
  /** Account ids of each team. */
  readonly teams: readonly (readonly number[])[];
}

async function play(store: Store, { id, winner, teams }: Played): Promise<void> {
  const columns = 'id, uuid, lobby_id, founder_id, title, map_name, game_name, engine_version, team_count, team_size';
  await store.query(
    `INSERT INTO matches (${columns}, started_at, finished_at, winner) VALUES (?, ?, 1, 1, 't', 'm', 'g', 'e', ?, ?, 0, 1000, ?)`,
    [id, `uuid-${id}`, teams.length, Math.max(...teams.map((team) => team.length)), winner],
  );
  for (const [team, members] of teams.entries()) {
    for (const member of members) {
      await store.query('INSERT INTO match_members (match_id, account_id, team) VALUES (?, ?, ?)', [id, member, team]);
    }
  }
}

const ratingsIn = (store: Store): Promise<Row[]> =>
  store.query('SELECT account_id, kind, mu, sigma, matches FROM ratings ORDER BY account_id, kind');

async function until(lobby: SimulatedLobby, what: string, check: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await check()); tries++) {
    if (tries > 700) throw new Error(`not in time: ${what}`);
    await lobby.cluster.advance(100);
  }
}

function publish(node: MusterNode, matchId: number): void {
  node.broadcast(matchUpdates(), { kind: 'completed', matchId });
}

async function start() {
  const store = memoryStore();
  const lobby = await SimulatedLobby.start({ nodes: 4, store });
  return { lobby, store };
}

const isRated = async (store: Store, matchId: number): Promise<boolean> =>
  (await store.query('SELECT match_id FROM rated_matches WHERE match_id = ?', [matchId])).length === 1;

describe('ratings', () => {
  it('a match changes the ratings of its kind once, however often its end is told', async () => {
    const { lobby, store } = await start();
    await using _ = lobby;
    await play(store, { id: 1, winner: 1, teams: [[11], [12]] });
    for (const node of ['n1', 'n2', 'n3']) await lobby.cluster.run(node, publish, 1);
    await until(lobby, 'rated', () => isRated(store, 1));
    await lobby.cluster.advance(5_000);
    const [loser, winner] = (await ratingsIn(store)) as [Row, Row];
    assert.deepEqual([loser.account_id, loser.kind, loser.matches], [11, 'duel', 1]);
    assert.deepEqual([winner.account_id, winner.kind, winner.matches], [12, 'duel', 1]);
    assert.ok((loser.mu as number) < 25 && (winner.mu as number) > 25);

    await play(store, {
      id: 2,
      winner: 0,
      teams: [
        [11, 13],
        [12, 14],
      ],
    });
    await lobby.cluster.run('n4', publish, 2);
    await until(lobby, 'rated', () => isRated(store, 2));
    const kinds = (await ratingsIn(store)).map(({ account_id, kind }) => `${account_id} ${kind}`);
    assert.deepEqual(kinds, ['11 duel', '11 team', '12 duel', '12 team', '13 team', '14 team']);
  });

  it('without a winner, or with one team, nothing is rated', async () => {
    const { lobby, store } = await start();
    await using _ = lobby;
    await play(store, { id: 1, winner: null, teams: [[11], [12]] });
    await play(store, { id: 2, winner: 0, teams: [[11, 12]] });
    for (const id of [1, 2]) await lobby.cluster.run('n1', publish, id);
    await until(lobby, 'looked at', () => isRated(store, 2));
    await lobby.cluster.advance(2_000);
    assert.deepEqual(await ratingsIn(store), []);
    assert.equal(await isRated(store, 1), false);
  });

  it('two matches of one player at the same time both count', async () => {
    const { lobby, store } = await start();
    await using _ = lobby;
    for (const id of [1, 2, 3]) await play(store, { id, winner: 0, teams: [[11], [10 + 2 * id]] });
    for (const id of [1, 2, 3]) await lobby.cluster.run(`n${id}`, publish, id);
    await until(
      lobby,
      'rated',
      async () => (await isRated(store, 1)) && (await isRated(store, 2)) && isRated(store, 3),
    );
    assert.equal((await ratingsIn(store))[0]!.matches, 3);
  });

  it('a match is rated exactly once though the rater’s node dies, whenever that is', async () => {
    for (let point = 1; point <= 40; point += 3) {
      const { lobby, store } = await start();
      await using _ = lobby;
      await lobby.cluster.advance(2_000);
      await play(store, { id: 1, winner: 1, teams: [[11], [12]] });
      const victim = (await lobby.cluster.run('n1', (node: MusterNode) => node.server(rater).where())) as string;
      lobby.cluster.afterEvents(point, () => void lobby.cluster.kill(victim));
      const teller = ['n1', 'n2'].find((node) => node !== victim)!;
      await lobby.cluster.run(teller, publish, 1);
      await until(lobby, 'rated', () => isRated(store, 1));
      const [loser, winner] = (await ratingsIn(store)) as [Row, Row];
      assert.deepEqual([loser.matches, winner.matches], [1, 1], `killed after ${point} events`);
    }
  });
});
