/** The owner alone: what it decides, whom it answers, and when. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Address } from '../../../src/base/index.ts';
import type { Answer, Operation } from '../../../src/services/tables/operations.ts';
import { OwnedTable } from '../../../src/services/tables/owned-table.ts';
import { Owner } from '../../../src/services/tables/owner.ts';

interface Stage {
  readonly owner: Owner;
  readonly table: OwnedTable;
  readonly answers: string[];
  ask(from: Address, number: number, operation: Operation): void;
  /** Everything written is on every member now. */
  commit(): void;
  advance(ms: number): void;
}

function makeStage(): Stage {
  const table = new OwnedTable(0, 't', String, (value) => (value as { holder?: string }).holder ?? '');
  const answers: string[] = [];
  const applied = new Map<string, unknown>();
  let waiting: (() => void)[] = [];
  let version = 0;
  let pending = 0;
  let now = 0;
  const owner = new Owner({
    table: () => table,
    wall: () => 0,
    now: () => now,
    write: (to, key, { deleted, value, expires }, mark) => {
      version += 1;
      pending += 1;
      if (mark) applied.set(`${mark.caller} ${mark.number}`, mark.outcome);
      if (deleted) to.delete(key, version);
      else to.put(key, { value, version, expires });
    },
    pendingWrites: () => pending,
    whenSafe: (done) => (pending === 0 ? done() : waiting.push(done)),
    applied: (caller, number) =>
      applied.has(`${caller} ${number}`) ? { outcome: applied.get(`${caller} ${number}`) } : undefined,
    isDone: () => false,
    answer: (to, number, answer) => answers.push(`${to} ${number} ${show(answer)}`),
  });
  return {
    owner,
    table,
    answers,
    ask: (from, number, operation) =>
      owner.serve({ from, number, doneBelow: 0, epoch: 1, table: 0, key: 'k', operation }),
    commit: () => {
      pending = 0;
      const due = waiting;
      waiting = [];
      for (const done of due) done();
    },
    advance: (ms) => {
      now += ms;
      owner.tick();
    },
  };
}

function show(answer: Answer): string {
  if (answer.kind === 'done') return `done ${JSON.stringify(answer.result)}`;
  if (answer.kind === 'error') return `error ${answer.error.code}`;
  return answer.kind === 'granted' ? `granted ${String(answer.value)}@${answer.version}` : answer.kind;
}

const insert = (value: unknown): Operation => ({ kind: 'insert', value, expires: 0 });
const swap = (base: number, value: unknown): Operation => ({ kind: 'swap', base, deleted: false, value, expires: 0 });

test('an answer that shows a write leaves when the write is on every member, not before', () => {
  const { ask, answers, commit } = makeStage();
  ask('a#1', 1, insert(1));
  ask('b#1', 1, { kind: 'read' });
  ask('c#1', 1, insert(2));
  assert.deepEqual(answers, []);
  commit();
  assert.deepEqual(answers, ['a#1 1 done [true]', 'b#1 1 done [1]', 'c#1 1 done [false,1]']);
});

test('the same request twice is applied once and answered the same', () => {
  const { ask, answers, commit, table } = makeStage();
  ask('a#1', 1, { kind: 'put', value: 1, expires: 0, match: null });
  commit();
  ask('b#1', 1, { kind: 'put', value: 2, expires: 0, match: null });
  ask('a#1', 1, { kind: 'put', value: 1, expires: 0, match: null });
  commit();
  assert.equal(table.get('k'), 2);
  assert.deepEqual(answers, ['a#1 1 done null', 'b#1 1 done null', 'a#1 1 done null']);
});

test('a conditional put or delete goes through for the holder only', () => {
  const { ask, answers, commit } = makeStage();
  ask('a#1', 1, insert({ holder: 'a#1' }));
  commit();
  ask('b#1', 1, { kind: 'delete', match: 'b#1' });
  ask('a#1', 2, { kind: 'delete', match: 'a#1' });
  commit();
  ask('a#1', 3, { kind: 'delete', match: 'a#1' });
  assert.deepEqual(answers.slice(1), ['b#1 1 error NameTaken', 'a#1 2 done true', 'a#1 3 error NameTaken']);
});

