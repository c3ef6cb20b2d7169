/** What the cluster counts and writes down: once, whoever does it and whoever dies. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type FanOutCounts, fanOutServer } from '../../../src/lobby/telemetry/fan-out.ts';
import { telemetryServer } from '../../../src/lobby/telemetry/telemetry-server.ts';
import { delay, type Store } from '../../../src/ports/index.ts';
import { memoryStore, SimulatedLobby, type TestClient } from '../simulated-lobby.ts';

const MINUTE_MS = 60_000;

interface Minute {
  readonly at: number;
  readonly minutes: number;
  readonly counts: Record<string, number>;
  readonly gauges: Record<string, { mean: number; max: number }>;
  readonly nodes: string[];
  readonly missing: string[];
}

async function rowsOf(store: Store, period: string): Promise<Minute[]> {
  const rows = await store.query('SELECT at, data FROM telemetry_periods WHERE period = ? ORDER BY at', [period]);
  return rows.map(({ at, data }) => ({ at: Number(at), ...JSON.parse(String(data)) }));
}

const total = (rows: readonly Minute[], counter: string): number =>
  rows.reduce((sum, { counts }) => sum + counts[counter]!, 0);

/** The node where the jobs run. */
async function jobsNode(lobby: SimulatedLobby): Promise<string> {
  const { nodes } = await lobby.cluster.inspect();
  return nodes.find(({ servers }) => servers.some(({ server }) => server.startsWith('lobby_jobs')))!.id;
}

describe('the minute', () => {
  it('is written once, with the counts of all nodes added up and what is online taken once', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ nodes: 4, store });
    for (const id of ['n1', 'n2', 'n3', 'n4']) await lobby.client(`User_${id}`, id);
    const host = await lobby.client('Host', 'n2');
    await lobby.as(host, (session) =>
      session.battle.open({
        ...{ type: 0, nat: 0, password: '', port: 8452, maxPlayers: 8, gameHash: '1', rank: 0, mapHash: '7' },
        ...{ engineName: 'spring', engineVersion: '1', mapName: 'Comet', title: 'EU 01', gameName: 'BAR' },
      }),
    );
    await lobby.as(host, (session) => session.setStatus(1));
    await lobby.cluster.advance(MINUTE_MS);
    await lobby.cluster.advance(5_000);
    const rows = await rowsOf(store, 'minute');
    assert.equal(total(rows, 'usersConnected'), 5);
    assert.equal(total(rows, 'matchesStarted'), 1);
    assert.deepEqual(rows.at(-1)!.nodes, ['n1', 'n2', 'n3', 'n4']);
    const { users, menu, battles, battlesInProgress } = rows.at(-1)!.gauges;
    assert.deepEqual(
      [users, menu, battles, battlesInProgress].map((spread) => spread!.max),
      [5, 4, 1, 1],
    );
    await lobby.as(host, (session) => session.end());
    await lobby.cluster.advance(2 * MINUTE_MS);
    const later = await rowsOf(store, 'minute');
    assert.equal(total(later, 'matchesStopped'), 1);
    assert.equal(total(later, 'usersDisconnected'), 1);
    assert.equal(later.at(-1)!.gauges.battles!.max, 0);
  });

  for (const seed of [1, 2, 3]) {
    it(`is written exactly once each while the node that writes it is killed again and again, and nothing is counted twice or lost that a survivor counted (seed ${seed})`, async () => {
      const store = memoryStore();
      await using lobby = await SimulatedLobby.start({ nodes: 4, store, seed });
      const counted = new Map<string, number>();
      const count = async (id: string): Promise<void> => {
        await lobby.cluster.run(id, (node) => node.server(telemetryServer, node.id).cast('count', 'matchesStarted'));
        counted.set(id, (counted.get(id) ?? 0) + 1);
      };
      const killed = new Set<string>();
      const minutes = 6;
      for (let minute = 0; minute < minutes; minute++) {
        const alive = ['n1', 'n2', 'n3', 'n4'].filter((id) => !killed.has(id));
        for (const id of alive) for (let at = 0; at <= minute; at++) await count(id);
        const victim = await jobsNode(lobby);
        if (minute % 2 === 0 && killed.size < 3) {
          // Up to the end of the minute, then a few ms further each time: into the middle of the job.
          const wall = await lobby.cluster.run(alive[0]!, (node) => node.wall());
          await lobby.cluster.advance(MINUTE_MS - (wall % MINUTE_MS) + minute + seed);
          await lobby.cluster.kill(victim);
          killed.add(victim);
          await lobby.cluster.advance(MINUTE_MS / 2);
        } else {
          await lobby.cluster.advance(MINUTE_MS);
        }
      }
      await lobby.cluster.advance(2 * MINUTE_MS);
      const rows = await rowsOf(store, 'minute');
      const at = rows.map((row) => row.at);
      assert.equal(new Set(at).size, at.length, 'one row for each minute');
      assert.deepEqual(
        at,
        at.map((_, index) => at[0]! + index * MINUTE_MS),
        'no minute is missing',
      );
      const survivors = [...counted].filter(([id]) => !killed.has(id)).reduce((sum, [, times]) => sum + times, 0);
      const all = [...counted.values()].reduce((sum, times) => sum + times, 0);
      const written = total(rows, 'matchesStarted');
      assert.ok(written >= survivors, `${written} written, ${survivors} counted by survivors`);
      assert.ok(written <= all, `${written} written, ${all} counted`);
      assert.equal(killed.size, 3);
    });
  }

  it('goes on without a node that does not answer in time, says so, and has its counts in the next one, once', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ nodes: 3, store, timing: { ackMs: 60_000 } });
    const jobs = await jobsNode(lobby);
    const other = ['n1', 'n2', 'n3'].find((id) => id !== jobs)!;
    const count = (): Promise<void> =>
      lobby.cluster.run(other, (node) => node.server(telemetryServer, node.id).cast('count', 'matchesStarted'));
    await count();
    const slow = await lobby.cluster.fault({ from: other, to: jobs, verdict: delay(4_000) });
    await lobby.cluster.advance(MINUTE_MS + 30_000);
    await slow[Symbol.asyncDispose]();
    const [without] = await rowsOf(store, 'minute');
    assert.deepEqual(without!.missing, [other]);
    assert.equal(without!.counts.matchesStarted, 0);
    await count();
    await lobby.cluster.advance(3 * MINUTE_MS);
    const rows = await rowsOf(store, 'minute');
    assert.deepEqual(
      rows.map(({ counts }) => counts.matchesStarted),
      [0, 2, 0, 0],
    );
    assert.deepEqual(rows[1]!.missing, []);
  });
});

