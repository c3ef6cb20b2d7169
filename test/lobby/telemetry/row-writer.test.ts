/** Rows on their way into the store: many at a time, bounded, none lost that had a place. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RowWriter } from '../../../src/lobby/telemetry/row-writer.ts';

/** A writer with timers that the test fires, into a store that the test can break. */
function setUp(options: { most?: number; mostWaiting?: number } = {}) {
  const timers = new Set<() => void>();
  const written: number[][] = [];
  const logged: string[] = [];
  const store = { isBroken: false };
  const writer = new RowWriter<number>({
    node: {
      after: (_ms, act) => {
        timers.add(act);
        return () => timers.delete(act);
      },
      log: { write: (_level, message) => logged.push(message) },
    },
    what: 'numbers',
    write: async (rows) => {
      if (store.isBroken) throw new Error('broken');
      written.push([...rows]);
    },
    ...options,
  });
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const fire = async (): Promise<void> => {
    for (const act of [...timers]) {
      timers.delete(act);
      act();
    }
    await settle();
  };
  return { writer, written, logged, store, timers, fire, settle };
}

test('rows: those of one interval go in one statement', async () => {
  const { writer, written, timers, fire } = setUp();
  for (const row of [1, 2, 3]) assert.equal(writer.add(row), true);
  assert.equal(timers.size, 1);
  assert.deepEqual(written, []);
  await fire();
  assert.deepEqual(written, [[1, 2, 3]]);
  assert.equal(timers.size, 0);
});

test('rows: as many as fit into a statement do not wait', async () => {
  const { writer, written, settle, timers } = setUp({ most: 2 });
  for (const row of [1, 2, 3]) writer.add(row);
  await settle();
  assert.deepEqual(written, [[1, 2], [3]]);
  assert.equal(timers.size, 0);
});

test('rows: a store that fails gets them again later, in order; complaints are one', async () => {
  const { writer, written, store, fire, logged } = setUp();
  store.isBroken = true;
  writer.add(1);
  await fire();
  writer.add(2);
  await fire();
  assert.equal(logged.length, 1);
  store.isBroken = false;
  await fire();
  assert.deepEqual(written, [[1, 2]]);
  assert.equal(writer.waiting, 0);
});

test('rows: what finds no place is dropped and counted', async () => {
  const { writer, store } = setUp({ most: 10, mostWaiting: 3 });
  store.isBroken = true;
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((row) => writer.add(row)),
    [true, true, true, false, false],
  );
  assert.equal(writer.dropped, 2);
});

test('rows: the end writes what waits, and counts what the store does not take even then', async () => {
  const good = setUp();
  good.writer.add(1);
  await good.writer.close();
  assert.deepEqual(good.written, [[1]]);
  assert.equal(good.timers.size, 0);
  const bad = setUp();
  bad.store.isBroken = true;
  bad.writer.add(1);
  await bad.writer.close();
  assert.equal(bad.writer.dropped, 1);
  assert.equal(bad.timers.size, 0);
});
