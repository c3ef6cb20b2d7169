/** The one strict client, which judges every line in the tests of the gateway: a good stream passes, each fault real clients disconnect on is found. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientModel } from '../../support/client-model.ts';

const GREETING = 'TASSERVER 0.38-88-gdc81d03 * 18201 0';

function judge(lines: readonly string[]): ClientModel {
  const model = new ClientModel();
  for (const line of lines) model.receive(line);
  return model;
}

/** me, bob and eve are online; bob hosts battle 3, eve is in it; me is in channel main with bob. */
const ONLINE = [
  GREETING,
  'ACCEPTED me',
  'MOTD hello',
  'ADDUSER bob ?? 2 SPADS v0.13',
  'ADDUSER eve DE 4 SPADS v0.13',
  'ADDUSER me ?? 3 SPADS v0.13',
  'BATTLEOPENED 3 0 0 bob 127.0.0.1 8452 8 0 0 1565299817 spring\t104.0\tComet\tEU 01\tBAR',
  'UPDATEBATTLEINFO 3 1 0 1565299817 Comet',
  'JOINEDBATTLE 3 eve',
  'CLIENTSTATUS eve 64',
  'LOGININFOEND',
  'JOIN main',
  'JOINED main me',
  'CHANNELTOPIC main bob',
  'CLIENTS main me bob',
];
/** The same, and me is in battle 3 with a bot of bob's. */
const IN_BATTLE = [
  ...ONLINE,
  'JOINBATTLE 3 gameHash',
  'JOINEDBATTLE 3 me secret',
  'SETSCRIPTTAGS game/a=1\tgame/b=2',
  'CLIENTBATTLESTATUS bob 4195330 0',
  'ADDBOT 3 bot1 bob 12 255 NullAI',
  'REQUESTBATTLESTATUS',
];
/** Somebody else's battle. */
const OTHER_BATTLE = 'BATTLEOPENED 8 0 0 ann 127.0.0.1 8452 8 0 0 1 spring\t104.0\tComet\tAnn\tBAR';
/** me hosts battle 9. */
const HOSTING = [
  ...ONLINE,
  'BATTLEOPENED 9 0 0 me 127.0.0.1 8452 8 0 0 1 spring\t104.0\tComet\tMine\tBAR',
  'OPENBATTLE 9',
  'JOINBATTLE 9 gameHash',
  'REQUESTBATTLESTATUS',
];

test('strict client: a login stream as a real server sends it passes', () => {
  const model = judge([
    'TASSERVER 0.38-88-gdc81d03 * 18201 0',
    'ACCEPTED perl_play1',
    'MOTD welcome',
    'ADDUSER ChanServ ?? 1 ChanServ',
    'ADDUSER perl_host1 ?? 2 SPADS v0.13',
    'ADDUSER perl_watch1 ?? 4 SPADS v0.13',
    'ADDUSER perl_play1 ?? 3 SPADS v0.13',
    'BATTLEOPENED 3 0 0 perl_host1 127.0.0.1 8452 8 0 0 1565299817 spring\t104.0.1-1784\tComet Catcher Redux\tEU 01 test\tBeyond All Reason',
    'UPDATEBATTLEINFO 3 1 0 1565299817 Comet Catcher Redux',
    'CLIENTSTATUS ChanServ 64',
    'LOGININFOEND',
  ]);
  assert.deepEqual(model.violations, []);
  assert.equal(model.battles.get(3)?.title, 'EU 01 test');
  assert.equal(model.users.get('ChanServ')?.status, 64);
});

