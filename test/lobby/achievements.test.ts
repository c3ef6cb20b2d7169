/** Achievements: what winning a scenario earns, and that it is given once whoever hears of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { achievementServer } from '../../src/lobby/achievements/achievement-server.ts';
import { earnedBy, SCENARIO_END, SCENARIOS } from '../../src/lobby/achievements/scenarios.ts';
import type { Store } from '../../src/ports/index.ts';
import { memoryStore, SimulatedLobby } from './simulated-lobby.ts';

const won = (difficulty: string, scenarioid: string = SCENARIOS[0]) =>
  JSON.stringify({ scenarioid, difficulty, won: true, endtime: 12 });

const IDS = ['n1', 'n2', 'n3'];

function given(store: Store) {
  return store.query(
    'SELECT a.account_id, t.scenario, t.difficulty FROM achievements a JOIN achievement_types t ON t.id = a.type_id ORDER BY t.scenario, t.difficulty',
  );
}

describe('winning a scenario', () => {
  const cases: [string, string, readonly string[] | undefined][] = [
    ['Normal', won('Normal'), ['Normal']],
    ['Hard', won('Hard'), ['Normal']],
    ['Brutal', won('Brutal'), ['Normal', 'Brutal']],
    ['an easier difficulty', won('Easy'), undefined],
    ['a difficulty that is no word of ours', won('constructor'), undefined],
    ['a lost one', won('Normal').replace('true', 'false'), undefined],
    ['no JSON', '{', undefined],
    ['other JSON', '[1]', undefined],
  ];
  for (const [what, value, difficulties] of cases) {
    it(`${what} earns ${difficulties?.join(' and ') ?? 'nothing'}`, () => {
      assert.deepEqual(earnedBy(value)?.difficulties, difficulties);
    });
  }
});

describe('achievements in a cluster', () => {
  it('the types are made once by nodes that start together: 19 scenarios, Normal and Brutal', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ store });
    await lobby.cluster.advance(11_000);
    const rows = await store.query('SELECT scenario, difficulty FROM achievement_types');
    assert.equal(rows.length, 38);
    assert.equal(new Set(rows.map(({ scenario }) => scenario)).size, 19);
  });

  it('an event told on one node is given once, by that node alone', async () => {
    const store = memoryStore();
    let inserts = 0;
    const { query } = store;
    store.query = (sql, parameters) => {
      if (sql.startsWith('insert into "achievements"')) inserts += 1;
      return query(sql, parameters);
    };
    await using lobby = await SimulatedLobby.start({ store });
    await lobby.on('n2', (l) => l.logEvent({ userId: 7, hash: 'h' }, SCENARIO_END, won('Brutal')));
    await lobby.cluster.advance(2_000);
    assert.deepEqual(await given(store), [
      { account_id: 7, scenario: SCENARIOS[0], difficulty: 'Brutal' },
      { account_id: 7, scenario: SCENARIOS[0], difficulty: 'Normal' },
    ]);
    assert.equal(inserts, 1);
    assert.equal((await store.query('SELECT * FROM telemetry_events')).length, 1);
  });

  it('the same told to every node at the same time, and again later, is given once', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ store });
    for (let round = 0; round < 3; round++) {
      await Promise.all(
        IDS.map((id) => lobby.on(id, (l) => l.logEvent({ userId: 7, hash: 'h' }, SCENARIO_END, won('Normal')))),
      );
      await lobby.cluster.advance(2_000);
    }
    assert.equal((await given(store)).length, 1);
  });

  it('of nobody, of an unknown scenario, and other events nothing is given, and the server goes on', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ store });
    await lobby.on('n1', (l) => {
      l.logEvent({ userId: undefined, hash: 'h' }, SCENARIO_END, won('Normal'));
      l.logEvent({ userId: 7, hash: 'h' }, SCENARIO_END, won('Normal', 'nowhere'));
      l.logEvent({ userId: 7, hash: 'h' }, 'game_start:other', won('Normal'));
    });
    await lobby.cluster.advance(2_000);
    assert.deepEqual(await given(store), []);
    await lobby.cluster.run(
      'n1',
      (node, value) => node.server(achievementServer, 'n1').call('told', { userId: 8, type: '', value }),
      won('Hard'),
    );
    assert.equal((await given(store)).length, 1);
  });
});
