/** The checkers of view changes, joins and names can fail: a small history that breaks the promise, and one that does not. */
import test from 'node:test';
import { checkAgreement } from '../../src/chaos/checkers/agreement.ts';
import { checkJoiners } from '../../src/chaos/checkers/joiners.ts';
import { checkLocalReads } from '../../src/chaos/checkers/registers.ts';
import { checkZombies } from '../../src/chaos/checkers/zombies.ts';
import { History } from '../../src/chaos/index.ts';
import { breaks, holds, ok, timed } from './judging.ts';

const BOTH = ['n1#1 up', 'n2#1 up'];

test('agreement: a write that one member had before the flush and another has not is found', () => {
  const agree = (second: boolean): History => {
    const { history, at } = timed();
    for (const node of ['n1#1', 'n2#1']) history.note(node, 'view', { epoch: 1, members: [...BOTH, 'n3#1 up'] });
    at(5);
    history.note('n1#1', 'applied', { table: 'registers', key: 'a', after: '{"id":1}' });
    at(10);
    history.note('n1#1', 'view', { epoch: 2, members: BOTH });
    history.note('n1#1', 'applied', { table: 'registers', key: 'a', after: '{"id":2}' });
    if (second) history.note('n2#1', 'applied', { table: 'registers', key: 'a', after: '{"id":1}' });
    history.note('n2#1', 'view', { epoch: 2, members: BOTH });
    return history;
  };
  holds(checkAgreement, agree(true));
  breaks(checkAgreement, agree(false), /n2#1 flushed view 2 without registers a/);
});

test('agreement: one that was not in the view before owes nothing', () => {
  const { history, at } = timed();
  history.note('n1#1', 'view', { epoch: 1, members: ['n1#1 up'] });
  history.note('n1#1', 'applied', { table: 'registers', key: 'a', after: '{"id":1}' });
  at(10);
  for (const node of ['n1#1', 'n2#1']) history.note(node, 'view', { epoch: 2, members: BOTH });
  holds(checkAgreement, history);
});

test('joiners: a node that starts without an append, a slot or the newest value is found', () => {
  const history = new History();
  ok(history, 'append', 'a', [1]);
  ok(history, 'claim slot', 's', [true, 2]);
  ok(history, 'put', 'r', undefined);
  ok(history, 'put', 'r', undefined);
  const start = (shown: Record<string, unknown>): History => {
    history.note('n3#1', 'app starts', { lists: { a: [1] }, slots: { s: 2 }, registers: { r: 4 }, ...shown });
    return history;
  };
  holds(checkJoiners, start({}));
  breaks(checkJoiners, start({ lists: {} }), /starts without #1/);
  breaks(checkJoiners, start({ slots: {} }), /starts without #2/);
  breaks(checkJoiners, start({ registers: { r: 3 } }), /register r shows 3 though #4 had replaced it/);
  breaks(checkJoiners, start({ registers: {} }), /register r shows null/);
});

test('local reads: a value that comes back after another had followed is found', () => {
  const history = new History();
  const first = history.begin('n1#1', 'put', 'a', null);
  const second = history.begin('n1#1', 'put', 'a', null);
  for (const { id } of [first, second]) ok(history, 'get', 'a', id, 'n2#1');
  ok(history, 'get', 'a', first.id, 'n1#1');
  holds(checkLocalReads, history);
  ok(history, 'get', 'a', first.id, 'n2#1');
  breaks(checkLocalReads, history, /on n2#1 went back to 1 of register a/);
});

test('zombies: a look-up that shows a holder outside the view, and a name refused for one, are found', () => {
  const look = (holder: string): History => {
    const history = new History();
    history.note('n1#1', 'looked up', { holders: { a: holder }, members: ['n1#1', 'n2#1'] });
    return history;
  };
  holds(checkZombies, look('n2#1'));
  breaks(checkZombies, look('n3#1'), /shows a as held by n3#1/);

  const refusedFor = (holder: string): History => {
    const history = new History();
    history.note('n1#1', 'view', { epoch: 1, members: [...BOTH, 'n3#1 up'] });
    history.note('n1#1', 'view', { epoch: 2, members: BOTH });
    const register = history.begin('n1#1', 'register', 'a', null);
    history.fail(register, 'refused', `NameTaken: the name names "a" is held by ${holder}`);
    return history;
  };
  holds(checkZombies, refusedFor('n2#1'));
  holds(checkZombies, refusedFor('n4#1'));
  breaks(checkZombies, refusedFor('n3#1'), /refused for n3#1/);
});
