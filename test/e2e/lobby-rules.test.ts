/** What hosts, members and Consul may do in a lobby, as the lines of real clients on two nodes. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { LobbyTestClient } from '../support/lobby-client.ts';
import { type LobbyCluster, startLobbyCluster } from '../support/lobby-cluster.ts';

const SENTENCES = 'spring\t104.0\tComet Catcher\tEU 01 test\tBeyond All Reason';
const open = (password = '*') => `OPENBATTLE 0 0 ${password} 8452 8 gameHash 0 1565299817 ${SENTENCES}`;
const PLAYER = 4_195_330;
const SPECTATOR = PLAYER & ~(1 << 10);

let lobby: LobbyCluster;
let made = 0;

before(async () => {
  lobby = await startLobbyCluster(2);
});
after(async () => {
  assert.deepEqual(lobby.violations(), []);
  await lobby[Symbol.asyncDispose]();
});

/** A host on n1 with a lobby, a guest on n2 in it, and somebody on n1 who only looks on. Everybody has a new name. */
async function scene(password = '*') {
  made += 1;
  const [hostName, guestName] = [`host${made}`, `guest${made}`];
  const host = await lobby.online('n1', hostName);
  const guest = await lobby.online('n2', guestName);
  const watcher = await lobby.online('n1', `watcher${made}`);
  const id = await opens(host, password);
  for (const other of [guest, watcher]) await other.until('the battle', ({ battles }) => battles.has(id));
  const joins = async (client: LobbyTestClient, more = ''): Promise<void> => {
    client.send(`JOINBATTLE ${id} ${password} ${more}`.trimEnd());
    await client.waitFor('REQUESTBATTLESTATUS');
  };
  await joins(guest);
  for (const other of [host, watcher]) await other.waitFor(`JOINEDBATTLE ${id} ${guestName}`);
  return { host, guest, watcher, id, hostName, guestName, joins };
}

async function opens(host: LobbyTestClient, password = '*'): Promise<number> {
  host.send(open(password));
  const line = await host.waitFor(/^OPENBATTLE \d+$/);
  await host.waitFor('REQUESTBATTLESTATUS');
  return Number(line.split(' ')[1]);
}

async function moderator(): Promise<LobbyTestClient> {
  made += 1;
  const name = `mod${made}`;
  const plain = await lobby.online('n2', name);
  plain.send('EXIT');
  await plain.closed;
  await lobby.cluster.run(
    'n1',
    (node, who) => node.store.query('UPDATE accounts SET moderator = 1 WHERE name = ?', [who]),
    name,
  );
  const client = await lobby.guest('n2');
  await client.login(name);
  return client;
}

test('lobby: it has its match id from the first block on, and a joiner gets it', async () => {
  const { host, guest } = await scene();
  const tag = host.lines.find((line) => line.startsWith('SETSCRIPTTAGS '));
  assert.match(tag!, /^SETSCRIPTTAGS server\/match\/uuid=[0-9a-f-]{36}$/);
  assert.ok(guest.lines.includes(tag!));
});

test('lobby: a wrong password is refused, the right one lets in; only host and joiner learn the script password', async () => {
  const { host, watcher, id, joins } = await scene('sesame');
  made += 1;
  const other = await lobby.online('n2', `other${made}`);
  await other.until('the battle', ({ battles }) => battles.has(id));
  other.send(`JOINBATTLE ${id}`, `JOINBATTLE ${id} wrong`);
  for (let times = 0; times < 2; times++) await other.waitFor('JOINBATTLEFAILED Invalid password');
  await joins(other, 'script');
  assert.ok(other.lines.includes(`JOINEDBATTLE ${id} other${made} script`));
  await host.waitFor(`JOINEDBATTLE ${id} other${made} script`);
  await watcher.waitFor((line) => line === `JOINEDBATTLE ${id} other${made}`);
});

test('lobby: what the host forces on a member changes that part of his status', async () => {
  const { host, guest, guestName } = await scene();
  guest.send(`MYBATTLESTATUS ${PLAYER} 255`);
  await host.waitFor(`CLIENTBATTLESTATUS ${guestName} ${PLAYER} 255`);
  const forces: [command: string, status: number, colour: number][] = [
    ['HANDICAP 87', PLAYER | (87 << 11), 255],
    ['HANDICAP 0', PLAYER, 255],
    ['FORCETEAMNO 1', 4_195_334, 255],
    ['FORCEALLYNO 1', 4_195_398, 255],
    ['FORCETEAMCOLOR 199423', 4_195_398, 199_423],
    ['FORCESPECTATORMODE', 4_194_374, 199_423],
  ];
  for (const [command, status, colour] of forces) {
    const [name, ...values] = command.split(' ');
    host.send([name, guestName, ...values].join(' '));
    await guest.waitFor(`CLIENTBATTLESTATUS ${guestName} ${status} ${colour}`);
  }
  guest.send(`HANDICAP ${guestName} 5`, `KICKFROMBATTLE ${guestName}`, 'SETSCRIPTTAGS a=b', 'ADDSTARTRECT 0 0 0 1 1');
  assert.deepEqual(await guest.sync(), [], 'who is not the host is ignored');
});

