/** When all who knew are gone, that is said; a change that leaves one of them is none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { History } from '../../src/chaos/index.ts';
import { checkContinuity } from '../../src/chaos/threads/continuity.ts';

function historyOf(...views: string[][]): History {
  const history = new History();
  views.forEach((members, at) => {
    history.note('authority', 'decided', { epoch: at + 1, members, cause: 'a test' });
  });
  return history;
}

test('members go one after the other and others come: nothing is missed', () => {
  const history = historyOf(
    ['n1#1 up', 'n2#1 up'],
    ['n2#1 leaving', 'n3#1 joining'],
    ['n2#1 leaving', 'n3#1 up'],
    ['n3#1 up'],
  );
  assert.deepEqual(checkContinuity(history), []);
});

test('a learner does not know: when only one is left, everything is gone', () => {
  const [violation, ...rest] = checkContinuity(historyOf(['n1#1 up', 'n2#1 joining'], ['n2#1 up']));
  assert.equal(rest.length, 0);
  assert.equal(violation?.problem, 'of those who knew in view 1 nobody is in view 2');
});

test('an incarnation is somebody else', () => {
  assert.equal(checkContinuity(historyOf(['n1#1 up'], ['n1#2 joining'])).length, 1);
});
