/** The checkers of view changes, joins and names can fail: a small history that breaks the promise, and one that does not. */
import test from 'node:test';
import { checkAcknowledgements } from '../../src/chaos/checkers/acknowledgements.ts';
import { checkAgreement } from '../../src/chaos/checkers/agreement.ts';
import { checkEvictions } from '../../src/chaos/checkers/evictions.ts';
import { checkHeals } from '../../src/chaos/checkers/heals.ts';
import { checkJoiners } from '../../src/chaos/checkers/joiners.ts';
import { checkLocalReads } from '../../src/chaos/checkers/registers.ts';
import { checkStore } from '../../src/chaos/checkers/store.ts';
import { checkZombies } from '../../src/chaos/checkers/zombies.ts';
import { History } from '../../src/chaos/index.ts';
import { breaks, finalOf, holds, ok, timed } from './judging.ts';

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

test('agreement: what came before an app started on a node was not seen by it', () => {
  const { history, at } = timed();
  for (const node of ['n1#1', 'n2#1']) history.note(node, 'view', { epoch: 1, members: BOTH });
  history.note('n1#1', 'applied', { table: 'registers', key: 'a', after: '{"id":1}' });
  history.note('n2#1', 'app starts', {});
  at(10);
  for (const node of ['n1#1', 'n2#1']) history.note(node, 'view', { epoch: 2, members: BOTH });
  holds(checkAgreement, history);
});

