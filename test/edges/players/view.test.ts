/** A simulated player’s view is strict: it takes what a server may say, and finds every kind of nonsense. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hearing, readSpoken, spokenText } from '../../../src/edges/players/hearing.ts';
import { Names } from '../../../src/edges/players/names.ts';
import { channelMates, nodeOf, type Plan, partOf, playersOf, speakerOf } from '../../../src/edges/players/plan.ts';
import { View } from '../../../src/edges/players/view.ts';
import { BrokenStream } from '../../../src/edges/players/words.ts';

const LOGIN = [
  'TASSERVER 0.38-muster * 8201 0',
  'ACCEPTED ann',
  'MOTD Welcome, ann.',
  'ADDUSER Coordinator ?? 0 Muster Internal Process',
  'ADDUSER ann ?? 1 muster players',
  'ADDUSER bob ?? 2 muster players',
  'ADDUSER cat ?? 3 muster players',
  'BATTLEOPENED 7 0 0 bob 127.0.0.1 8452 16 0 0 1 spring\t105.0\tComet\tbob\tGame',
  'UPDATEBATTLEINFO 7 0 0 1 Comet',
  'CLIENTSTATUS Coordinator 96',
  'LOGININFOEND',
];

function viewAfter(...lines: string[]): View {
  const view = new View(new Names(), { said: () => {}, refused: () => {} });
  for (const line of [...LOGIN, ...lines]) view.receive(line);
  return view;
}

test('view: a login stream shows users and battles', () => {
  const view = viewAfter();
  assert.equal(view.users, 4);
  assert.deepEqual([...view.battles.keys()], [7]);
  assert.equal(view.places, 1);
  assert.equal(view.battleOf(view.names.numberOf('bob')), 7);
});

test('view: a battle is joined, lived in, and left', () => {
  const view = viewAfter('JOINBATTLE 7 1', 'JOINEDBATTLE 7 ann', 'CLIENTBATTLESTATUS bob 0 0', 'REQUESTBATTLESTATUS');
  assert.equal(view.battle?.asked, true);
  assert.equal(view.places, 2);
  for (const line of ['ADDBOT 7 bot bob 0 255 KAIK', 'SAIDBATTLE bob hi', 'REMOVEBOT 7 bot', 'LEFTBATTLE 7 ann'])
    view.receive(line);
  assert.equal(view.battle, undefined);
  view.receive('BATTLECLOSED 7');
  assert.equal(view.places, 0);
  view.receive('REMOVEUSER bob');
  assert.equal(view.users, 3);
});

const NONSENSE: Record<string, [problem: RegExp, ...lines: string[]]> = {
  'an unknown command': [/unknown command/, 'HELLO world'],
  'an empty line': [/command is empty/, ''],
  'a word too many': [/more words/, 'REMOVEUSER cat now'],
  'a word too few': [/status is missing/, 'CLIENTSTATUS cat'],
  'no number where one belongs': [/not a number/, 'CLIENTSTATUS cat -1'],
  'a user twice': [/bob is online already/, 'ADDUSER bob ?? 2 x'],
  'a user who goes twice': [/cat is not online/, 'REMOVEUSER cat', 'REMOVEUSER cat'],
  'a user who goes out of a battle': [/still in battle 7/, 'REMOVEUSER bob'],
  'a battle twice': [/battle 7 is open already/, LOGIN[7]!],
  'a battle that is not open': [/battle 8 is not open/, 'JOINEDBATTLE 8 cat'],
  'a member twice': [/cat is in battle 7 already/, 'JOINEDBATTLE 7 cat', 'JOINEDBATTLE 7 cat'],
  'the password of another': [/of somebody else/, 'JOINEDBATTLE 7 cat secret'],
  'a founder who leaves': [/has to close/, 'LEFTBATTLE 7 bob'],
  'who leaves without being there': [/cat is not in battle/, 'LEFTBATTLE 7 cat'],
  'talk in a channel not joined': [/main is not joined/, 'SAID main bob hi'],
  'talk of who is not in the channel': [/bob is not in/, 'JOIN main', 'JOINED main ann', 'SAID main bob hi'],
  'news of a battle the player is not in': [/in no battle/, 'CLIENTBATTLESTATUS bob 0 0'],
  'a second login stream': [/who is online/, 'LOGININFOEND'],
  'TLS all of a sudden': [/TLS/, 'OK cmd=STLS'],
  'TLS by an answer without its command': [/TLS/, 'OK'.concat(' ')],
  'names of tags with TABs between': [/a TAB/, 'JOINBATTLE 7 1', 'REMOVESCRIPTTAGS a\tb'],
};

for (const [what, [problem, ...lines]] of Object.entries(NONSENSE)) {
  test(`view: ${what} is found`, () => {
    assert.throws(
      () => viewAfter(...lines),
      (error) => error instanceof BrokenStream && problem.test(error.message),
    );
  });
}

test('view: nothing may come before the greeting, and no news before the login', () => {
  const view = new View(new Names(), { said: () => {}, refused: () => {} });
  assert.throws(() => view.receive('ACCEPTED ann'), /not to be said to who is connected/);
  view.receive(LOGIN[0]!);
  assert.throws(() => view.receive('ADDUSER bob ?? 2 x'), /not to be said to who is guest/);
});

test('view: who asked for TLS may be told to begin it, once, and is greeted again', () => {
  const view = new View(new Names(), { said: () => {}, refused: () => {} });
  view.receive(LOGIN[0]!);
  view.asksForTls = true;
  view.receive('OK cmd=STLS');
  assert.equal(view.phase, 'connected');
  view.receive(LOGIN[0]!);
  assert.throws(() => view.receive('OK cmd=STLS'), /TLS/);
});

test('hearing: a lost line, one that comes twice, and those that never came are named', () => {
  const hearing = new Hearing(2);
  hearing.hear(0, 'ann', 1);
  hearing.hear(1, 'bob', 1);
  assert.throws(() => hearing.hear(0, 'ann', 1), /line 1 of ann came twice/);
  assert.throws(() => hearing.hear(0, 'ann', 4), /lines 2 to 3 of ann did not come before it/);
  const names = ['ann', 'bob'];
  assert.equal(
    hearing.missing([1, 1], (place) => names[place]!),
    undefined,
  );
  assert.equal(
    hearing.missing([2, 4], (place) => names[place]!),
    'line 2 of ann, lines 2 to 4 of bob',
  );
});

test('hearing: what is said can be read again, and nothing else can', () => {
  assert.deepEqual(readSpoken(spokenText({ number: 3, writtenAt: 1_234.5678 })), { number: 3, writtenAt: 1_234.568 });
  assert.throws(() => readSpoken('hello'), BrokenStream);
});

test('plan: every player is in one thread; channels and battles reach over all nodes and threads', () => {
  const plan: Plan = { players: 100, threads: 2, host: '', ports: [1, 2, 3, 4], deadlineMs: 1 };
  const threads = [0, 1].map((thread) => playersOf(plan, thread));
  assert.deepEqual(
    threads.flat().sort((a, b) => a - b),
    Array.from({ length: 100 }, (_, at) => at),
  );
  const inBattle = channelMates(plan, 0).filter((player) => partOf(plan, player) !== 'none');
  assert.equal(inBattle.length, 24);
  for (const some of [...threads, inBattle.slice(0, 8)]) {
    assert.equal(new Set(some.map((player) => nodeOf(plan, player))).size, 4);
  }
  assert.equal(new Set(Array.from({ length: 100 }, (_, line) => speakerOf(plan, line))).size, 100);
});
