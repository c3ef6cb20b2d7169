/** Applied requests: a late copy is known, also after its answer was forgotten, and also by who joined later. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppliedRequests } from '../../../src/services/tables/applied-requests.ts';

const CALLER = 'n1#1';

test('an applied request has its answer until its caller has done with it; then it is done for good', () => {
  const applied = new AppliedRequests();
  applied.record({ caller: CALLER, number: 7, doneBelow: 3, outcome: 'seven' });
  applied.record({ caller: CALLER, number: 5, doneBelow: 5, outcome: undefined });
  assert.equal(applied.has(CALLER, 5), true);
  assert.equal(applied.outcome(CALLER, 7), 'seven');
  assert.equal(applied.isDone(CALLER, 4), true);
  assert.equal(applied.isDone(CALLER, 5), false);
  applied.record({ caller: CALLER, number: 9, doneBelow: 8, outcome: 'nine' });
  assert.deepEqual(
    [5, 7, 9].map((number) => applied.has(CALLER, number)),
    [false, false, true],
  );
  assert.equal(applied.isDone(CALLER, 7), true);
  assert.equal(applied.isDone('n2#1', 0), false);
});

test('marks that arrive out of order do not bring an answer back', () => {
  const applied = new AppliedRequests();
  applied.record({ caller: CALLER, number: 9, doneBelow: 9, outcome: 'nine' });
  applied.record({ caller: CALLER, number: 5, doneBelow: 4, outcome: 'five' });
  assert.equal(applied.has(CALLER, 5), false);
  assert.equal(applied.isDone(CALLER, 5), true);
});

test('who joins learns it all from a donor, in small pieces, and keeps what it knew better', () => {
  const [donor, joiner] = [new AppliedRequests(), new AppliedRequests()];
  donor.record({ caller: CALLER, number: 5, doneBelow: 4, outcome: 'five' });
  joiner.record({ caller: CALLER, number: 6, doneBelow: 6, outcome: 'six' });
  const pieces = [...donor.pieces()];
  assert.deepEqual(pieces, [
    [CALLER, 4, []],
    [CALLER, 4, [[5, 'five']]],
  ]);
  for (const piece of pieces) joiner.absorb([piece]);
  assert.deepEqual(
    [5, 6].map((number) => joiner.has(CALLER, number)),
    [false, true],
  );
  const other = new AppliedRequests();
  other.absorb(pieces);
  assert.deepEqual([other.isDone(CALLER, 3), other.outcome(CALLER, 5)], [true, 'five']);
  other.forget(CALLER);
  assert.deepEqual(other.callers(), []);
});