const good: [claim: string, lines: string[]][] = [
  ['a member of a battle', IN_BATTLE],
  ['a host with a guest', [...HOSTING, 'JOINBATTLEREQUEST eve 127.0.0.1', 'LEFTBATTLE 3 eve', 'JOINEDBATTLE 9 eve pw']],
  ['leaving a battle', [...IN_BATTLE, 'LEFTBATTLE 3 me', 'SAID main bob bye']],
  ['a kick', [...IN_BATTLE, 'FORCEQUITBATTLE', 'LEFTBATTLE 3 me', 'JOINBATTLE 3 h', 'JOINEDBATTLE 3 me']],
  ['a member with bots leaving', [...IN_BATTLE, 'ADDBOT 3 b2 eve 0 0 AI', 'REMOVEBOT 3 b2', 'LEFTBATTLE 3 eve']],
  ['a founder leaving', [...IN_BATTLE, 'BATTLECLOSED 3', 'LEFT main bob', 'REMOVEUSER bob', 'REMOVEUSER eve']],
  ['replies with ids', [...ONLINE, '#7 SAID main me hi', '#8 PONG', '#9 FAILED msg=no\tcmd=SAY']],
  [
    'leaving and joining a channel again',
    [...ONLINE, 'LEFT main me', 'JOIN main', 'JOINED main me', 'CLIENTS main me'],
  ],
];

for (const [claim, lines] of good) {
  test(`strict client: ${claim} passes`, () => {
    assert.deepEqual(judge(lines).violations, []);
  });
}

