/** Seats that are held over a lost connection, a killed node and a rolling restart: real sockets, real threads. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countOf, join, open } from '../support/battles.ts';
import type { LobbyTestClient } from '../support/lobby-client.ts';
import { type LobbyCluster, startLobbyCluster } from '../support/lobby-cluster.ts';

const settings = { graceMs: 30_000 };
const READY_PLAYER = 4_195_330;

async function comesBack(lobby: LobbyCluster, node: string, name: string): Promise<LobbyTestClient> {
  const client = await lobby.guest(node);
  await client.login(name);
  return client;
}

/** A line that everybody in the battle hears, so that all before it has arrived. */
async function heard(from: LobbyTestClient, by: LobbyTestClient, text: string): Promise<void> {
  from.send(`SAYBATTLE ${text}`);
  await by.waitFor((line) => line.startsWith('SAIDBATTLE ') && line.endsWith(text));
}

test('a client that lost its connection is in its battle again when it logs in on another node; the others saw nothing', async () => {
  await using lobby = await startLobbyCluster(3, { settings });
  const host = await lobby.online('n1', 'host');
  const ann = await lobby.online('n2', 'ann');
  const id = await open(host);
  await join(ann, id);
  ann.send(`MYBATTLESTATUS ${READY_PLAYER} 5`, 'ADDBOT bot1 0 0 AI');
  await host.until('the bot', ({ battle }) => battle?.bots.has('bot1') ?? false);
  const before = host.lines.length;
  await ann[Symbol.asyncDispose]();
  const again = await comesBack(lobby, 'n3', 'ann');
  await again.waitFor(`JOINBATTLE ${id} gameHash`);
  await again.waitFor(`JOINEDBATTLE ${id} ann`);
  await again.waitFor('REQUESTBATTLESTATUS');
  assert.ok(again.model.battle?.bots.has('bot1'));
  await heard(again, host, 'I am back');
  assert.deepEqual(host.lines.slice(before), ['SAIDBATTLE ann I am back']);
  again.send('EXIT');
  await host.waitFor('REMOVEUSER ann');
  assert.deepEqual(lobby.violations(), []);
});

test('a host that comes back finds the script passwords of all, and may open anew, whatever it answered before: the old battle closes', async () => {
  await using lobby = await startLobbyCluster(2, { settings });
  const host = await lobby.online('n1', 'host');
  const ann = await lobby.online('n2', 'ann');
  const id = await open(host);
  ann.send(`JOINBATTLE ${id} * secret`);
  await host.waitFor(`JOINEDBATTLE ${id} ann secret`);
  host.send('MYSTATUS 1');
  await ann.waitFor('CLIENTSTATUS host 1');
  await host[Symbol.asyncDispose]();
  const again = await comesBack(lobby, 'n2', 'host');
  await again.waitFor('REQUESTBATTLESTATUS');
  const own = again.lines.slice(again.lines.indexOf('LOGININFOEND') + 1);
  const [reopened, told] = [own.indexOf(`OPENBATTLE ${id}`), own.indexOf(`JOINEDBATTLE ${id} ann secret`)];
  assert.ok(reopened >= 0 && told > reopened, own.join('\n'));
  assert.equal(countOf(again, /^JOINEDBATTLE /), 1, 'nobody comes in twice');

  // SPADS answers what every client is asked, and then opens its battle as after any login.
  again.send(`MYBATTLESTATUS ${READY_PLAYER} 5`);
  await again.waitFor(/^CLIENTBATTLESTATUS host /);
  again.send('OPENBATTLE 0 0 * 8452 8 gameHash 0 1565299817 spring\t104.0\tComet Catcher\tEU 01\tBAR');
  await ann.waitFor(`BATTLECLOSED ${id}`);
  await ann.until('the new battle', ({ battles }) => [...battles.keys()].some((battle) => battle !== id));
  // The game ended while it was away: it says so only of games that it sees end.
  await ann.waitFor('CLIENTSTATUS host 0');
  await again.until('it hosts', ({ battle }) => battle !== undefined && battle.id !== id);
  assert.deepEqual(lobby.violations(), []);
});

test('a rolling restart closes no battle whose host is elsewhere or comes back: its members never leave', async () => {
  await using lobby = await startLobbyCluster(3, { settings });
  let host = await lobby.online('n1', 'host');
  let ann = await lobby.online('n2', 'ann');
  const id = await open(host);
  await join(ann, id);
  const watcher = await lobby.online('n3', 'watcher');

  await lobby.cluster.stop('n1');
  await host.closed;
  assert.ok(host.lines.includes('s.system.shutdown'));
  host = await comesBack(lobby, 'n3', 'host');
  await host.waitFor(`OPENBATTLE ${id}`);
  await host.waitFor('REQUESTBATTLESTATUS');
  assert.deepEqual([...(host.model.battles.get(id)?.members ?? [])].sort(), ['ann', 'host']);
  await lobby.cluster.start('n1');

  await lobby.cluster.stop('n2');
  await ann.closed;
  ann = await comesBack(lobby, 'n1', 'ann');
  await ann.waitFor('REQUESTBATTLESTATUS');
  await lobby.cluster.start('n2');
  await heard(ann, host, 'all here');

  host.send(`c.battle.update_lobby_title still open`);
  await watcher.waitFor(`s.battle.update_lobby_title ${id}\tstill open`);
  assert.ok(!watcher.lines.includes('s.system.shutdown'), 'clients of other nodes are not told of a stop');
  for (const line of [`BATTLECLOSED ${id}`, `LEFTBATTLE ${id} ann`, 'REMOVEUSER host', 'REMOVEUSER ann'])
    assert.equal(countOf(watcher, line), 0, line);
  assert.deepEqual(lobby.violations(), []);
});