describe('fetching the counts of a node', () => {
  it('gives the same again for the same minute; for the next, what was not written down comes again', async () => {
    await using lobby = await SimulatedLobby.start({ nodes: 1 });
    await lobby.cluster.run('n1', async (node) => {
      const server = node.server(telemetryServer, 'n1');
      const fetch = async (minute: number, written: number[]): Promise<number> =>
        (await server.call('fetch', minute, written)).usersConnected;
      server.cast('count', 'usersConnected');
      const first = await fetch(60, []);
      server.cast('count', 'usersConnected');
      const seen = [
        first,
        await fetch(60, []),
        await fetch(120, []),
        await fetch(180, [60, 120]),
        await fetch(240, [180]),
      ];
      if (JSON.stringify(seen) !== '[1,1,2,0,0]') throw new Error(JSON.stringify(seen));
    });
  });
});

describe('days and months', () => {
  it('are made of what there is, on empty data too, each once', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ nodes: 2, store });
    const day = 24 * 60 * MINUTE_MS;
    const midnight = Math.floor((await lobby.cluster.run('n1', (node) => node.wall())) / day) * day;
    await store.query('INSERT INTO telemetry_periods (period, at, data) VALUES (?, ?, ?)', [
      'minute',
      midnight - 40 * day,
      JSON.stringify({
        ...{
          minutes: 1,
          counts: { usersConnected: 3 },
          gauges: { users: { mean: 4, max: 4 } },
          nodes: [],
          missing: ['n9'],
        },
      }),
    ]);
    await lobby.cluster.advance(5 * MINUTE_MS);
    for (const id of ['n1', 'n2']) lobby.cluster.setClock(id, day - 10 * MINUTE_MS, 1);
    await lobby.cluster.advance(10 * MINUTE_MS);
    const days = await rowsOf(store, 'day');
    assert.equal(days.length, 41, 'the days without anybody too');
    assert.deepEqual(days[0]!.counts.usersConnected, 3);
    assert.deepEqual(days[0]!.gauges.users, { mean: 4, max: 4 });
    assert.deepEqual(days[0]!.missing, ['n9']);
    assert.deepEqual([days[1]!.minutes, days[1]!.counts.usersConnected], [0, 0]);
    assert.ok(days[40]!.minutes >= 9 && days[40]!.minutes <= 11, `${days[40]!.minutes} minutes`);
    const oldest = (await rowsOf(store, 'minute'))[0]!.at;
    assert.ok(oldest >= midnight, 'minutes older than a month are gone');
    const months = await rowsOf(store, 'month');
    assert.equal(total(months, 'usersConnected'), 3);
    assert.equal(new Set(months.map(({ at }) => at)).size, months.length);
  });
});

describe('lines that presence costs', () => {
  it('each node counts its own connections, so the sum is the number of events times those who were told', async () => {
    await using lobby = await SimulatedLobby.start({ nodes: 3 });
    const clients: TestClient[] = [];
    for (const [at, id] of ['n1', 'n1', 'n2', 'n3', 'n3'].entries()) clients.push(await lobby.client(`User${at}`, id));
    await lobby.as(clients[0]!, (session) => session.setStatus(1));
    await lobby.as(clients[0]!, (session) => session.setStatus(0));
    await lobby.as(clients[4]!, (session) => session.end());
    await lobby.cluster.advance(3_000);
    const all: FanOutCounts[] = [];
    for (const id of ['n1', 'n2', 'n3']) {
      all.push(await lobby.cluster.run('n2', (node, of) => node.server(fanOutServer, of).call('total'), id));
    }
    const sum = (event: keyof FanOutCounts): number => all.reduce((so, counts) => so + counts[event], 0);
    const told = (kind: string): number =>
      clients.reduce((so, { events }) => so + events.filter((event) => event.kind === kind).length, 0);
    assert.equal(sum('updatedClient'), 2 * 5);
    assert.equal(sum('userLoggedOut'), 4);
    assert.equal(sum('updatedClient'), told('user-status'));
    assert.equal(sum('userLoggedOut'), told('user-removed'));
    // A newcomer's own line is part of his login stream, which the hub carries before he listens.
    assert.ok(sum('userLoggedIn') >= told('user-added'));
    assert.deepEqual(
      all.map(({ updatedClient }) => updatedClient),
      [4, 2, 4],
    );
  });
});
