/** The replica's log of strong writes: in order, once, and not before the flush of their epoch. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StrongLog, type StrongWrite, writeFromData, writeToData } from '../../../src/services/tables/strong-log.ts';

function write(sequence: number, epoch = 1): StrongWrite {
  return { sequence, epoch, table: 0, key: 'k', deleted: false, value: sequence, expires: 0, mark: null };
}

function makeLog(): { log: StrongLog; applied: string[] } {
  const applied: string[] = [];
  const log = new StrongLog((owner, { sequence }) => applied.push(`${owner} ${sequence}`));
  log.flushed(1);
  log.begin('o#1', 0);
  return { log, applied };
}

test('writes are applied in order and once; what follows a gap, or an unknown owner made, is left', () => {
  const { log, applied } = makeLog();
  for (const sequence of [1, 1, 3, 2, 2, 3]) log.receive('o#1', write(sequence));
  log.receive('x#1', write(1));
  assert.deepEqual(applied, ['o#1 1', 'o#1 2', 'o#1 3']);
  assert.equal(log.applied('o#1'), 3);
  log.begin('o#1', 10);
  log.receive('o#1', write(4));
  assert.equal(log.applied('o#1'), 4, 'a stream begins once');
});

test('a write of a later epoch waits for its flush and is not acknowledged before', () => {
  const { log, applied } = makeLog();
  log.begin('p#1', 0);
  log.receive('o#1', write(1, 3));
  log.receive('p#1', write(1, 2));
  assert.equal(log.applied('o#1'), 0);
  assert.equal(log.heldCount, 2);
  log.flushed(2);
  assert.deepEqual(applied, ['p#1 1']);
  log.flushed(3);
  assert.deepEqual(applied, ['p#1 1', 'o#1 1']);
  assert.equal(log.heldCount, 0);
});

test('what is not stable is kept for the flush, until it is told stable or its owner is forgotten', () => {
  const { log } = makeLog();
  for (const sequence of [1, 2, 3]) log.receive('o#1', write(sequence));
  log.stable('o#1', 2);
  assert.deepEqual(
    log.unstable().map(([owner, list]) => [owner, list.map((data) => writeFromData(data).sequence)]),
    [['o#1', [3]]],
  );
  log.forget('o#1');
  assert.deepEqual(log.unstable(), []);
  assert.equal(log.has('o#1'), false);
});

test('a write comes back from its wire form as it was, with and without a mark', () => {
  const mark = { caller: 'n1#1', number: 4, doneBelow: 2, outcome: [true, { n: 1 }] } as const;
  for (const given of [write(1), { ...write(2), mark }]) assert.deepEqual(writeFromData(writeToData(given)), given);
});