const faults: [claim: string, before: string[], line: string, reason: RegExp][] = [
  ['no greeting', [], 'ACCEPTED me', /who is connected/],
  ['a protocol version of 0.36', [], 'TASSERVER 0.36 * 8201 0', /too old/],
  ['a protocol version that is a word', [], 'TASSERVER muster * 8201 0', /too old/],
  ['a live line before ACCEPTED', [GREETING], 'CLIENTSTATUS bob 1', /who is guest/],
  ['chat inside the login stream', [GREETING, 'ACCEPTED me'], 'SAIDPRIVATE bob hi', /who is logging in/],
  ['a login stream without oneself', [GREETING, 'ACCEPTED me'], 'LOGININFOEND', /itself/],
  ['a second ACCEPTED', ONLINE, 'ACCEPTED me', /who is online/],
  ['a duplicate ADDUSER', ONLINE, 'ADDUSER bob ?? 2 SPADS', /online already/],
  ['ADDUSER with two words', ONLINE, 'ADDUSER ann ??', /id is missing/],
  ['ADDUSER with a non-integer id', ONLINE, 'ADDUSER ann ?? x SPADS', /not a number/],
  [
    'BATTLEOPENED with a map hash that is a word',
    [...ONLINE, 'ADDUSER ann ?? 9 x'],
    OTHER_BATTLE.replace(' 1 spring', ' abc spring'),
    /map hash is not a number/,
  ],
  ['UPDATEBATTLEINFO with a map hash of half a number', IN_BATTLE, 'UPDATEBATTLEINFO 3 0 0 1.5 Comet', /not a number/],
  ['REMOVEUSER of somebody unknown', ONLINE, 'REMOVEUSER ann', /not online/],
  ['REMOVEUSER of a battle member', ONLINE, 'REMOVEUSER eve', /still in battle 3/],
  ['REMOVEUSER of a founder', [...ONLINE, 'LEFT main bob'], 'REMOVEUSER bob', /still in battle 3/],
  ['REMOVEUSER of a channel member', [...ONLINE, 'BATTLECLOSED 3'], 'REMOVEUSER bob', /still in channel main/],
  ['CLIENTSTATUS of somebody unknown', ONLINE, 'CLIENTSTATUS ann 1', /not online/],
  ['CLIENTSTATUS that is no number', ONLINE, 'CLIENTSTATUS bob x', /not a number/],
  ['BATTLEOPENED twice', ONLINE, 'BATTLEOPENED 3 0 0 me 1.2.3.4 1 8 0 0 1 a\tb\tc\td\te', /open already/],
  ['BATTLEOPENED of somebody unknown', ONLINE, 'BATTLEOPENED 4 0 0 ann 1.2.3.4 1 8 0 0 1 a\tb\tc\td\te', /not online/],
  [
    'BATTLEOPENED by a member',
    ONLINE,
    'BATTLEOPENED 4 0 0 eve 1.2.3.4 1 8 0 0 1 a\tb\tc\td\te',
    /in battle \d already/,
  ],
  [
    'BATTLEOPENED with a word for a number',
    ONLINE,
    'BATTLEOPENED 4 0 0 me 1.2.3.4 x 8 0 0 1 a\tb\tc\td\te',
    /not a number/,
  ],
  ['BATTLEOPENED with four sentences', ONLINE, 'BATTLEOPENED 4 0 0 me 1.2.3.4 1 8 0 0 1 a\tb\tc\td', /sentences/],
  ['BATTLECLOSED of an unknown battle', ONLINE, 'BATTLECLOSED 4', /not open/],
  ['UPDATEBATTLEINFO of an unknown battle', ONLINE, 'UPDATEBATTLEINFO 4 0 0 1 Comet', /not open/],
  ['JOINEDBATTLE of an unknown battle', ONLINE, 'JOINEDBATTLE 4 me', /not open/],
  ['JOINEDBATTLE by somebody unknown', ONLINE, 'JOINEDBATTLE 3 ann', /not online/],
  ['JOINEDBATTLE by a member', ONLINE, 'JOINEDBATTLE 3 eve', /in battle \d already/],
  ['JOINEDBATTLE by a founder', HOSTING, 'JOINEDBATTLE 3 me', /without JOINBATTLE/],
  [
    "JOINEDBATTLE with another's script password",
    [...ONLINE, 'ADDUSER ann ?? 9 x'],
    'JOINEDBATTLE 3 ann pw',
    /of somebody else/,
  ],
  ['JOINEDBATTLE oneself without JOINBATTLE', ONLINE, 'JOINEDBATTLE 3 me', /without JOINBATTLE/],
  ['LEFTBATTLE of somebody not in it', ONLINE, 'LEFTBATTLE 3 me', /not in battle/],
  ['LEFTBATTLE of an unknown battle', ONLINE, 'LEFTBATTLE 4 eve', /not open/],
  ['LEFTBATTLE of a founder', ONLINE, 'LEFTBATTLE 3 bob', /has to close/],
  ['LEFTBATTLE before REMOVEBOT', [...IN_BATTLE, 'ADDBOT 3 b2 eve 0 0 AI'], 'LEFTBATTLE 3 eve', /still there/],
  ['JOIN of a joined channel', ONLINE, 'JOIN main', /joined already/],
  ['JOINED for a channel not joined', ONLINE, 'JOINED other bob', /not joined/],
  ['JOINED by somebody unknown', ONLINE, 'JOINED main ann', /not online/],
  ['JOINED twice', ONLINE, 'JOINED main bob', /already/],
  ['LEFT for a channel not joined', ONLINE, 'LEFT other bob', /not joined/],
  ['LEFT by somebody unknown', ONLINE, 'LEFT main ann', /not online/],
  ['LEFT by somebody not in it', ONLINE, 'LEFT main eve', /not in channel/],
  ['CLIENTS for a channel not joined', ONLINE, 'CLIENTS other bob', /not joined/],
  ['CLIENTS naming somebody unknown', ONLINE, 'CLIENTS main ann', /not online/],
  ['SAID in a channel not joined', ONLINE, 'SAID other bob hi', /not joined/],
  ['SAID by somebody unknown', ONLINE, 'SAID main ann hi', /not online/],
  ['SAIDEX by somebody unknown', ONLINE, 'SAIDEX main ann hi', /not online/],
  ['SAIDPRIVATE by somebody unknown', ONLINE, 'SAIDPRIVATE ann hi', /not online/],
  ['SAIDBATTLE by somebody unknown', IN_BATTLE, 'SAIDBATTLE ann hi', /not online/],
  ['SAIDPRIVATEEX by somebody unknown', ONLINE, 'SAIDPRIVATEEX ann hi', /not online/],
  ['SAIDBATTLEEX by somebody unknown', IN_BATTLE, 'SAIDBATTLEEX ann hi', /not online/],
  ['SAID by somebody who is not in the channel', ONLINE, 'SAID main eve hi', /not in channel/],
  ['RING by somebody unknown', ONLINE, 'RING ann', /not online/],
  ['SAIDBATTLE outside a battle', ONLINE, 'SAIDBATTLE bob hi', /in no battle/],
  ['CLIENTBATTLESTATUS outside a battle', ONLINE, 'CLIENTBATTLESTATUS bob 1 1', /in no battle/],
  [
    'CLIENTBATTLESTATUS of somebody not in it',
    [...IN_BATTLE, 'LEFTBATTLE 3 eve'],
    'CLIENTBATTLESTATUS eve 1 1',
    /not in this/,
  ],
  ['ADDBOT outside a battle', ONLINE, 'ADDBOT 3 bot1 bob 0 0 AI', /in no battle/],
  ['ADDBOT in another battle', IN_BATTLE, 'ADDBOT 4 bot2 bob 0 0 AI', /battle 4/],
  ['ADDBOT with an existing name', IN_BATTLE, 'ADDBOT 3 bot1 bob 0 0 AI', /there already/],
  ['ADDBOT of an owner outside', [...IN_BATTLE, 'LEFTBATTLE 3 eve'], 'ADDBOT 3 b2 eve 0 0 AI', /not in this/],
  [
    'UPDATEBOT in another battle',
    [...IN_BATTLE, 'ADDUSER ann ?? 9 x', OTHER_BATTLE],
    'UPDATEBOT 8 bot1 0 0',
    /another battle/,
  ],
  ['UPDATEBOT unknown', IN_BATTLE, 'UPDATEBOT 3 b2 0 0', /no bot/],
  ['REMOVEBOT unknown', IN_BATTLE, 'REMOVEBOT 3 b2', /no bot/],
  ['SETSCRIPTTAGS outside a battle', ONLINE, 'SETSCRIPTTAGS a=1', /in no battle/],
  ['REMOVESCRIPTTAGS with TABs', IN_BATTLE, 'REMOVESCRIPTTAGS a\tb', /TAB/],
  ['ADDSTARTRECT outside a battle', ONLINE, 'ADDSTARTRECT 0 0 0 100 100', /in no battle/],
  ['JOINBATTLE while in a battle', IN_BATTLE, 'JOINBATTLE 3 h', /already/],
  ['JOINBATTLEREQUEST to a guest', IN_BATTLE, 'JOINBATTLEREQUEST eve 1.2.3.4', /of somebody else/],
  ['a bare OK', ONLINE, 'OK', /begin TLS|is missing/],
  ['OK that starts TLS', ONLINE, 'OK cmd=STLS', /begin TLS|is missing/],
  ['two lines interleaved into one', ONLINE, 'CLIENTCLIENTSTATUS bob 1', /unknown command/],
  ['one line inside another', IN_BATTLE, 'CLIENTBATTLESTATUS bob 41SAID main bob hi', /not a number/],
  ['two lines without the end of the first', ONLINE, 'REMOVEUSER eveCLIENTSTATUS bob 1', /not online/],
  ['an interleaved number', ONLINE, 'CLIENTSTATUS bob 1SAID', /not a number/],
];

for (const [claim, before, line, reason] of faults) {
  test(`strict client: ${claim} is broken`, () => {
    assert.deepEqual(judge(before).violations, [], 'what comes before is good');
    const { violations } = judge([...before, line]);
    assert.equal(violations.length, 1);
    assert.equal(violations[0]!.line, line);
    assert.match(violations[0]!.reason, reason);
  });
}
