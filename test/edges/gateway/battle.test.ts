/** Battles over real sockets: who is told what, in which order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestGateway, type TestGateway } from '../../support/gateway.ts';
import type { LobbyTestClient } from '../../support/lobby-client.ts';

const SENTENCES = 'spring\t104.0\tComet Catcher\tEU 01 test\tBeyond All Reason';
const OPEN = `OPENBATTLE 0 0 * 8452 8 gameHash 0 1565299817 ${SENTENCES}`;

async function withBattle(
  act: (
    clients: { host: LobbyTestClient; guest: LobbyTestClient; watcher: LobbyTestClient },
    test: TestGateway,
  ) => unknown,
): Promise<void> {
  await using test = await openTestGateway();
  const host = await test.online('host');
  const guest = await test.online('guest');
  const watcher = await test.online('watcher');
  host.send(OPEN);
  await host.waitFor('REQUESTBATTLESTATUS');
  await guest.waitFor(/^BATTLEOPENED/);
  await act({ host, guest, watcher }, test);
  assert.deepEqual(test.violations(), []);
  assert.deepEqual(test.errors, []);
}

async function join(guest: LobbyTestClient, more = ''): Promise<void> {
  guest.send(`JOINBATTLE 1${more}`);
  await guest.waitFor('REQUESTBATTLESTATUS');
}

test('battle: OPENBATTLE is answered by its block, with the id on every line; everybody hears BATTLEOPENED', async () => {
  await using test = await openTestGateway();
  test.lobby.firstTags = [{ key: 'server/match/uuid', value: 'u-1' }];
  const [host, watcher] = [await test.online('host'), await test.online('watcher')];
  await host.sync();
  host.send(`#3 ${OPEN}`);
  const opened = `BATTLEOPENED 1 0 0 host 127.0.0.1 8452 8 0 0 1565299817 ${SENTENCES}`;
  assert.deepEqual(await host.sync(), [
    `#3 ${opened}`,
    '#3 OPENBATTLE 1',
    '#3 JOINBATTLE 1 gameHash',
    '#3 SETSCRIPTTAGS server/match/uuid=u-1',
    '#3 REQUESTBATTLESTATUS',
  ]);
  await watcher.waitFor((line) => line === opened);
  host.send(OPEN);
  assert.deepEqual(await host.sync(), ['OPENBATTLEFAILED you are in a battle already']);
  assert.deepEqual(test.violations(), []);
});

test('battle: a host may name a map by any word; clients are told a whole number, the same each time', async () => {
  await withBattle(async ({ host, guest, watcher }) => {
    const told: string[] = [];
    for (const word of ['abc', '1.5', '0x10', '-7', '1565299817', 'abc']) {
      host.send(`UPDATEBATTLEINFO ${told.length} 0 ${word} Comet`);
      const line = await watcher.waitFor(new RegExp(`^UPDATEBATTLEINFO 1 ${told.length} 0 -?\\d{1,10} Comet$`));
      told.push(line.split(' ')[4]!);
    }
    assert.deepEqual(told.slice(3, 5), ['-7', '1565299817']);
    assert.equal(told[5], told[0]);
    assert.equal(new Set(told).size, 5);
    await host.sync();
    await guest.sync();
  });
});

test('battle: a joiner gets the whole state, the host the script password, everybody else neither', async () => {
  await withBattle(async ({ host, guest, watcher }) => {
    host.send(
      'MYBATTLESTATUS 4195330 255',
      'SETSCRIPTTAGS GAME/Speed=1=2\tgame/Mode=a b',
      'DISABLEUNITS armcom corcom',
      'ADDSTARTRECT 0 0 0 50 200',
      'ADDBOT ai1 4195402(team=16) 255 NullAI 0.1',
    );
    await host.sync();
    guest.send('#8 JOINBATTLE 1  scriptpw');
    assert.deepEqual(await guest.sync(), [
      '#8 JOINBATTLE 1 gameHash',
      '#8 JOINEDBATTLE 1 guest scriptpw',
      '#8 SETSCRIPTTAGS game/speed=1=2\tgame/mode=a b',
      '#8 DISABLEUNITS armcom corcom',
      '#8 CLIENTBATTLESTATUS host 4195330 255',
      '#8 ADDBOT 1 ai1 host 4195402 255 NullAI 0.1',
      '#8 ADDSTARTRECT 0 0 0 50 200',
      '#8 REQUESTBATTLESTATUS',
    ]);
    await host.waitFor('JOINEDBATTLE 1 guest scriptpw');
    await watcher.waitFor((line) => line === 'JOINEDBATTLE 1 guest');
  });
});

test('battle: a wrong password, an unknown battle and a second battle are refused with a reason', async () => {
  await using test = await openTestGateway();
  const [host, guest] = [await test.online('host'), await test.online('guest')];
  host.send(OPEN.replace(' * ', ' sesame '));
  await guest.waitFor(/^BATTLEOPENED 1 0 0 host \S+ 8452 8 1 /);
  guest.send('#1 JOINBATTLE 1', '#2 JOINBATTLE 7', '#3 JOINBATTLE 1 sesame', '#4 JOINBATTLE 1 sesame');
  await guest.waitFor((line) => line === '#1 JOINBATTLEFAILED wrong password');
  await guest.waitFor((line) => line === '#2 JOINBATTLEFAILED there is no such battle');
  await guest.waitFor((line) => line === '#3 JOINEDBATTLE 1 guest');
  await guest.waitFor((line) => line === '#4 JOINBATTLEFAILED you are in a battle already');
  assert.deepEqual(test.violations(), []);
});

test('battle: an empty password (two spaces) opens a battle without one', async () => {
  await using test = await openTestGateway();
  const host = await test.online('host');
  host.send(OPEN.replace(' * ', '  '));
  await host.waitFor(/^BATTLEOPENED 1 0 0 host \S+ 8452 8 0 /);
});

test('battle: a host whose client authorises joins is asked, and may accept or deny with a reason', async () => {
  await using test = await openTestGateway();
  const host = await test.online('host', { flags: 'b sp' });
  const [guest, other] = [await test.online('guest'), await test.online('other')];
  host.send(OPEN);
  await guest.waitFor(/^BATTLEOPENED/);
  guest.send('#1 JOINBATTLE 1 * pw');
  await host.waitFor('JOINBATTLEREQUEST guest 127.0.0.1');
  assert.deepEqual(await guest.sync(), [], 'who waits for a host can do other things');
  host.send('JOINBATTLEACCEPT guest');
  await guest.waitFor((line) => line === '#1 JOINEDBATTLE 1 guest pw');
  other.send('JOINBATTLE 1');
  await host.waitFor('JOINBATTLEREQUEST other 127.0.0.1');
  host.send('JOINBATTLEDENY other no spectators');
  await other.waitFor('JOINBATTLEFAILED no spectators');
  assert.deepEqual(test.violations(), []);
});

test('battle: status, chat and bots reach the members only, and the sender with his id', async () => {
  await withBattle(async ({ host, guest, watcher }) => {
    await join(guest);
    const from = watcher.lines.length;
    guest.send(
      '#1 MYBATTLESTATUS 4195402 199423',
      '#2 SAYBATTLE hi all',
      '#3 SAYBATTLEEX waves',
      '#4 ADDBOT b2 0 0 AI',
    );
    assert.deepEqual(await guest.sync(), [
      '#1 CLIENTBATTLESTATUS guest 4195402 199423',
      '#2 SAIDBATTLE guest hi all',
      '#3 SAIDBATTLEEX guest waves',
      '#4 ADDBOT 1 b2 guest 0 0 AI',
    ]);
    await host.waitFor((line) => line === 'CLIENTBATTLESTATUS guest 4195402 199423');
    await host.waitFor((line) => line === 'SAIDBATTLE guest hi all');
    host.send('SAYBATTLEPRIVATEEX guest psst', 'UPDATEBOT b2 12 5', 'REMOVEBOT b2');
    await guest.waitFor('SAIDBATTLEEX host psst');
    await guest.waitFor('UPDATEBOT 1 b2 12 5');
    await guest.waitFor('REMOVEBOT 1 b2');
    await watcher.sync();
    assert.deepEqual(
      watcher.lines
        .slice(from)
        .filter((line) => !line.startsWith('JOINEDBATTLE'))
        .slice(0, -1),
      [],
    );
  });
});

test('battle: who leaves has his bots removed first; leaving twice and commands outside a battle are silent', async () => {
  await withBattle(async ({ host, guest, watcher }) => {
    await join(guest);
    guest.send('ADDBOT b2 0 0 AI', '#5 LEAVEBATTLE');
    await guest.waitFor((line) => line === '#5 LEFTBATTLE 1 guest');
    await host.waitFor('REMOVEBOT 1 b2');
    await host.waitFor('LEFTBATTLE 1 guest');
    await watcher.waitFor('LEFTBATTLE 1 guest');
    guest.send(
      'LEAVEBATTLE',
      'SAYBATTLE hi',
      'MYBATTLESTATUS 0 0',
      'ADDBOT x 0 0 AI',
      'HANDICAP host 5',
      'SETSCRIPTTAGS a=b',
    );
    assert.deepEqual(await guest.sync(), []);
    await join(guest);
  });
});

test('battle: a kick sends FORCEQUITBATTLE, then LEFTBATTLE; the kicked may come again', async () => {
  await withBattle(async ({ host, guest, watcher }) => {
    await join(guest);
    host.send('#5 KICKFROMBATTLE guest');
    await host.waitFor((line) => line === '#5 LEFTBATTLE 1 guest');
    await guest.waitFor('FORCEQUITBATTLE');
    await guest.waitFor('LEFTBATTLE 1 guest');
    await watcher.waitFor('LEFTBATTLE 1 guest');
    await join(guest);
  });
});

test('battle: what the host sets reaches the members, and his own copy carries the id', async () => {
  await withBattle(async ({ host, guest }) => {
    await join(guest);
    host.send(
      '#1 SETSCRIPTTAGS Game/A=1\tgame/b=2',
      '#2 REMOVESCRIPTTAGS game/a\tGAME/B',
      '#3 ADDSTARTRECT 1 0 0 100 200',
      '#4 REMOVESTARTRECT 1',
      '#5 DISABLEUNITS a b',
      '#6 ENABLEUNITS a',
      '#7 ENABLEALLUNITS',
      '#8 FORCETEAMCOLOR guest 199423',
      '#9 FORCESPECTATORMODE guest',
    );
    const told = [
      'SETSCRIPTTAGS game/a=1\tgame/b=2',
      'REMOVESCRIPTTAGS game/a game/b',
      'ADDSTARTRECT 1 0 0 100 200',
      'REMOVESTARTRECT 1',
      'DISABLEUNITS a b',
      'ENABLEUNITS a',
      'ENABLEALLUNITS',
      'CLIENTBATTLESTATUS guest 0 199423',
      'CLIENTBATTLESTATUS guest 4 199423',
    ];
    assert.deepEqual(
      await host.sync(),
      ['JOINEDBATTLE 1 guest', ...told.map((line, at) => `#${at + 1} ${line}`)].slice(-9),
    );
    for (const line of told) await guest.waitFor((received) => received === line);
  });
});

test('battle: UPDATEBATTLEINFO and a new title reach everybody', async () => {
  await withBattle(async ({ host, watcher }) => {
    host.send('#1 UPDATEBATTLEINFO 3 1 -77 Other Map v2', '#2 c.battle.update_lobby_title New  title');
    await host.waitFor((line) => line === '#1 UPDATEBATTLEINFO 1 3 1 -77 Other Map v2');
    await host.waitFor((line) => line === '#2 s.battle.update_lobby_title 1\tNew  title');
    await host.waitFor((line) => line === '#2 OK cmd=c.battle.update_lobby_title');
    await watcher.waitFor((line) => line === 'UPDATEBATTLEINFO 1 3 1 -77 Other Map v2');
    await watcher.waitFor('s.battle.update_lobby_title 1\tNew  title');
  });
});

test('battle: what a host tells about its settings is passed on without a reply; from a guest it is ignored', async () => {
  await withBattle(async ({ host, guest }, { lobby }) => {
    await join(guest);
    host.send('#1 c.battle.update_host {"teamSize":"8","nbTeams":5,"boss":"guest"}');
    assert.deepEqual(
      (await host.sync()).filter((line) => line.startsWith('#1')),
      [],
    );
    guest.send('c.battle.update_host {"teamSize":"1"}');
    assert.deepEqual(await guest.sync(), []);
    assert.deepEqual(lobby.hostUpdates, [{ teamSize: '8', nbTeams: 5, boss: 'guest' }]);
    host.send('#2 c.battle.update_host [1]');
    assert.match((await host.sync())[0]!, /^#2 SERVERMSG c\.battle\.update_host failed\. Incorrect arguments/);
  });
});

test('battle: a host who leaves closes it, and everybody hears just BATTLECLOSED', async () => {
  await withBattle(async ({ host, guest, watcher }) => {
    await join(guest);
    const from = watcher.lines.length;
    host.send('#9 LEAVEBATTLE');
    await host.waitFor((line) => line === '#9 BATTLECLOSED 1');
    await guest.waitFor('BATTLECLOSED 1');
    await watcher.sync();
    assert.deepEqual(
      watcher.lines.slice(from).filter((line) => line.includes('BATTLE') && !line.startsWith('JOINED')),
      ['BATTLECLOSED 1'],
    );
  });
});

test('battle: a host whose connection breaks closes it before he is removed', async () => {
  await withBattle(async ({ host, guest, watcher }) => {
    await join(guest);
    await host[Symbol.asyncDispose]();
    await watcher.waitFor('BATTLECLOSED 1');
    await watcher.waitFor('REMOVEUSER host');
    await guest.sync();
    assert.equal(guest.model.battle, undefined);
  });
});

test('battle: who is moved to another battle gets LEFTBATTLE, then the whole block of the other, without an id', async () => {
  await withBattle(async ({ host, guest, watcher }, { lobby }) => {
    watcher.send(OPEN);
    await watcher.waitFor('REQUESTBATTLESTATUS');
    watcher.send('SETSCRIPTTAGS game/a=1');
    await watcher.sync();
    await join(guest);
    await guest.sync();
    const from = guest.lines.length;
    [...lobby.online.values()].find((session) => session.user().name === 'guest')!.moveTo(2);
    await guest.waitFor('REQUESTBATTLESTATUS');
    assert.deepEqual(guest.lines.slice(from), [
      'LEFTBATTLE 1 guest',
      'JOINBATTLE 2 gameHash',
      'JOINEDBATTLE 2 guest',
      'SETSCRIPTTAGS game/a=1',
      'CLIENTBATTLESTATUS watcher 0 0',
      'REQUESTBATTLESTATUS',
    ]);
    await host.waitFor('LEFTBATTLE 1 guest');
    await host.waitFor('JOINEDBATTLE 2 guest');
  });
});

test('battle: c.battles.list_ids lists the open battles', async () => {
  await withBattle(async ({ watcher, guest }) => {
    guest.send(OPEN);
    await watcher.waitFor(/^BATTLEOPENED 2/);
    watcher.send('#4 c.battles.list_ids');
    await watcher.waitFor((line) => line === '#4 s.battles.id_list 1\t2');
  });
});

test('battle: a thousand script tags reach a joiner in lines of bearable length', async () => {
  await withBattle(async ({ guest }, { lobby }) => {
    const tags = Array.from({ length: 1_000 }, (_, at) => ({
      key: `game/modoptions/option${at}`,
      value: 'x'.repeat(20),
    }));
    lobby.battleMap.get(1)!.tags.push(...tags);
    await join(guest);
    assert.equal(guest.model.battle!.tags.size, 1_000);
    assert.ok(guest.lines.every((line) => line.length < 10_000));
  });
});

const wrong = [
  'OPENBATTLE 2 0 * 8452 8 h 0 1 a\tb\tc\td\te',
  'OPENBATTLE 0 0 * 99999 8 h 0 1 a\tb\tc\td\te',
  'OPENBATTLE 0 0 * 8452 8 h 0 1 a\tb\tc\td',
  'OPENBATTLE',
  'JOINBATTLE',
  'JOINBATTLE abc',
  'MYBATTLESTATUS 1',
  'MYBATTLESTATUS -1 0',
  'MYBATTLESTATUS 2147483648 0',
  'UPDATEBATTLEINFO 1 2 3 map',
  'SETSCRIPTTAGS novalue',
  'SETSCRIPTTAGS',
  'ADDSTARTRECT 1 2 3 4',
  'HANDICAP guest 101',
  'DISABLEUNITS',
  'ADDBOT bot 1 2',
];
for (const line of wrong) {
  test(`battle: ${JSON.stringify(line)} is answered with what is wrong`, async () => {
    await using test = await openTestGateway();
    const client = await test.online('ann');
    client.send(`#1 ${line}`);
    const answers = await client.sync();
    assert.equal(answers.length, 1);
    assert.match(answers[0]!, /^#1 SERVERMSG [A-Z]+ failed\. Incorrect arguments\. \(.+\)$/);
  });
}