test('agreement: where the clock goes on during a flush, only what was answered before it is owed', () => {
  const agree = (isAnswered: boolean): History => {
    let now = 0;
    const history = new History(() => now++, true);
    for (const node of ['n1#1', 'n2#1']) history.note(node, 'view', { epoch: 1, members: BOTH });
    const put = history.begin('n1#1', 'put', 'a', null);
    history.note('n1#1', 'applied', { table: 'registers', key: 'a', after: `{"id":${put.id}}` });
    if (isAnswered) history.succeed(put, undefined);
    for (const node of ['n1#1', 'n2#1']) history.note(node, 'view', { epoch: 2, members: BOTH });
    return history;
  };
  holds(checkAgreement, agree(false));
  breaks(checkAgreement, agree(true), /n2#1 flushed view 2 without registers a/);
});

test('agreement: a write under a view that only one of two members could flush is owed by the other', () => {
  const agree = (skips: string, adopted: boolean): History => {
    const { history, at } = timed();
    for (const node of ['n1#1', 'n2#1']) history.note(node, 'app starts', {});
    for (const node of ['n1#1', 'n2#1']) history.note(node, 'view', { epoch: 1, members: BOTH });
    const put = history.begin('n1#1', 'put', 'a', null);
    const applied = { table: 'registers', key: 'a', after: `{"id":${put.id}}` };
    if (skips !== 'n1#1') history.note('n1#1', 'view', { epoch: 2, members: [...BOTH, 'n3#1 up'] });
    history.note('n1#1', 'applied', applied);
    at(10);
    if (skips !== 'n2#1') history.note('n2#1', 'view', { epoch: 2, members: [...BOTH, 'n3#1 up'] });
    history.note('n1#1', 'view', { epoch: 3, members: BOTH });
    if (adopted) history.note('n2#1', 'applied', applied);
    history.note('n2#1', 'view', { epoch: 3, members: BOTH });
    return history;
  };
  for (const skips of ['n1#1', 'n2#1']) {
    holds(checkAgreement, agree(skips, true));
    breaks(checkAgreement, agree(skips, false), /n2#1 flushed view 3 without registers a/);
  }
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

/** n2 is evicted at 20 s. */
function evicted(before: (history: History) => void): History {
  const { history, at } = timed();
  history.note('authority', 'decided', { epoch: 1, members: BOTH, cause: 'boot' });
  at(16_000);
  before(history);
  at(20_000);
  history.note('authority', 'decided', { epoch: 2, members: ['n1#1 up'], cause: 'eviction n2' });
  return history;
}

test('evictions: of a node that stood still for a moment is found; for a lease, or with its links cut, it is right', () => {
  breaks(
    checkEvictions,
    evicted((history) => history.note('n2#1', 'paused', { ms: 400 })),
    /n2 was evicted, .* 400 ms/,
  );
  breaks(
    checkEvictions,
    evicted((history) => history.note('n1#1', 'paused', { ms: 4_000 })),
    /n2 was evicted, .* 0 ms/,
  );
  holds(
    checkEvictions,
    evicted((history) => history.note('n2#1', 'paused', { ms: 3_500 })),
  );
  holds(
    checkEvictions,
    evicted((history) => history.note('cluster', 'cut', { from: 'n2', to: 'authority', fault: 1 })),
  );
});

test('store: what it did for a node after its eviction is found; what was asked before, or by one that left, is not', () => {
  const asked = (when: 'before' | 'after', cause = 'eviction n2'): History => {
    const history = new History();
    history.note('authority', 'decided', { epoch: 1, members: BOTH, cause: 'boot' });
    const early = when === 'before' ? history.begin('n2#1', 'reserve', 'marks', null) : undefined;
    history.note('authority', 'decided', { epoch: 2, members: ['n1#1 up'], cause });
    history.succeed(early ?? history.begin('n2#1', 'reserve', 'marks', null), 1);
    return history;
  };
  holds(checkStore, asked('before'));
  holds(checkStore, asked('after', 'left n2'));
  breaks(checkStore, asked('after'), /by n2#1 after its eviction/);
});

test('acknowledgements: a write that waits in vain over a link for small frames, with no eviction after it, is found', () => {
  const waits = (beside: (history: History) => void, untilMs = 40_000): History => {
    const { history, at } = timed();
    const fault = { from: 'n1', to: 'n2', fault: 1 };
    history.note('cluster', 'small only', fault);
    const put = history.begin('n1#1', 'put', 'a', null);
    at(5_000);
    history.fail(put, 'unknown', 'Timeout: put of registers a took longer than 5000 ms');
    at(15_000);
    beside(history);
    at(untilMs);
    history.note('cluster', 'small only no more', fault);
    return history;
  };
  breaks(
    checkAcknowledgements,
    waits(() => undefined),
    /waited in vain while n1 reached n2 with small frames only/,
  );
  holds(
    checkAcknowledgements,
    waits((history) => history.note('authority', 'decided', { epoch: 2, members: ['n1#1 up'], cause: 'eviction n2' })),
  );
  holds(
    checkAcknowledgements,
    waits(() => undefined, 16_000),
  );
});

test('evictions: a cut that ended long ago is no reason', () => {
  const { history, at } = timed();
  history.note('cluster', 'cut', { from: 'n2', to: 'authority', fault: 1 });
  history.note('cluster', 'cut no more', { from: 'n2', to: 'authority', fault: 1 });
  at(60_000);
  history.note('authority', 'decided', { epoch: 2, members: ['n1#1 up'], cause: 'eviction n2' });
  breaks(checkEvictions, history, /n2 was evicted/);
});

test('heals: a merged write of a life that was cut off and came back must be there; of one that was killed it need not', () => {
  const back = finalOf({});
  const healed = (shown: number | undefined): ReturnType<typeof finalOf> => {
    const merged = shown === undefined ? {} : { a: shown };
    return new Map([...back].map(([address, node]) => [address === 'n2#1' ? 'n2#2' : address, { ...node, merged }]));
  };
  const story = (what?: string): History =>
    evicted((history) => {
      ok(history, 'merged put', 'a', { wall: 10, seen: null }, 'n1#1');
      ok(history, 'merged put', 'a', { wall: 20, seen: 1 }, 'n2#1');
      if (what) history.note('n2#1', what);
    });
  holds(checkHeals, story(), healed(2));
  breaks(checkHeals, story(), /key a shows 1 at the end, older than #2 of n2#1/, healed(1));
  breaks(checkHeals, story(), /key a shows undefined/, healed(undefined));
  holds(checkHeals, story('killed'), healed(1));
});
