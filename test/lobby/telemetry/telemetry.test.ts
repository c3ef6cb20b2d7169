/** What the cluster counts and writes down: once, whoever does it and whoever dies. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type FanOutCounts, fanOut, fanOutServer } from '../../../src/lobby/telemetry/fan-out.ts';
import { telemetry, telemetryServer } from '../../../src/lobby/telemetry/telemetry-server.ts';
import { delay, type Store } from '../../../src/ports/index.ts';
import type { MusterNode } from '../../../src/services/index.ts';
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

/** The node where the jobs run, once they do. */
function jobsNode(lobby: SimulatedLobby): Promise<string> {
  return lobby.cluster.waitFor('the jobs run', async () => {
    const { nodes } = await lobby.cluster.inspect();
    return nodes.find(({ servers }) => servers.some(({ server }) => server.startsWith('lobby_jobs')))?.id;
  });
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
    const { users, menu, battles, battlesInProgress, serverLoad } = rows.at(-1)!.gauges;
    assert.deepEqual(serverLoad, { mean: 0, max: 0 }, 'what the simulation has to do');
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

  /** What each node counts in these tests, so that a sum tells whose it is. */
  const OWN = { n1: 'matchesStarted', n2: 'matchesStopped', n3: 'botsConnected', n4: 'botsDisconnected' } as const;
  type Id = keyof typeof OWN;
  const IDS = Object.keys(OWN) as Id[];

  /** Counts on all nodes that are up, each minute more; kills the node with the jobs at about the time they run. */
  async function killAgainAndAgain(seed: number, minutes: number, comeBack: boolean) {
    const store = memoryStore();
    const lobby = await SimulatedLobby.start({ nodes: 4, store, seed });
    const counted: Record<string, number> = { n1: 0, n2: 0, n3: 0, n4: 0 };
    const killed = new Set<string>();
    const down = new Set<string>();
    for (let minute = 0; minute < minutes; minute++) {
      const up = IDS.filter((id) => !down.has(id));
      for (const id of up) {
        for (let times = 0; times <= minute; times++) {
          await lobby.cluster.run(
            id,
            (node, counter) => node.server(telemetryServer, node.id).cast('count', counter),
            OWN[id],
          );
          counted[id]! += 1;
        }
      }
      const wall = await lobby.cluster.run(up[0]!, (node) => node.wall());
      const victim = await jobsNode(lobby);
      // One node's answer is slow, so that the death falls between the first answer and the row.
      const slow = up.find((id) => id !== victim);
      const verdict = delay(300);
      const fault = slow && (await lobby.cluster.fault({ from: slow, to: victim, verdict }));
      await lobby.cluster.advance(MINUTE_MS - (wall % MINUTE_MS) + 50 + minute * 20 + seed);
      if (comeBack || down.size < 3) {
        await lobby.cluster.kill(victim);
        killed.add(victim);
        down.add(victim);
      }
      await fault?.[Symbol.asyncDispose]();
      await lobby.cluster.advance(MINUTE_MS / 3);
      if (comeBack) {
        await lobby.cluster.restart(victim);
        down.delete(victim);
      }
    }
    await lobby.cluster.advance(2 * MINUTE_MS);
    const rows = await rowsOf(store, 'minute');
    await lobby[Symbol.asyncDispose]();
    return { rows, counted, killed };
  }

  for (const comeBack of [false, true]) {
    for (const seed of [1, 2, 3]) {
      const how = comeBack ? 'is killed each minute and comes back' : 'is killed until one node is left';
      it(`is written exactly once while the node that writes it ${how}: what survivors counted is there, to the last (seed ${seed})`, async () => {
        const { rows, counted, killed } = await killAgainAndAgain(seed, 6, comeBack);
        const at = rows.map((row) => row.at);
        assert.deepEqual(
          at,
          at.map((_, index) => at[0]! + index * MINUTE_MS),
          'one row for each minute, and no minute is missing',
        );
        assert.equal(killed.size, comeBack ? killed.size : 3);
        assert.ok(killed.size >= 1);
        for (const id of IDS) {
          const written = total(rows, OWN[id]);
          if (killed.has(id)) assert.ok(written <= counted[id]!, `${id}: ${written} written, ${counted[id]} counted`);
          else assert.equal(written, counted[id], `what ${id} counted`);
        }
      });
    }
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

describe('the figures of a node', () => {
  it('are told every nine and every five seconds on that node, and on no other', async () => {
    await using lobby = await SimulatedLobby.start({ nodes: 3 });
    await lobby.client('Alice', 'n2');
    const heard: string[] = [];
    const listen = async (node: MusterNode): Promise<void> => {
      await node.subscribe(telemetry(), ({ counts, gauges }, { origin }) => {
        heard.push(`${node.id} of ${origin}: ${counts.usersConnected} came, ${gauges.users} there`);
      });
      await node.subscribe(fanOut(), (_counts, { origin }) => void heard.push(`${node.id} of ${origin}`));
    };
    for (const id of ['n1', 'n2', 'n3']) await lobby.cluster.run(id, listen);
    await lobby.cluster.advance(45_500);
    for (const id of ['n1', 'n2', 'n3']) {
      const figures = heard.filter((line) => line.startsWith(`${id} of ${id}:`));
      assert.ok(figures.length >= 4 && figures.length <= 6, `${figures.length} in 45 s`);
      assert.ok(
        figures.every((line) => line.endsWith(`${id === 'n2' ? 1 : 0} came, 1 there`)),
        figures.join('; '),
      );
      const lines = heard.filter((line) => line === `${id} of ${id}`).length;
      assert.ok(lines >= 8 && lines <= 10, `${lines} in 45 s`);
    }
    assert.ok(
      heard.every((line) => line.slice(0, 2) === line.slice(6, 8)),
      'each hears of itself alone',
    );
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
    for (const age of [400, 300]) {
      await store.query('INSERT INTO telemetry_events (hash, type, value, at) VALUES (?, ?, ?, ?)', [
        'h',
        `${age} days ago`,
        '{}',
        midnight - age * day,
      ]);
    }
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
    assert.deepEqual(await store.query('SELECT type FROM telemetry_events'), [{ type: '300 days ago' }]);
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
