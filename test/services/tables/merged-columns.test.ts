/** The columns of a merged table: which of two writes is the newer one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Stamp } from '../../../src/base/index.ts';
import { MergedColumns } from '../../../src/services/tables/merged-columns.ts';

const stamps = fc.record(
  { time: fc.nat({ max: 3 }), count: fc.nat({ max: 3 }), origin: fc.constantFrom('a', 'b', 'c') },
  { noNullPrototype: true },
);

/** Whether a write of stamp `a` that is held is older than `b`. */
function isOlder(a: Stamp, b: Stamp): boolean {
  const columns = new MergedColumns();
  const slot = 0;
  columns.put(slot, 'value', 0, a.time, a.count, a.origin, 1);
  return columns.isOlder(slot, b.time, b.count, b.origin);
}

test('older is a total order of stamps, by time, by count, by origin', () => {
  fc.assert(
    fc.property(stamps, stamps, stamps, (a, b, c) => {
      assert.equal(isOlder(a, a), false);
      const isSame = a.time === b.time && a.count === b.count && a.origin === b.origin;
      assert.equal(Number(isOlder(a, b)) + Number(isOlder(b, a)), isSame ? 0 : 1);
      if (isOlder(a, b) && isOlder(b, c)) assert.ok(isOlder(a, c));
    }),
  );
  assert.ok(isOlder({ time: 1, count: 9, origin: 'z' }, { time: 2, count: 0, origin: 'a' }));
  assert.ok(isOlder({ time: 1, count: 1, origin: 'z' }, { time: 1, count: 2, origin: 'a' }));
});
