/** The history: one order, also where it is put together from what nodes kept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { History, type Note } from '../../src/chaos/index.ts';

const noted = (at: number, node: string, what: string): Note => ({ at, node, what, details: {} });

test('notes from nodes come into one order by the clock they share, each node in its own order', () => {
  const clock = { now: 12 };
  const history = new History(() => clock.now, true);
  const asked = history.begin('n2#1', 'put', 'a', null);
  clock.now = 16;
  history.succeed(asked, undefined);
  // They arrive in another order than they were noted in, and in two goes.
  history.take([noted(14, 'n2#1', 'third')]);
  history.take([noted(10, 'n1#1', 'first'), noted(10, 'n1#1', 'second'), noted(17, 'n1#1', 'fourth')]);
  assert.deepEqual(
    history.happenings.map(({ what, node, at }) => [what, node, at]),
    [
      ['first', 'n1#1', 10],
      ['second', 'n1#1', 10],
      ['third', 'n2#1', 14],
      ['fourth', 'n1#1', 17],
    ],
  );
  const orders = history.happenings.map(({ order }) => order);
  assert.ok(
    orders.every((order, at) => at === 0 || order > orders[at - 1]!),
    String(orders),
  );
  assert.ok(asked.invoked > orders[1]! && asked.invoked < orders[2]! && asked.returned > orders[2]!);
});

test('what is derived from a history is made once, and again when it has grown or an operation has ended', () => {
  const history = new History();
  let made = 0;
  const countOk = ({ operations }: History): number => {
    made += 1;
    return operations.filter(({ outcome }) => outcome === 'ok').length;
  };
  const put = history.begin('n1#1', 'put', 'a', null);
  assert.equal(history.derive(countOk), 0);
  assert.equal(history.derive(countOk), 0);
  assert.equal(made, 1);
  history.succeed(put, undefined);
  assert.equal(history.derive(countOk), 1);
  history.note('n1#1', 'killed');
  assert.equal(history.derive(countOk), 1);
  assert.equal(made, 3);
  assert.deepEqual(history.of('put', 'read'), [put]);
  assert.deepEqual(
    history.all('killed').map(({ node }) => node),
    ['n1#1'],
  );
});
