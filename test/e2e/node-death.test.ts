/** What clients see when a node dies, stops or comes back, over real sockets and real threads. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cluster } from '../../src/cluster/index.ts';
import { countOf, join, open } from '../support/battles.ts';
import type { LobbyTestClient } from '../support/lobby-client.ts';
import { type LobbyCluster, startLobbyCluster } from '../support/lobby-cluster.ts';

const DEADLINE_MS = 15_000;
/** Only players may add bots. */
const READY_PLAYER = 4_195_330;

async function whereConsulRuns(cluster: Cluster, id: number): Promise<string | undefined> {
  const { nodes } = await cluster.inspect();
  const runs = ({ servers }: (typeof nodes)[number]): boolean =>
    servers.some(({ server, state }) => server === `consul/${id}` && state === 'running');
  return nodes.find(runs)?.id;
}

async function seeLeave(watcher: LobbyTestClient, name: string): Promise<void> {
  await watcher.until(`${name} is gone`, ({ users }) => !users.has(name), DEADLINE_MS);
}

test('node death: every other client sees its clients leave, once, in order; their battle closes; the rest goes on', async () => {
  await using lobby = await startLobbyCluster(3);
  const doomedHost = await lobby.online('n2', 'doomedHost');
  const doomedGuest = await lobby.online('n2', 'doomedGuest');
  const host = await lobby.online('n1', 'host');
  const watcher = await lobby.online('n3', 'watcher');
  const doomed = await open(doomedHost);
  const alive = await open(host);
  await join(doomedGuest, alive);
  doomedGuest.send(`MYBATTLESTATUS ${READY_PLAYER} 0`, 'ADDBOT bot1 0 0 AI', 'JOIN main');
  await join(watcher, doomed);
  watcher.send('JOIN main');
  for (const client of [host, watcher]) {
    await client.until('all are in', ({ battles }) => [...battles.values()].every(({ members }) => members.size === 2));
  }
  await host.until('the bot', ({ battle }) => battle?.bots.has('bot1') ?? false);
  await watcher.until('main', ({ channels }) => channels.get('main')?.size === 2);

  await lobby.cluster.kill('n2');
  await Promise.all([doomedHost.closed, doomedGuest.closed]);
  for (const client of [host, watcher]) {
    await seeLeave(client, 'doomedHost');
    await seeLeave(client, 'doomedGuest');
    await client.sync();
    assert.deepEqual([...client.model.battles.keys()], [alive]);
    for (const line of [
      `BATTLECLOSED ${doomed}`,
      `LEFTBATTLE ${alive} doomedGuest`,
      'REMOVEUSER doomedHost',
      'REMOVEUSER doomedGuest',
    ]) {
      assert.equal(countOf(client, line), 1, line);
    }
  }
  assert.equal(countOf(host, `REMOVEBOT ${alive} bot1`), 1);
  assert.equal(watcher.lines.filter((line) => line.startsWith('LEFT main doomedGuest')).length, 1);

  await join(watcher, alive);
  watcher.send('SAYBATTLE we go on');
  await host.waitFor('SAIDBATTLE watcher we go on');
  assert.deepEqual(lobby.violations(), []);
});

test('node death: the node comes back under the same id, and its users log in again', async () => {
  await using lobby = await startLobbyCluster(2);
  const watcher = await lobby.online('n1', 'watcher');
  await lobby.online('n2', 'bob');
  await lobby.cluster.kill('n2');
  await seeLeave(watcher, 'bob');
  await lobby.cluster.start('n2');
  const again = await lobby.guest('n2');
  await again.login('bob');
  await watcher.until('bob is back', ({ users }) => users.has('bob'));
  assert.ok(again.model.users.has('watcher'));
  assert.deepEqual(lobby.violations(), []);
});

/** A battle whose consul runs on another node than its people. */
async function openWithConsulOn(lobby: LobbyCluster, host: LobbyTestClient, node: string): Promise<number> {
  for (let tries = 0; tries < 40; tries++) {
    const id = await open(host);
    const where = await lobby.cluster.waitFor('its consul', () => whereConsulRuns(lobby.cluster, id));
    if (where === node) return id;
    host.send('LEAVEBATTLE');
    await host.waitFor(`BATTLECLOSED ${id}`);
  }
  throw new Error(`no consul was placed on ${node} in 40 battles`);
}

test('node death: the consul of a battle starts elsewhere with its locks when its node is killed', async () => {
  await using lobby = await startLobbyCluster(3);
  const host = await lobby.online('n1', 'host');
  const guest = await lobby.online('n2', 'guest');
  const id = await openWithConsulOn(lobby, host, 'n3');
  await join(guest, id);
  host.send('SAYBATTLE $lock team');
  host.send('SAYBATTLE $status');
  await host.waitFor(/^SAIDPRIVATE Coordinator .*[Ll]ocks.*team/, DEADLINE_MS);
  await lobby.cluster.kill('n3');
  await lobby.cluster.waitFor('its consul again', () => whereConsulRuns(lobby.cluster, id));
  guest.send('SAYBATTLE $status');
  await guest.waitFor(/^SAIDPRIVATE Coordinator .*[Ll]ocks.*team/, DEADLINE_MS);
  assert.deepEqual(lobby.violations(), []);
});

test('node stop: its clients are told, disconnected, and gone for the others once', async () => {
  await using lobby = await startLobbyCluster(2);
  const watcher = await lobby.online('n1', 'watcher');
  const bob = await lobby.online('n2', 'bob');
  const id = await open(bob);
  await join(watcher, id);
  await lobby.cluster.stop('n2');
  await bob.closed;
  assert.ok(bob.lines.includes('s.system.shutdown'));
  await seeLeave(watcher, 'bob');
  await watcher.sync();
  assert.equal(countOf(watcher, `BATTLECLOSED ${id}`), 1);
  assert.equal(countOf(watcher, 'REMOVEUSER bob'), 1);
  assert.equal(countOf(watcher, 's.system.shutdown'), 0, 'the clients of the other node are not told');
  assert.deepEqual(lobby.violations(), []);
});

test('node join: a node that is added shows its first client everybody who is there', async () => {
  await using lobby = await startLobbyCluster(2);
  const [host, guest] = [await lobby.online('n1', 'host'), await lobby.online('n2', 'guest')];
  const id = await open(host);
  await join(guest, id);
  const added = await lobby.cluster.add();
  const late = await lobby.online(added, 'late');
  assert.deepEqual([...late.model.battles.get(id)!.members], ['host', 'guest']);
  await host.until('late is seen', ({ users }) => users.has('late'));
  await join(late, id);
  await guest.waitFor(`JOINEDBATTLE ${id} late`);
  assert.deepEqual(lobby.violations(), []);
});
