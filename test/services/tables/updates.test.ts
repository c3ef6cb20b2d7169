/** Updates of one node on one key: together in one request, one request at a time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestBook } from '../../../src/node/index.ts';
import { Caller } from '../../../src/services/tables/caller.ts';
import type { Operation } from '../../../src/services/tables/operations.ts';
import { OwnedTable } from '../../../src/services/tables/owned-table.ts';
import { Updates } from '../../../src/services/tables/updates.ts';

const KEY = 'k';
const clock = { now: () => 0, wall: () => 0, after: () => () => undefined, turn: () => undefined };

/** Updates whose requests are answered by hand. */
function stage(): { update: (by: number) => Promise<unknown>; asked: number[]; answer: () => void } {
  const table = new OwnedTable(0, 'counters', String, () => '');
  const asked: number[] = [];
  const open: { number: number; value: unknown }[] = [];
  const caller: Caller = new Caller({
    requests: new RequestBook(clock),
    now: () => 0,
    ask: (number, _table, _key, operation: Operation) => {
      assert.equal(operation.kind, 'swap');
      const { value } = operation as Extract<Operation, { kind: 'swap' }>;
      asked.push(value as number);
      open.push({ number, value });
      return true;
    },
    refusal: () => undefined,
    isFlushed: () => true,
    giveBack: () => undefined,
  });
  const updates = new Updates(caller, clock);
  let version = 0;
  return {
    asked,
    update: (by) =>
      updates.update(
        table,
        KEY,
        () => 0,
        (current) => ((current as number | undefined) ?? 0) + by,
      ),
    answer: () => {
      const { number, value } = open.shift()!;
      version += 1;
      table.put(KEY, { value, version, expires: 0 });
      caller.answered(number, { kind: 'done', result: [value] });
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what is asked for in one turn travels together; what comes meanwhile waits, and then travels together', async () => {
  const { update, asked, answer } = stage();
  const first = [update(1), update(10)];
  await turn();
  const second = [update(100), update(1_000)];
  await turn();
  assert.deepEqual(asked, [11]);
  answer();
  assert.deepEqual(await Promise.all(first), [1, 11]);
  await turn();
  assert.deepEqual(asked, [11, 1_111]);
  answer();
  assert.deepEqual(await Promise.all(second), [111, 1_111]);
});

test('who updates again the moment an update is answered, while others wait, begins no second request', async () => {
  const { update, asked, answer } = stage();
  const rounds: Promise<unknown>[] = [];
  const again = update(1).then(() => rounds.push(update(2), update(3)));
  await turn();
  rounds.push(update(4));
  answer();
  await again;
  await turn();
  assert.deepEqual(asked, [1, 10]);
  answer();
  assert.deepEqual(await Promise.all(rounds), [5, 7, 10]);
  await turn();
  assert.deepEqual(asked, [1, 10]);
});

test('who updates again the moment an update is answered, with nobody waiting, is served', async () => {
  const { update, asked, answer } = stage();
  let last: Promise<unknown> = Promise.resolve();
  const again = update(1).then(() => {
    last = update(2);
  });
  await turn();
  answer();
  await again;
  await turn();
  assert.deepEqual(asked, [1, 3]);
  answer();
  assert.equal(await last, 3);
});
