import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withMatchUuid } from '../../../src/lobby/battles/match-tag.ts';
import { lobbies } from '../../../src/lobby/battles/record.ts';
import { matchUpdates } from '../../../src/lobby/matches/declarations.ts';
import { matchMonitor } from '../../../src/lobby/matches/monitor.ts';
import { decodeBattleStatus, encodeBattleStatus } from '../../../src/lobby/status/battle-status.ts';
import { type Row, type Store, StoreFailed } from '../../../src/ports/index.ts';
import type { MusterNode } from '../../../src/services/index.ts';
import { OPEN_REQUEST, PLAYER } from '../records.ts';
import { memoryStore, PASSWORD, SimulatedLobby, type TestClient } from '../simulated-lobby.ts';

const LAUNCH = '* Launching game...';
const STOP = '* Server stopped (running time: 00:15:00)';

interface Game {
  readonly id: number;
  readonly host: TestClient;
  readonly players: readonly TestClient[];
}

/** A lobby of a host on n1 with two players, on n2 and n3, in teams 0 and 1. */
async function game(lobby: SimulatedLobby, tag = 'uuid-1'): Promise<Game> {
  await lobby.on('n1', async (door) => {
    await door.register({ name: 'Host', passwordHash: PASSWORD });
    await door.setRoles('Host', { bot: true });
  });
  const host = await lobby.client('Host', 'n1');
  const players = [await lobby.client('Alice', 'n2'), await lobby.client('Bob', 'n3')];
  const id = await lobby.as(host, (session) => session.battle.open(OPEN_REQUEST));
  const setUuid = async (node: MusterNode, key: number, uuid: string): Promise<void> => {
    await node.cache(lobbies).update(key, (record) => record && withMatchUuid(record, uuid));
  };
  await lobby.cluster.run('n1', setUuid, id, tag);
  for (const [ally, client] of players.entries()) {
    await lobby.as(client, (session) => session.battle.join(id));
    const status = encodeBattleStatus({ ...decodeBattleStatus(PLAYER), ally, team: ally });
    await lobby.as(client, (session) => session.battle.setStatus(status, 0));
  }
  return { id, host, players };
}

const says = (lobby: SimulatedLobby, { host }: Game, text: string): Promise<void> =>
  lobby.as(host, ({ battle }) => battle.say(text, { emote: true }));

async function rows(store: Store, table: 'matches' | 'match_members' | 'telemetry_events'): Promise<Row[]> {
  return store.query(`SELECT * FROM ${table} ORDER BY 1, 2`);
}

/** Runs until the store shows it. */
async function untilStored(lobby: SimulatedLobby, what: string, check: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await check()) return;
    await lobby.cluster.advance(100);
  }
  assert.fail(`not stored: ${what}`);
}

const finished = (store: Store, count: number) => async (): Promise<boolean> => {
  const all = await rows(store, 'matches');
  return all.length === count && all.every((row) => row.finished_at !== null);
};

/** Counts what all nodes together hear of matches. */
async function countUpdates(lobby: SimulatedLobby): Promise<string[]> {
  const heard: string[] = [];
  for (const { id } of (await lobby.cluster.inspect()).nodes) {
    await lobby.cluster.run(id, (node) =>
      node
        .subscribe(matchUpdates(), ({ kind, matchId }) => void heard.push(`${kind} ${matchId}`))
        .then(() => undefined),
    );
  }
  return heard;
}

