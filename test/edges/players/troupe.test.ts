/** What players that act by themselves count, check and decide; the whole of them against real nodes is in test/e2e/players.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Names } from '../../../src/edges/players/names.ts';
import type { News } from '../../../src/edges/players/seen.ts';
import { noCounts, sumOf, widest } from '../../../src/edges/players/troupe/figures.ts';
import { Latencies } from '../../../src/edges/players/troupe/latencies.ts';
import {
  channelIn,
  isHost,
  nameOfGateway,
  numbersOf,
  type TroupePlan,
} from '../../../src/edges/players/troupe/plan.ts';
import { Listening, readSpokenLine, spokenLine } from '../../../src/edges/players/troupe/talk.ts';
import { View } from '../../../src/edges/players/view.ts';
import { BrokenStream } from '../../../src/edges/players/words.ts';

const spoken = (number: number, stay = 1) => ({ number, stay, writtenAt: 5, at: 'h:1' });

test('latencies: percentiles are right to a tenth, also of several threads and of what came since', () => {
  const [one, other] = [new Latencies(), new Latencies()];
  for (let ms = 1; ms <= 50; ms++) one.add(ms);
  for (let ms = 51; ms <= 100; ms++) other.add(ms);
  const before = one.buckets;
  one.addAll(other.buckets);
  const near = (value: number | undefined, wanted: number): void =>
    assert.ok(value! >= wanted && value! <= wanted * 1.11, `${value} is not near ${wanted}`);
  near(one.percentile(0.5), 50);
  near(one.percentile(0.99), 99);
  near(one.since(before).percentile(0.5), 75);
  one.add(10 ** 9);
  assert.ok(one.percentile(1)! > 100_000, 'however long it took, it counts');
  assert.equal(new Latencies().percentile(0.5), undefined);
});

test('talk: what is said can be read again, and what other people say is none of it', () => {
  const line = { stay: 12_345, number: 3, writtenAt: 1_234.5678, at: '127.0.0.1:8200' };
  assert.deepEqual(readSpokenLine(spokenLine(line)), { ...line, writtenAt: 1_234.568 });
  assert.equal(readSpokenLine('hello there'), undefined);
});

test('talk: lines that are missing count; one that comes twice, or behind a later one, breaks the stream', () => {
  const listening = new Listening();
  assert.equal(listening.hear('ann', spoken(4)), 0, 'it came into the channel later');
  assert.equal(listening.hear('ann', spoken(5)), 0);
  assert.equal(listening.hear('ann', spoken(8)), 2);
  assert.equal(listening.hear('bob', spoken(1)), 0);
  assert.equal(listening.hear('bob', spoken(1, 2)), 0, 'his next stay begins anew');
  assert.throws(() => listening.hear('ann', spoken(8)), /line 8 of ann came twice/);
  assert.throws(() => listening.hear('ann', spoken(7)), /line 7 of ann came behind line 8/);
  assert.throws(() => listening.hear('bob', spoken(2, 1)), BrokenStream);
});

test('plan: every player is in one thread; channels have people of all threads; some players host', () => {
  const plan: TroupePlan = { players: 100, threads: 3, name: 'p', paceMs: 1, deadlineMs: 1, seed: 1 };
  const threads = [0, 1, 2].map((thread) => numbersOf(plan, thread));
  assert.deepEqual(
    threads.flat().sort((a, b) => a - b),
    Array.from({ length: 100 }, (_, at) => at),
  );
  for (const numbers of threads) assert.equal(new Set(numbers.map(channelIn)).size, 2);
  assert.equal(threads.flat().filter(isHost).length, 13);
  assert.equal(nameOfGateway({ host: '::1', port: 8200 }), '[::1]:8200');
});

test('figures: counts add up, ranges are as wide as the widest', () => {
  const sum = sumOf([
    { ...noCounts(), lines: 3, late: 1 },
    { ...noCounts(), lines: 4 },
  ]);
  assert.deepEqual([sum.lines, sum.late, sum.logins], [7, 1, 0]);
  assert.deepEqual(widest([{ least: 3, most: 4 }, undefined, { least: 2, most: 3 }]), { least: 2, most: 4 });
  assert.equal(widest([undefined]), undefined);
});

test('view: what a client acts on is told as news: join requests, queues, ready checks, talk; who is in game is known', () => {
  const news: News[] = [];
  const view = new View(new Names(), { said: () => {}, refused: () => {}, news: (one) => news.push(one) });
  const lines = [
    ...['TASSERVER 0.38 * 8201 0', 'AGREEMENT be kind', 'AGREEMENTEND', 'ACCEPTED ann', 'ADDUSER ann ?? 1 x'],
    ...['ADDUSER bob ?? 2 x', 'CLIENTSTATUS bob 3', 'LOGININFOEND'],
    ...[
      'BATTLEOPENED 7 0 0 ann 127.0.0.1 8452 16 0 0 1 spring\t105.0\tComet\tEU\tGame',
      'OPENBATTLE 7',
      'JOINBATTLE 7 1',
    ],
    ...[
      'REQUESTBATTLESTATUS',
      'JOINBATTLEREQUEST bob 127.0.0.1',
      'JOINEDBATTLE 7 bob',
      'SAIDBATTLE bob !cv forcestart',
    ],
    ...[
      's.matchmaking.full_queue_list 1:Duel\t2:Team',
      's.matchmaking.ready_check 2',
      's.party.invited 5',
      'SAIDPRIVATE bob hi',
    ],
  ];
  for (const line of lines) view.receive(line);
  const bob = view.names.numberOf('bob');
  assert.deepEqual(news, [
    { kind: 'status-wanted' },
    { kind: 'join-request', user: bob },
    { kind: 'battle-said', user: bob, text: '!cv forcestart' },
    { kind: 'queues', ids: [1, 2] },
    { kind: 'ready-check', queue: 2 },
    { kind: 'private-message', user: bob, text: 'hi' },
  ]);
  assert.deepEqual([...view.inGame], [bob]);
  view.receive('CLIENTSTATUS bob 2');
  assert.equal(view.inGame.size, 0);
  assert.throws(() => view.receive('s.nonsense'), /an unknown command/);
});
