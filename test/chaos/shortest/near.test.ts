/** What is told of a violated invariant: the newest operations, older ones that it names, and bounded however long the run was. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Happening, History, historyOf, type Operation, report } from '../../../src/chaos/index.ts';
import { nearViolation } from '../../../src/chaos/shortest/near.ts';

function lobbiesOpened(count: number): History {
  const history = new History(() => history.operations.length);
  for (let id = 1; id <= count; id++) history.succeed(history.begin('n1#1', 'open', 'lobbies', null), { id });
  return history;
}

function violated(history: History, problem: string): Happening {
  return history.note('cluster', 'invariant violated', { problem });
}

const idsOf = (items: readonly (Operation | Happening)[]): unknown[] =>
  items.flatMap((item) => ('what' in item ? [] : [(item.output as { id: number }).id]));

test('the newest operations, the last of them last, and then the violation', () => {
  const history = lobbiesOpened(100);
  const violation = violated(history, 'something is wrong');
  const near = nearViolation(history, violation, 'something is wrong');
  assert.deepEqual(
    idsOf(near),
    Array.from({ length: 25 }, (_, at) => 76 + at),
  );
  assert.equal(near.at(-1), violation);
});

test('an old operation whose key or value it names is told, too; what came after it is not', () => {
  const history = lobbiesOpened(100);
  const violation = violated(history, 'lost: 7, 13');
  history.succeed(history.begin('n1#1', 'open', 'lobbies', null), { id: 101 });
  assert.deepEqual(idsOf(nearViolation(history, violation, 'lost: 7, 13')).slice(0, 3), [7, 13, 76]);
  assert.deepEqual(idsOf(nearViolation(history, violation, 'lost: 7, 13')).at(-1), 100);
});

test('where it names very many, the newest of them are told', () => {
  const history = lobbiesOpened(1_000);
  const violation = violated(history, 'lobbies are lost');
  assert.equal(nearViolation(history, violation, 'lobbies are lost').length, 36);
});

test("a workload's own notes are told; a value that holds itself does no harm", () => {
  const history = new History(() => 0);
  const note = history.note('n1#1', 'the shop opens');
  const endless: Record<string, unknown> = {};
  endless.self = endless;
  for (let at = 0; at < 30; at++) history.succeed(history.begin('n1#1', 'ask', 'shop', endless), null);
  const later = history.note('n1#1', 'the shop closes');
  const near = nearViolation(history, violated(history, 'closed'), 'closed');
  assert.ok(!near.includes(note) && near.includes(later));
});

test('many cut links before it do not push out a death', () => {
  const history = lobbiesOpened(5);
  const death = history.note('n2#1', 'killed');
  for (let at = 0; at < 80; at++) history.note('cluster', 'cut', { from: 'n1', to: `n${at}` });
  history.begin('n1#1', 'open', 'lobbies', null);
  const happening = violated(history, 'wrong');
  const matters = nearViolation(history, happening, 'wrong');
  const violation = { promise: 'all well', problem: 'wrong', matters, evidence: 'near' } as const;
  const told = historyOf({ history }, violation);
  assert.ok(told.includes(death));
  assert.equal(told.length, 60);
  assert.equal(told.at(-1), happening);
  const plan = { kinds: [], weights: {}, everyMs: 1 };
  const text = report({ seed: 1, nodes: 3, plan, history, violations: [violation] }, 'again');
  assert.match(text, /^ {2}all 6 operations, and faults and views before it:$/m);
});