describe('the match monitor', () => {
  it('writes a match with its players when the host launches, and its end when it stops, once in the cluster', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ nodes: 4, store });
    const played = await game(lobby);
    const heard = await countUpdates(lobby);
    await says(lobby, played, LAUNCH);
    await says(lobby, played, LAUNCH);
    await untilStored(lobby, 'begin', async () => (await rows(store, 'matches')).length > 0);
    await lobby.cluster.advance(60_000);
    await says(lobby, played, STOP);
    await says(lobby, played, STOP);
    await untilStored(lobby, 'end', finished(store, 1));
    const [match] = await rows(store, 'matches');
    assert.equal(match!.uuid, 'uuid-1');
    assert.equal(match!.lobby_id, played.id);
    assert.deepEqual([match!.team_count, match!.team_size, match!.winner], [2, 1, null]);
    assert.ok(Number(match!.finished_at) - Number(match!.started_at) >= 60_000);
    const hours = await store.query("SELECT name, ingame_minutes FROM accounts WHERE name <> 'Host' ORDER BY name");
    assert.deepEqual(
      hours.map(({ name, ingame_minutes }) => [name, ingame_minutes]),
      [
        ['Alice', 1],
        ['Bob', 1],
      ],
      'its minutes count for rank, once',
    );
    assert.deepEqual(
      (await rows(store, 'match_members')).map(({ account_id, team }) => [account_id, team]),
      played.players.map((client, at) => [client.session.user().userId, at]),
    );
    assert.equal((await rows(store, 'telemetry_events')).length, 1);
    await lobby.cluster.advance(20_000);
    assert.deepEqual(heard, [`started ${match!.id}`, `completed ${match!.id}`]);
  });

  it('takes a host that says nothing at its in-game bit, and counts what is told both ways once', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ nodes: 4, store });
    const played = await game(lobby);
    const inGame = (bit: number) => lobby.as(played.host, (session) => session.setStatus(bit));
    await inGame(1);
    await untilStored(lobby, 'begin', async () => (await rows(store, 'matches')).length === 1);
    await says(lobby, played, LAUNCH);
    await inGame(0);
    await untilStored(lobby, 'end', finished(store, 1));
    await says(lobby, played, STOP);
    await says(lobby, played, LAUNCH);
    await inGame(1);
    await says(lobby, played, STOP);
    await inGame(0);
    await untilStored(lobby, 'a second match', finished(store, 2));
    await lobby.cluster.advance(20_000);
    assert.equal((await rows(store, 'matches')).length, 2);
  });

  it('hears a host in the room of the autohosts, and nobody else', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ store });
    const played = await game(lobby);
    const [alice] = played.players as [TestClient];
    await lobby.as(alice, ({ battle }) => battle.say(LAUNCH, { emote: true }));
    await lobby.as(played.host, ({ battle }) => battle.say(LAUNCH));
    await lobby.cluster.advance(6_000);
    assert.deepEqual(await rows(store, 'matches'), []);
    await lobby.as(played.host, async ({ rooms }) => {
      await rooms.join('autohosts');
      await rooms.say('autohosts', LAUNCH);
    });
    await untilStored(lobby, 'begin', async () => (await rows(store, 'matches')).length === 1);
  });

  it('writes the result the host tells in private, and tells of the match again when it came late', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ store });
    const played = await game(lobby);
    const tell = (client: TestClient, data: unknown) =>
      lobby.as(client, (session) =>
        session.sayPrivate('AutohostMonitor', `endGameData ${Buffer.from(JSON.stringify(data)).toString('base64')}`),
      );
    await tell(played.players[0]!, { winner: 0 });
    assert.match(played.players[0]!.notices().at(-1)!, /AutohostMonitor: Only autohosts tell how a game went/);
    await tell(played.host, { winner: 0 });
    assert.match(played.host.notices().at(-1)!, /AutohostMonitor: No match of yours/);
    await says(lobby, played, LAUNCH);
    await says(lobby, played, STOP);
    await untilStored(lobby, 'end', finished(store, 1));
    const heard = await countUpdates(lobby);
    await tell(played.host, { winner: 1, map: 'Comet' });
    await tell(played.host, { winner: 0 });
    await untilStored(lobby, 'result', async () => (await rows(store, 'matches'))[0]?.winner === 1);
    assert.equal((await rows(store, 'matches'))[0]!.end_data, '{"winner":1,"map":"Comet"}');
    await lobby.cluster.advance(10_000);
    assert.equal(heard.filter((line) => line.startsWith('completed')).length, 1);
    await untilStored(lobby, 'ratings', async () => (await store.query('SELECT * FROM rated_matches')).length === 1);
  });

  it('tells Consul, who gives the next match of the lobby another id', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ store });
    const played = await game(lobby);
    const uuid = () => played.host.model.battles.get(played.id)?.tags.get('server/match/uuid');
    assert.equal(uuid(), 'uuid-1');
    await says(lobby, played, LAUNCH);
    await untilStored(lobby, 'begin', async () => (await rows(store, 'matches')).length === 1);
    await says(lobby, played, STOP);
    await lobby.until('another id', () => uuid() !== 'uuid-1');
    await says(lobby, played, LAUNCH);
    await untilStored(lobby, 'the next begin', async () => (await rows(store, 'matches')).length === 2);
    const uuids = (await rows(store, 'matches')).map((row) => row.uuid);
    assert.deepEqual(uuids, ['uuid-1', uuid()]);
  });

  it('writes what a failing store did not take as soon as it works again, all of it', async () => {
    const store = memoryStore();
    let isBroken = false;
    const batch: Store['batch'] = async (statements) => {
      if (isBroken) throw new StoreFailed('batch', 'the disk is full');
      return store.batch(statements);
    };
    await using lobby = await SimulatedLobby.start({ store: { ...store, batch } });
    const played = await game(lobby);
    isBroken = true;
    await says(lobby, played, LAUNCH);
    await lobby.cluster.advance(12_000);
    assert.deepEqual(await rows(store, 'matches'), []);
    await says(lobby, played, STOP);
    isBroken = false;
    await untilStored(lobby, 'begin and end', finished(store, 1));
    assert.equal((await rows(store, 'match_members')).length, 2);
    assert.equal((await rows(store, 'telemetry_events')).length, 1);
  });

  it('gives a match another id than one in the store, whatever the lobby says', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ store });
    const played = await game(lobby, 'old');
    await store.query(
      "INSERT INTO matches (id, uuid, lobby_id, founder_id, title, map_name, game_name, engine_version, team_count, team_size, started_at, finished_at) VALUES (100000, 'old', 1, 1, '', '', '', '', 2, 1, 0, 1)",
    );
    await says(lobby, played, LAUNCH);
    await untilStored(lobby, 'begin', async () => (await rows(store, 'matches')).length === 2);
    const uuids = (await rows(store, 'matches')).map(({ uuid }) => String(uuid));
    assert.equal(uuids.filter((uuid) => uuid === 'old').length, 1);
    assert.ok(uuids.some((uuid) => /^[0-9a-f-]{36}$/.test(uuid)));
  });

  it('ends the match of a host that is gone', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ store });
    const played = await game(lobby);
    await says(lobby, played, LAUNCH);
    await untilStored(lobby, 'begin', async () => (await rows(store, 'matches')).length === 1);
    await lobby.cluster.kill('n1');
    await untilStored(lobby, 'end', finished(store, 1));
  });

  it('one row per match, whichever nodes die while it is told', async () => {
    let runs = 0;
    for (const after of [0, 2, 5, 9, 14, 25]) {
      const store = memoryStore();
      await using lobby = await SimulatedLobby.start({ nodes: 4, store, seed: 100 + after });
      const played = await game(lobby);
      const victim = await lobby.cluster.run('n1', (node) => node.server(matchMonitor).where());
      if (victim === 'n1') continue;
      runs += 1;
      const told = says(lobby, played, LAUNCH);
      await lobby.cluster.advance(after);
      await lobby.cluster.kill(victim as string);
      await told;
      await untilStored(
        lobby,
        `begin, killed after ${after} ms`,
        async () => (await rows(store, 'matches')).length > 0,
      );
      await lobby.cluster.settled();
      const next = (await lobby.cluster.run('n1', (node) => node.server(matchMonitor).where())) as string;
      const over = says(lobby, played, STOP);
      await lobby.cluster.advance(after);
      if (next !== 'n1') await lobby.cluster.kill(next);
      await over;
      await untilStored(lobby, `end, killed after ${after} ms`, finished(store, 1));
      await lobby.cluster.advance(20_000);
      assert.equal((await rows(store, 'matches')).length, 1, `killed after ${after} ms`);
    }
    assert.ok(runs >= 3, `the host's node was never spared: ${runs}`);
  });
});