test('a swap on an old version gets the key in turn; the others wait, however long its holder takes; who gives up is passed over', () => {
  const { ask, answers, commit, table, advance, owner } = makeStage();
  ask('a#1', 1, swap(0, 1));
  commit();
  ask('b#1', 1, swap(0, 10));
  ask('c#1', 1, swap(0, 20));
  ask('c#1', 1, swap(0, 20));
  assert.deepEqual(answers.splice(0), ['a#1 1 done [1]', 'b#1 1 granted 1@1']);
  ask('d#1', 1, swap(1, 99));
  assert.equal(table.get('k'), 1, 'the key is with b');
  ask('b#1', 1, swap(1, 11));
  commit();
  assert.deepEqual(answers.splice(0), ['c#1 1 granted 11@2', 'b#1 1 done [11]']);
  ask('e#1', 1, swap(1, 98));
  advance(500);
  assert.deepEqual(answers.splice(0), []);
  advance(600);
  assert.deepEqual(answers.splice(0), ['c#1 1 granted 11@2'], 'told again, in case it did not hear');
  owner.giveBack(0, 'k', { from: 'd#1', number: 1 });
  ask('c#1', 1, swap(2, 21));
  commit();
  assert.equal(table.get('k'), 21);
  assert.deepEqual(answers.splice(0), ['e#1 1 granted 21@3', 'c#1 1 done [21]'], 'd had given up while it waited');
  owner.giveBack(0, 'k', { from: 'e#1', number: 1 });
  assert.equal(owner.waiting, 0);
});

test('a turn whose holder is gone goes to the next; a late copy of an earlier swap does not end a turn', () => {
  const { ask, answers, commit, owner, table } = makeStage();
  ask('a#1', 1, swap(0, 1));
  commit();
  for (const who of ['b#1', 'c#1'] as const) ask(who, 1, swap(0, 5));
  assert.deepEqual(answers.splice(0), ['a#1 1 done [1]', 'b#1 1 granted 1@1']);
  ask('b#1', 1, swap(0, 5));
  assert.equal(table.get('k'), 1);
  owner.reassign(
    () => true,
    (address) => address !== 'b#1',
  );
  assert.deepEqual(answers.splice(0), ['c#1 1 granted 1@1']);
  ask('c#1', 1, swap(1, 7));
  commit();
  assert.deepEqual([table.get('k'), answers.splice(0), owner.waiting], [7, ['c#1 1 done [7]'], 0]);
});

test('loads: one loads and the rest wait; told again when asked again; passed on when the loader is gone', () => {
  const { ask, answers, commit, owner, advance } = makeStage();
  const load: Operation = { kind: 'load', loading: false };
  ask('a#1', 1, load);
  ask('b#1', 1, load);
  ask('b#1', 1, load);
  ask('c#1', 1, load);
  assert.deepEqual(answers.splice(0), ['a#1 1 load']);
  ask('a#1', 1, load);
  assert.deepEqual(answers.splice(0), ['a#1 1 load']);
  advance(2_000);
  assert.deepEqual(answers.splice(0), ['a#1 1 load']);
  owner.reassign(
    () => true,
    (address) => address !== 'a#1',
  );
  assert.deepEqual(answers.splice(0), ['b#1 1 load']);
  ask('b#1', 1, { kind: 'loaded', value: 5, expires: 0 });
  assert.deepEqual(answers.splice(0), []);
  commit();
  assert.deepEqual(answers.splice(0), ['b#1 1 done 5', 'c#1 1 done 5']);
  assert.equal(owner.waiting, 0);
});

test('loads: an error goes to all who wait; a load given back with nobody waiting is forgotten', () => {
  const { ask, answers, owner } = makeStage();
  const error = { code: 'Mine', message: 'no', details: {}, stack: null };
  ask('a#1', 1, { kind: 'load', loading: false });
  ask('b#1', 1, { kind: 'load', loading: false });
  ask('a#1', 1, { kind: 'load-failed', error });
  ask('c#1', 1, { kind: 'load', loading: false });
  owner.giveBack(0, 'k', { from: 'c#1', number: 1 });
  ask('d#1', 1, { kind: 'load', loading: false });
  assert.deepEqual(answers, ['a#1 1 load', 'a#1 1 error Mine', 'b#1 1 error Mine', 'c#1 1 load', 'd#1 1 load']);
});