test('lobby: tags, rectangles and units come and go; what was never there is no fault', async () => {
  const { host, guest } = await scene();
  const told = [
    ['SETSCRIPTTAGS Game/A=1\tgame/b=2', 'SETSCRIPTTAGS game/a=1\tgame/b=2'],
    ['REMOVESCRIPTTAGS never/there\tGAME/A', 'REMOVESCRIPTTAGS game/a'],
    ['REMOVESCRIPTTAGS never/there', ''],
    ['REMOVESTARTRECT 7', ''],
    ['ADDSTARTRECT 1 0 0 100 200', 'ADDSTARTRECT 1 0 0 100 200'],
    ['REMOVESTARTRECT 1', 'REMOVESTARTRECT 1'],
    ['ENABLEUNITS armcom', ''],
    ['DISABLEUNITS armcom corcom', 'DISABLEUNITS armcom corcom'],
    ['ENABLEUNITS armcom', 'ENABLEUNITS armcom'],
    ['ENABLEALLUNITS', 'ENABLEALLUNITS'],
  ] as const;
  for (const [command, line] of told) {
    host.send(command);
    assert.deepEqual(await host.sync(), line === '' ? [] : [line], command);
    if (line !== '') await guest.waitFor(line);
  }
});

test('lobby: bots are for players, and go before who brought them; leaving twice is silent', async () => {
  const { host, guest, id, guestName } = await scene();
  guest.send('ADDBOT b1 0 0 AI', 'SAYBATTLE still here');
  await host.waitFor(`SAIDBATTLE ${guestName} still here`);
  assert.ok(!host.lines.some((line) => line.startsWith('ADDBOT')), 'a spectator brings none');
  guest.send(`MYBATTLESTATUS ${PLAYER} 0`, 'ADDBOT b1 4195402 5 NullAI 0.1');
  await host.waitFor(`ADDBOT ${id} b1 ${guestName} 4195402 5 NullAI 0.1`);
  host.send('UPDATEBOT b1 4195398 6');
  await guest.waitFor(`UPDATEBOT ${id} b1 4195398 6`);
  guest.send('LEAVEBATTLE', 'LEAVEBATTLE', 'ADDBOT b2 0 0 AI', 'REMOVEBOT b1', 'SAYBATTLE x', 'MYBATTLESTATUS 0 0');
  const lines = (await guest.sync()).filter((line) => !/^(CLIENTBATTLESTATUS|ADDBOT|UPDATEBOT)/.test(line));
  assert.deepEqual(lines, [`REMOVEBOT ${id} b1`, `LEFTBATTLE ${id} ${guestName}`]);
  await host.waitFor(`REMOVEBOT ${id} b1`);
  await host.waitFor(`LEFTBATTLE ${id} ${guestName}`);
});

test('lobby: who was kicked may come again', async () => {
  const { host, guest, watcher, id, guestName, joins } = await scene();
  host.send(`KICKFROMBATTLE ${guestName}`);
  await guest.waitFor('FORCEQUITBATTLE');
  await guest.waitFor(`LEFTBATTLE ${id} ${guestName}`);
  await watcher.waitFor(`LEFTBATTLE ${id} ${guestName}`);
  await joins(guest);
  await watcher.waitFor(`JOINEDBATTLE ${id} ${guestName}`);
});

test('lobby: a host who leaves and opens again closes the one and opens another; nobody hears anything else', async () => {
  const { host, guest, watcher, id } = await scene();
  const from = watcher.lines.length;
  host.send('LEAVEBATTLE');
  const next = await opens(host);
  assert.notEqual(next, id);
  await watcher.until('the next', ({ battles }) => battles.has(next));
  const lines = watcher.lines.slice(from).filter((line) => /BATTLE/.test(line));
  assert.deepEqual(
    lines.map((line) => line.split(' ').slice(0, 2).join(' ')),
    [`BATTLECLOSED ${id}`, `BATTLEOPENED ${next}`],
  );
  guest.send(`JOINBATTLE ${next}`);
  await guest.waitFor(`JOINBATTLE ${next} gameHash`);
});

