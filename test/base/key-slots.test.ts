/** Keys and their slots: as a Map would have them, whatever the keys are and however they come and go. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeySlots, type MapKey, NO_SLOT } from '../../src/base/index.ts';

/** Keys of every kind, few enough to meet again, some of which stand in one place of the table. */
const key: fc.Arbitrary<MapKey> = fc.oneof(
  fc.nat(40),
  fc.nat(20).map((at) => at * 8),
  fc.nat(20).map((at) => at * 2 ** 20),
  fc.constantFrom(2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, -1, 0.5, 1.5, -(2 ** 31), Number.MAX_SAFE_INTEGER),
  fc.nat(20).map(String),
);

function check(slots: KeySlots, model: ReadonlyMap<MapKey, number>): void {
  assert.equal(slots.size, model.size);
  for (const [known, slot] of model) {
    assert.equal(slots.find(known), slot);
    assert.equal(slots.key(slot), known);
  }
  assert.deepEqual(
    [...slots.slots()],
    [...model.values()].sort((a, b) => a - b),
  );
}

test('a key has its slot until that is freed, no slot has two keys, and freed slots are used again', () => {
  const steps = fc.array(fc.record({ key, room: fc.option(fc.nat(200), { freq: 20 }) }), {
    maxLength: 400,
    size: 'max',
  });
  let freed = 0;
  fc.assert(
    fc.property(steps, (all) => {
      const slots = new KeySlots();
      const model = new Map<MapKey, number>();
      let most = 0;
      for (const { key, room } of all) {
        if (room !== null) slots.makeRoom(room);
        const slot = slots.find(key);
        assert.equal(slot, model.get(key) ?? NO_SLOT);
        if (slot === NO_SLOT) {
          const taken = slots.take(key);
          assert.ok(![...model.values()].includes(taken), `slot ${taken} has a key`);
          model.set(key, taken);
          most = Math.max(most, model.size);
          assert.ok(taken < most, `slot ${taken}, though there never were more than ${most} keys`);
        } else {
          slots.free(slot);
          model.delete(key);
          freed += 1;
        }
      }
      check(slots, model);
    }),
  );
  assert.ok(freed > 500, `only ${freed} were freed`);
});

for (const [name, keyOf] of [
  ['in sequence', (at: number) => at],
  ['eight apart', (at: number) => at * 8],
  ['a power of two apart', (at: number) => at * 65_536],
  ['as texts', (at: number) => `k${at}`],
] as const) {
  test(`twenty thousand keys ${name}, of which every third is freed and comes again`, () => {
    const slots = new KeySlots();
    const model = new Map<MapKey, number>();
    const keys = Array.from({ length: 20_000 }, (_, at) => keyOf(at));
    for (const key of keys) model.set(key, slots.take(key));
    check(slots, model);
    const third = keys.filter((_, at) => at % 3 === 0);
    for (const key of third) {
      slots.free(slots.find(key));
      model.delete(key);
    }
    check(slots, model);
    for (const key of third) model.set(key, slots.take(key));
    check(slots, model);
  });
}

test('0 and -0 are one key, 12 and "12" are two', () => {
  const slots = new KeySlots();
  const zero = slots.take(0);
  assert.equal(slots.find(-0), zero);
  const number = slots.take(12);
  assert.equal(slots.find('12'), NO_SLOT);
  assert.notEqual(slots.take('12'), number);
});
