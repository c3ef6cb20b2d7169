/** An owned table alone: versions only grow, and a snapshot never undoes the stream. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwnedTable, versionOf } from '../../../src/services/tables/owned-table.ts';

function make(): OwnedTable {
  return new OwnedTable(0, 't', String, () => '');
}
const entry = (value: unknown, version: number, expires = 0): { value: unknown; version: number; expires: number } => ({
  value,
  version,
  expires,
});

test('versions grow with the epoch before the sequence', () => {
  assert.ok(versionOf(2, 1) > versionOf(1, 2 ** 32 - 1));
  assert.ok(versionOf(2, 2) > versionOf(2, 1));
  assert.ok(Number.isSafeInteger(versionOf(2_000_000, 2 ** 32 - 1)));
});

test('an older or equal version changes nothing', () => {
  const table = make();
  table.put('k', entry('new', 5));
  table.put('k', entry('old', 4));
  table.put('k', entry('same', 5));
  table.delete('k', 5);
  assert.equal(table.get('k'), 'new');
  table.delete('k', 6);
  assert.equal(table.get('k'), undefined);
});

test('while a snapshot comes in, a delete of the stream is not undone by an older entry of the snapshot', () => {
  const table = make();
  table.beginLearning();
  table.delete('k', 7);
  table.put('k', entry('old', 6));
  assert.equal(table.get('k'), undefined);
  table.put('k', entry('newer', 8));
  assert.equal(table.get('k'), 'newer');
  table.endLearning();
});

test('expiry: absent on read, told at the sweep; purge removes by rule', () => {
  const table = make();
  const told: unknown[] = [];
  table.watch((key, before, after) => told.push([key, before, after]));
  table.put('a', entry(1, 1, 100));
  table.put('b', entry(2, 2));
  assert.equal(table.entry('a', 100), undefined);
  assert.deepEqual([...table.entries(100)], [['b', 2]]);
  table.sweep(100);
  table.purge((_key, value) => value === 2);
  assert.deepEqual(told, [
    ['a', undefined, 1],
    ['b', undefined, 2],
    ['a', 1, undefined],
    ['b', 2, undefined],
  ]);
  assert.equal(table.size, 0);
});

test('digest: equal for equal entries in any order, different for another value, version or key type', () => {
  const digest = (...list: [string | number, unknown, number][]): string => {
    const table = make();
    for (const [key, value, version] of list) table.put(key, entry(value, version));
    return table.digest(0);
  };
  assert.equal(digest(['a', 1, 1], ['b', 2, 2]), digest(['b', 2, 2], ['a', 1, 1]));
  assert.notEqual(digest(['a', 1, 1]), digest(['a', 2, 1]));
  assert.notEqual(digest(['a', 1, 1]), digest(['a', 1, 2]));
  assert.notEqual(digest([1, 1, 1]), digest(['1', 1, 1]));
});