test('lobby: a new title is told to all, and its host gets OK', async () => {
  const { host, guest, watcher, id } = await scene();
  guest.send('c.battle.update_lobby_title mine now');
  host.send('#5 c.battle.update_lobby_title Calm  lobby');
  await host.waitFor((line) => line === '#5 OK cmd=c.battle.update_lobby_title');
  for (const other of [guest, watcher]) await other.waitFor(/^s\.battle\.update_lobby_title/);
  for (const { lines } of [host, guest, watcher]) {
    const titles = lines.map((line) => line.replace(/^#5 /, '')).filter((line) => line.startsWith('s.battle.update'));
    assert.deepEqual(titles, [`s.battle.update_lobby_title ${id}\tCalm  lobby`]);
  }
});

test('lobby: c.battle.update_host reaches Consul without a reply, and nonsense is answered', async () => {
  const { host, guest, guestName } = await scene();
  host.send(`c.battle.update_host {"teamSize":"1","nbTeams":2,"boss":"${guestName}"}`);
  assert.deepEqual(await host.sync(), []);
  guest.send('c.battle.update_host {"teamSize":"7"}', 'SAYBATTLE $%s');
  await guest.waitFor('SAIDPRIVATE Coordinator Players: 0 of 2, in the lobby: 2');
  await guest.waitFor('SAIDPRIVATE Coordinator Team size: 1, teams: 2');
  await guest.waitFor(`SAIDPRIVATE Coordinator Boss: ${guestName}`);
  for (const text of ['{', '[]', '5', '']) {
    host.send(`c.battle.update_host ${text}`);
    await host.waitFor(/^SERVERMSG c\.battle\.update_host failed\. Incorrect arguments\./);
  }
});

test('lobby: who Consul refuses to play gets his old status again; a ban puts out and keeps out', async () => {
  const { host, guest, watcher, id, guestName } = await scene();
  guest.send(`MYBATTLESTATUS ${SPECTATOR} 9`);
  await guest.waitFor(`CLIENTBATTLESTATUS ${guestName} ${SPECTATOR} 9`);
  host.send('SAYBATTLE $lock player');
  await guest.waitFor(/^SAIDBATTLE host\d+ \$lock player/);
  guest.send(`#4 MYBATTLESTATUS ${PLAYER} 9`);
  await guest.waitFor((line) => line === `#4 CLIENTBATTLESTATUS ${guestName} ${SPECTATOR} 9`);
  host.send(`SAYBATTLE $lobbyban ${guestName.toUpperCase()} not you`);
  await guest.waitFor('FORCEQUITBATTLE');
  await guest.waitFor(`LEFTBATTLE ${id} ${guestName}`);
  await watcher.waitFor(`LEFTBATTLE ${id} ${guestName}`);
  guest.send(`JOINBATTLE ${id}`);
  await guest.waitFor('JOINBATTLEFAILED not you');
});

test('lobby: unknown commands get a private notice, $ with a space is chat, what is for the Coordinator is not echoed', async () => {
  const { host, guest, guestName } = await scene();
  guest.send('SAYBATTLE $nonsense', 'SAYBATTLE $whoami', 'SAYBATTLE $ 5', 'SAYBATTLE $joinq');
  await guest.waitFor(/^SAIDPRIVATE Coordinator No command of the name \$nonsense/);
  await host.waitFor(`SAIDBATTLE ${guestName} $ 5`);
  await host.waitFor(`SAIDBATTLE ${guestName} $joinq`);
  const said = host.lines.filter((line) => line.startsWith(`SAIDBATTLE ${guestName} `));
  assert.deepEqual(said, [`SAIDBATTLE ${guestName} $ 5`, `SAIDBATTLE ${guestName} $joinq`]);
});

test('lobby: a split moves clients with LEFTBATTLE, then the block of the lobby they did not ask for', async () => {
  const { host, guest, id, guestName } = await scene();
  const mod = await moderator();
  made += 1;
  const landlord = await lobby.online('n1', `landlord${made}`);
  const empty = await opens(landlord);
  mod.send(`JOINBATTLE ${id}`);
  await mod.waitFor('REQUESTBATTLESTATUS');
  await guest.until('both lobbies', ({ battles }) => battles.has(empty));
  guest.send('SAYBATTLE $splitlobby');
  await mod.waitFor(/^SAIDPRIVATE Coordinator .*\$y/);
  mod.send('SAYPRIVATE Coordinator $y', 'SAYBATTLE $dosplit');
  const others = [...guest.model.battles.keys()].filter((other) => other !== id);
  await guest.waitFor(`LEFTBATTLE ${id} ${guestName}`);
  const line = await guest.waitFor(/^JOINBATTLE \d+ gameHash$/);
  const to = Number(line.split(' ')[1]);
  assert.ok(others.includes(to));
  await guest.waitFor(`JOINEDBATTLE ${to} ${guestName}`);
  await guest.waitFor('REQUESTBATTLESTATUS');
  await host.waitFor(`LEFTBATTLE ${id} ${guestName}`);
});
