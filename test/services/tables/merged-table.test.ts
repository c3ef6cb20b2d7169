/** A merged table alone: the same writes in any order give the same entries (P4). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MergedTable } from '../../../src/services/tables/merged-table.ts';
import type { MergedWrite } from '../../../src/services/tables/merged-write.ts';

const write = fc.record(
  {
    key: fc.constantFrom('a', 'b', 1, '1'),
    deleted: fc.boolean(),
    value: fc.nat(),
    expires: fc.constantFrom(0, 0, 5, 15),
    stamp: fc.record(
      { time: fc.nat({ max: 8 }), count: fc.nat({ max: 2 }), origin: fc.constantFrom('n1#1', 'n2#1', 'n3#1') },
      { noNullPrototype: true },
    ),
    sequence: fc.nat({ max: 9 }),
  },
  { noNullPrototype: true },
);
/** No two writes have one stamp, as clocks promise. */
const writes = fc.uniqueArray(write, { selector: ({ stamp }) => JSON.stringify(stamp), maxLength: 15 });

function tableOf(list: readonly MergedWrite[]): MergedTable {
  const table = new MergedTable(0, 't');
  for (const one of list) table.apply(one);
  return table;
}

test('any order of the same writes, some of them twice, gives the same entries, size and digest', () => {
  const shuffled = writes.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2 })),
  );
  fc.assert(
    fc.property(shuffled, ([list, again]) => {
      const [one, other] = [tableOf(list), tableOf(again)];
      for (const now of [0, 10]) {
        assert.deepEqual(new Map(other.entries(now)), new Map(one.entries(now)));
        assert.equal(other.digest(now), one.digest(now));
      }
      assert.equal(other.size, one.size);
    }),
  );
});

test('the newest stamp of a key decides, whether it puts or deletes', () => {
  fc.assert(
    fc.property(writes, (list) => {
      const table = tableOf(list);
      for (const key of new Set(list.map((one) => one.key))) {
        const newest = list
          .filter((one) => one.key === key)
          .reduce((a, b) => {
            const order =
              a.stamp.time - b.stamp.time ||
              a.stamp.count - b.stamp.count ||
              (a.stamp.origin < b.stamp.origin ? -1 : 1);
            return order > 0 ? a : b;
          });
        assert.equal(table.get(key), newest.deleted ? undefined : newest.value);
      }
    }),
  );
});

test('watch tells each visible change once; its stories end where the table is', () => {
  fc.assert(
    fc.property(writes, (list) => {
      const table = new MergedTable(0, 't');
      const seen = new Map<unknown, unknown>();
      table.watch((key, before, after) => {
        assert.equal(before, seen.get(key));
        if (after === undefined) seen.delete(key);
        else seen.set(key, after);
      });
      for (const one of list) table.apply(one);
      table.sweep(10, 0, () => false);
      assert.deepEqual(seen, new Map(table.entries(10)));
    }),
  );
});

test('sweep: an expired entry ends for watchers and size at once; its tombstone goes when all have it and the horizon passed', () => {
  const table = new MergedTable(0, 't');
  const put = (time: number, expires: number): boolean =>
    table.apply({
      key: 'k',
      deleted: false,
      value: time,
      expires,
      stamp: { time, count: 0, origin: 'n1#1' },
      sequence: 1,
    });
  put(1, 100);
  assert.equal(
    table.get('k', () => 99),
    1,
  );
  assert.equal(
    table.get('k', () => 100),
    undefined,
  );
  table.sweep(100, 40, () => true);
  assert.deepEqual([table.size, table.tombstones], [0, 1]);
  assert.equal(put(0, 0), false, 'an older put without an end does not come back');
  table.sweep(200, 140, () => false);
  assert.equal(table.tombstones, 1, 'somebody lacks it');
  table.sweep(200, 140, () => true);
  assert.equal(table.tombstones, 0);
});
