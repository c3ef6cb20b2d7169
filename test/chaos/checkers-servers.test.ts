/** The checkers of servers can fail: a small history that breaks the promise, and one like it that does not. */
import test from 'node:test';
import { checkEffects } from '../../src/chaos/checkers/effects.ts';
import { checkMoves } from '../../src/chaos/checkers/moves.ts';
import { checkNodeDowns } from '../../src/chaos/checkers/node-downs.ts';
import { checkTokens } from '../../src/chaos/checkers/tokens.ts';
import { History } from '../../src/chaos/index.ts';
import { breaks, holds, timed } from './judging.ts';

function noteOf(history: History, instance: string): (what: string, details?: Record<string, unknown>) => void {
  const node = instance.slice(0, instance.indexOf('/'));
  return (what, details = {}) => {
    history.note(node, what, { kind: 'guard', key: '', instance, ...details });
  };
}

test('at most one: a turn, and an effect behind an await, after the next instance has begun are found', () => {
  const story = (late: string): History => {
    const history = new History();
    const first = noteOf(history, 'n1#1/1');
    const second = noteOf(history, 'n2#1/1');
    first('server turn');
    first('server effect');
    second('server starts');
    second('server turn');
    first(late);
    second('server turn');
    return history;
  };
  holds(checkEffects, story('server effect refused'));
  breaks(checkEffects, story('server turn'), /of guard\/ on n1#1 handled a message after the next one, on n2#1/);
  breaks(checkEffects, story('server effect'), /on n1#1 had an effect after the next one, on n2#1/);
});

test('at most one: an instance may begin before the one before has noticed its end', () => {
  const history = new History();
  noteOf(history, 'n1#1/1')('server turn');
  noteOf(history, 'n2#1/1')('server starts');
  noteOf(history, 'n1#1/1')('server ends');
  noteOf(history, 'n2#1/1')('server turn');
  holds(checkEffects, history);
});

test('moves: a call that fails while nodes only stop and start is found; beside a kill, or with a short deadline, it may', () => {
  const call = (before: string | undefined, input: unknown): History => {
    const { history, at } = timed();
    if (before) history.note('n3#1', before);
    at(1);
    const operation = history.begin('n1#1', 'loose add', 1, input);
    at(2);
    history.fail(operation, 'unknown', 'Timeout: late');
    return history;
  };
  breaks(checkMoves, call(undefined, null), /#1 failed \(Timeout: late\)/);
  holds(checkMoves, call('killed', null));
  holds(checkMoves, call(undefined, { deadlineMs: 200 }));
});

test('moves: a state that does not arrive is found; when its node dies on the way it need not', () => {
  const move = (kept: number, death: boolean): History => {
    const history = new History();
    noteOf(history, 'n1#1/1')('server turn', { id: 1 });
    noteOf(history, 'n1#1/1')('server ends', { reason: 'moves', count: 3 });
    if (death) history.note('n1#1', 'killed');
    noteOf(history, 'n2#1/1')('server starts', { kept });
    return history;
  };
  holds(checkMoves, move(3, false));
  breaks(checkMoves, move(0, false), /guard\/ ended with 3 on n1#1 and began with 0 on n2#1/);
  holds(checkMoves, move(0, true));
});

test('node downs: a call that waits though its caller knows that its node is gone is found', () => {
  const call = (settledAt: number): History => {
    const { history, at } = timed();
    const operation = history.begin('n1#1', 'loose add', 1, null);
    history.note('n2#1', 'server turn', { kind: 'loose', key: 1, instance: 'n2#1/1', id: operation.id });
    at(10);
    history.note('n1#1', 'view', { epoch: 2, members: ['n1#1 up'] });
    at(settledAt);
    history.fail(operation, 'unknown', 'NodeDown: gone');
    return history;
  };
  holds(checkNodeDowns, call(12));
  breaks(checkNodeDowns, call(5_000), /#1 ran on n2#1, which n1#1 knew to be gone, and settled 4990 ms later/);
});

test('tokens: a next holder whose token is not greater is found; a start on the same node may have the same', () => {
  const starts = (...tokens: readonly (readonly [instance: string, token: number])[]): History => {
    const history = new History();
    for (const [instance, token] of tokens) noteOf(history, instance)('server starts', { token });
    return history;
  };
  holds(checkTokens, starts(['n1#1/1', 4], ['n1#1/2', 4], ['n2#1/1', 5], ['n1#1/3', 9]));
  breaks(checkTokens, starts(['n1#1/1', 4], ['n2#1/1', 4]), /starts on n2#1 with the token 4, and n1#1 had 4/);
  breaks(checkTokens, starts(['n1#1/1', 4], ['n2#1/1', 7], ['n1#1/2', 5]), /with the token 5, and n2#1 had 7/);
});
