/** A match from the queue to its start, over real sockets and real threads: teams are balanced by the pool of tasks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countOf } from '../support/battles.ts';
import type { LobbyTestClient } from '../support/lobby-client.ts';
import { startLobbyCluster } from '../support/lobby-cluster.ts';

const SYNCED_SPECTATOR = 4_194_304;
const DEADLINE_MS = 20_000;

/** The queues are listed soon after the start. */
async function queueNamed(client: LobbyTestClient, name: string): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    client.send('c.matchmaking.list_all_queues');
    const line = await client.waitFor(/^s\.matchmaking\.full_queue_list/);
    const id = new RegExp(`[ \t](\\d+):${name}(\t|$)`).exec(line)?.[1];
    if (id !== undefined) return Number(id);
    await client.sync();
  }
  throw new Error(`no queue ${name}`);
}

test('matchmaking: two clients on two nodes are asked, moved without asking, and their game is started', async () => {
  await using lobby = await startLobbyCluster(3);
  const host = await lobby.online('n1', 'host', { flags: 'b sp' });
  const players = [await lobby.online('n2', 'alice'), await lobby.online('n3', 'bob')];
  host.send('OPENBATTLE 0 0 * 8452 8 gameHash 0 1565299817 spring\t104.0\tComet Catcher\tEU 01\tBAR');
  await host.waitFor('REQUESTBATTLESTATUS');
  const battle = host.model.battle!.id;
  const queue = await queueNamed(players[0]!, 'Duel');
  for (const player of players) {
    player.send(`c.matchmaking.join_queue ${queue}`);
    await player.waitFor(`OK cmd=c.matchmaking.join_queue\t${queue}`);
  }
  for (const player of players) {
    await player.waitFor(`s.matchmaking.ready_check ${queue}`, DEADLINE_MS);
    player.send('c.matchmaking.ready');
  }
  for (const player of players) {
    await player.waitFor(`JOINBATTLE ${battle} gameHash`, DEADLINE_MS);
    await player.waitFor('REQUESTBATTLESTATUS');
    player.send(`MYBATTLESTATUS ${SYNCED_SPECTATOR} 255`);
  }
  await host.waitFor('SAIDPRIVATE Coordinator !preset duel', DEADLINE_MS);
  await host.waitFor(/^SAIDBATTLE (alice|bob) !cv forcestart$/, DEADLINE_MS);
  await host.waitFor(/^SAIDBATTLE (alice|bob) !y$/, DEADLINE_MS);
  const statuses = ['alice', 'bob'].map((name) => host.model.battle!.statuses.get(name)!.status);
  assert.deepEqual(statuses.map((status) => (status >> 6) & 15).sort(), [0, 1], 'one in each team');
  assert.ok(
    statuses.every((status) => (status & (1 << 10)) !== 0 && (status & 2) !== 0),
    'both play and are ready',
  );
  assert.equal(host.model.battle!.tags.get('server/match/queue_id'), String(queue));
  assert.equal(countOf(host, /^JOINBATTLEREQUEST/), 0, 'the host was not asked');
  assert.deepEqual(lobby.violations(), []);
});
