/** Clients on different nodes through a whole battle, over real sockets and real threads. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startLobbyCluster } from '../support/lobby-cluster.ts';

const SENTENCES = 'spring\t104.0\tComet Catcher\tEU 01 test\tBeyond All Reason';
const READY_PLAYER = 4_195_330;
const SPECTATOR = 4_194_304;
const HANDICAPPED = READY_PLAYER + (22 << 11);

test('battle: two clients on two nodes go through a whole battle, a third watches from another node', async () => {
  await using lobby = await startLobbyCluster(3);
  const host = await lobby.online('n1', 'host', { flags: 'b sp' });
  const guest = await lobby.online('n2', 'guest');
  const watcher = await lobby.online('n3', 'watcher');

  host.send(`#1 OPENBATTLE 0 0 * 8452 8 gameHash 0 1565299817 ${SENTENCES}`);
  const opened = await host.waitFor(/^BATTLEOPENED \d+ 0 0 host 127\.0\.0\.1 8452 8 0 0 1565299817 spring\t/);
  const id = Number(opened.split(' ')[2]);
  await host.waitFor((line) => line === `#1 OPENBATTLE ${id}`);
  await host.waitFor((line) => line === `#1 JOINBATTLE ${id} gameHash`);
  await host.waitFor((line) => line.startsWith('#1 SETSCRIPTTAGS server/match/uuid='));
  await host.waitFor((line) => line === '#1 REQUESTBATTLESTATUS');
  for (const other of [guest, watcher]) await other.until('battle', ({ battles }) => battles.has(id));

  host.send(
    `MYBATTLESTATUS ${SPECTATOR} 0`,
    'SETSCRIPTTAGS Game/StartPosType=2\tgame/hosttype=SPADS',
    'ADDSTARTRECT 0 0 0 50 200',
    'DISABLEUNITS armcom',
    `UPDATEBATTLEINFO 1 0 77 Other Map`,
  );
  await watcher.waitFor(`UPDATEBATTLEINFO ${id} 1 0 77 Other Map`);
  await host.sync();

  guest.send(`#2 JOINBATTLE ${id} * scriptpw`);
  await host.waitFor('JOINBATTLEREQUEST guest 127.0.0.1');
  host.send('JOINBATTLEACCEPT guest');
  await guest.waitFor((line) => line === `#2 JOINBATTLE ${id} gameHash`);
  await guest.waitFor((line) => line === `#2 JOINEDBATTLE ${id} guest scriptpw`);
  await guest.waitFor((line) => line === '#2 REQUESTBATTLESTATUS');
  assert.equal(guest.model.battle?.tags.get('game/startpostype'), '2');
  assert.equal(guest.model.battle?.rectangles.get('0'), '0 0 50 200');
  assert.deepEqual([...guest.model.battle!.disabledUnits], ['armcom']);
  assert.equal(guest.model.battle?.statuses.get('host')?.status, SPECTATOR);
  await host.waitFor(`JOINEDBATTLE ${id} guest scriptpw`);
  await watcher.waitFor((line) => line === `JOINEDBATTLE ${id} guest`);

  guest.send(`#3 MYBATTLESTATUS ${READY_PLAYER} 199423`);
  await guest.waitFor((line) => line === `#3 CLIENTBATTLESTATUS guest ${READY_PLAYER} 199423`);
  await host.waitFor(`CLIENTBATTLESTATUS guest ${READY_PLAYER} 199423`);
  guest.send('ADDBOT bot1 4195398 255 NullAI 0.1', '#4 SAYBATTLE hello host');
  await guest.waitFor((line) => line === '#4 SAIDBATTLE guest hello host');
  await host.until(
    'bot and greeting',
    ({ battle }) => Boolean(battle?.bots.has('bot1')) && host.lines.includes('SAIDBATTLE guest hello host'),
  );
  host.send('UPDATEBOT bot1 4195402 255', 'SAYBATTLEEX starts', 'HANDICAP guest 22', 'SAYBATTLEPRIVATEEX guest psst');
  // What is said and what is changed travel apart: between them there is no order on another node.
  await guest.until('all four', ({ battle }) => {
    const isTold = ['SAIDBATTLEEX host starts', 'SAIDBATTLEEX host psst'].every((line) => guest.lines.includes(line));
    return (
      isTold && battle?.bots.get('bot1')?.status === 4_195_402 && battle.statuses.get('guest')?.status === HANDICAPPED
    );
  });

  host.send('MYSTATUS 1');
  await watcher.waitFor('CLIENTSTATUS host 1');
  host.send('KICKFROMBATTLE guest');
  await guest.waitFor(`REMOVEBOT ${id} bot1`);
  await guest.waitFor('FORCEQUITBATTLE');
  await guest.waitFor(`LEFTBATTLE ${id} guest`);
  await watcher.waitFor(`LEFTBATTLE ${id} guest`);

  guest.send(`JOINBATTLE ${id}`);
  await host.waitFor('JOINBATTLEREQUEST guest 127.0.0.1');
  host.send('JOINBATTLEDENY guest not again');
  await guest.waitFor('JOINBATTLEFAILED not again');

  host.send('#9 LEAVEBATTLE');
  await host.waitFor((line) => line === `#9 BATTLECLOSED ${id}`);
  await guest.waitFor(`BATTLECLOSED ${id}`);
  await watcher.waitFor(`BATTLECLOSED ${id}`);
  for (const client of [host, guest, watcher]) await client.sync();
  assert.deepEqual(lobby.violations(), []);
});

test('battle: channels, private messages and rings cross nodes', async () => {
  await using lobby = await startLobbyCluster(2);
  const [ann, bob] = [await lobby.online('n1', 'ann'), await lobby.online('n2', 'bob')];
  ann.send('JOIN main');
  await ann.waitFor('CLIENTS main ann');
  bob.send('#1 JOIN main');
  await bob.until('members', ({ channels }) => channels.get('main')?.size === 2);
  await ann.waitFor('JOINED main bob');
  ann.send('#5 SAY main hi', 'SAYEX main waves', '#6 SAYPRIVATE bob psst', 'RING bob');
  await ann.waitFor((line) => line === '#5 SAID main ann hi');
  await ann.waitFor((line) => line === '#6 SAYPRIVATE bob psst');
  await bob.until('all', () =>
    ['SAID main ann hi', 'SAIDEX main ann waves', 'SAIDPRIVATE ann psst', 'RING ann'].every((line) =>
      bob.lines.includes(line),
    ),
  );
  bob.send('LEAVE main');
  await ann.waitFor('LEFT main bob');
  bob.send('#7 CHANNELS');
  await bob.waitFor(/^CHANNEL main 1/);
  await bob.waitFor('ENDOFCHANNELS');
  assert.deepEqual(lobby.violations(), []);
});
