/** The checkers can fail: each gets a small history that breaks its promise, and one like it that does not. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { seededRandom } from '../../src/base/index.ts';
import { checkAppends, checkTallies } from '../../src/chaos/checkers/appends.ts';
import { checkDeadlines } from '../../src/chaos/checkers/deadlines.ts';
import type { Final } from '../../src/chaos/checkers/index.ts';
import { checkLoads } from '../../src/chaos/checkers/loads.ts';
import { checkMerged } from '../../src/chaos/checkers/merged.ts';
import { checkNames } from '../../src/chaos/checkers/names.ts';
import { checkPubSub } from '../../src/chaos/checkers/pubsub.ts';
import { checkLocalReads, checkRegisters, checkSlots } from '../../src/chaos/checkers/registers.ts';
import { checkRetries } from '../../src/chaos/checkers/retries.ts';
import { checkSequences } from '../../src/chaos/checkers/sequences.ts';
import { checkInstances, checkTurns } from '../../src/chaos/checkers/servers.ts';
import { checkViews } from '../../src/chaos/checkers/views.ts';
import { History, type Operation } from '../../src/chaos/history.ts';
import { checkLinearizable, REGISTER } from '../../src/chaos/linearizable.ts';
import { breaks, finalOf, holds, ok, timed } from './judging.ts';

/** Appends with the results given; ids are 1, 2, 3 … */
function appends(kind: string, results: readonly number[][]): History {
  const history = new History();
  for (const result of results) ok(history, kind, 'a', result);
  return history;
}

for (const [checker, kind, what] of [
  [checkAppends, 'append', 'lists'],
  [checkTallies, 'tally add', 'tallies'],
] as const) {
  test(`${kind}: a lost, a doubled, a forged and a forked append are found`, () => {
    const final = (list: readonly number[]): Final => finalOf({ [what]: { a: list } });
    holds(checker, appends(kind, [[1], [1, 2]]), final([1, 2]));
    breaks(checker, appends(kind, [[1], [1, 2]]), /#2 was acknowledged and is lost/, final([1]));
    breaks(checker, appends(kind, [[1], [1, 2]]), /#2 was applied twice/, final([1, 2, 2]));
    breaks(checker, appends(kind, [[1]]), /nobody appended/, final([1, 9]));
    breaks(checker, appends(kind, [[1], [2]]), /no prefix/, final([1, 2]));
    breaks(checker, appends(kind, [[1, 2], [2]]), /does not end with it|saw less/, final([1, 2]));
    breaks(
      checker,
      appends(kind, [[1]]),
      /differ when settled/,
      finalOf({ [what]: { a: [1] } }, { [what]: { a: [] } }),
    );
  });
}

test('append: one of unknown outcome may be there once, a refused one never', () => {
  const history = new History();
  history.fail(history.begin('n1#1', 'append', 'a', null), 'unknown', 'Timeout');
  history.fail(history.begin('n1#1', 'append', 'a', null), 'refused', 'Overloaded');
  holds(checkAppends, history, finalOf({ lists: { a: [1] } }));
  holds(checkAppends, history, finalOf({ lists: { a: [] } }));
  breaks(checkAppends, history, /#1 was applied twice/, finalOf({ lists: { a: [1, 1] } }));
  breaks(checkAppends, history, /#2 was refused/, finalOf({ lists: { a: [2] } }));
});

test('registers: a lost put, a stale read and a delete that lied are not linearizable', () => {
  const lost = new History();
  ok(lost, 'put', 'a', undefined);
  breaks(checkRegisters, lost, /what is there at the end/);
  holds(checkRegisters, lost, finalOf({ registers: { a: 1 } }));

  const stale = new History();
  ok(stale, 'put', 'a', undefined);
  ok(stale, 'put', 'a', undefined);
  ok(stale, 'read', 'a', 1);
  breaks(checkRegisters, stale, /#3/, finalOf({ registers: { a: 2 } }));

  const lied = new History();
  ok(lied, 'put', 'a', undefined);
  ok(lied, 'delete', 'a', false);
  breaks(checkRegisters, lied, /#2/, finalOf({ registers: { a: 1 } }));
});

test('registers: a write of unknown outcome explains what is there, before or after others', () => {
  const history = new History();
  const late = history.begin('n1#1', 'put', 'a', null);
  ok(history, 'put', 'a', undefined);
  ok(history, 'read', 'a', 2);
  history.fail(late, 'unknown', 'Timeout');
  holds(checkRegisters, history, finalOf({ registers: { a: 2 } }));
  holds(checkRegisters, history, finalOf({ registers: { a: 1 } }));
  breaks(checkRegisters, history, /the end/, finalOf({ registers: { a: 9 } }));
});

test('linearizability: what overlaps may take effect in either order, what does not may not', () => {
  const history = new History();
  const first = history.begin('n1#1', 'put', 'a', null);
  const second = history.begin('n2#1', 'swap', 'a', null);
  history.succeed(first, undefined);
  history.succeed(second, null);
  ok(history, 'read', 'a', 1);
  assert.equal(checkLinearizable(history.operations, REGISTER).kind, 'linearizable');
  ok(history, 'insert', 'a', [true, 4]);
  assert.equal(checkLinearizable(history.operations, REGISTER).kind, 'violation');
});

test('linearizability: a history of 20,000 operations with some unknown outcomes is judged, and one wrong read in it found', () => {
  const history = new History();
  for (let at = 0; at < 5_000; at++) {
    if (at % 1_000 === 0) history.fail(history.begin('n3#1', 'put', 'a', null), 'unknown', 'Timeout');
    const [one, two] = [history.begin('n1#1', 'put', 'a', null), history.begin('n2#1', 'swap', 'a', null)];
    history.succeed(two, null);
    history.succeed(one, undefined);
    const read = history.begin('n3#1', 'read', 'a', null);
    history.succeed(read, one.id);
    ok(history, 'delete', 'a', true);
  }
  const startedAt = performance.now();
  assert.equal(checkLinearizable(history.operations, REGISTER).kind, 'linearizable');
  assert.ok(performance.now() - startedAt < 10_000, 'the cost grows with the length alone');
  ok(history, 'read', 'a', 2);
  const verdict = checkLinearizable(history.operations, REGISTER);
  assert.equal(verdict.kind, 'violation');
  assert.ok(verdict.kind === 'violation' && verdict.stuckAt === history.operations.at(-1));
});

test('linearizability agrees with trying every order, on small histories', () => {
  const random = seededRandom(11);
  const verdicts = { linearizable: 0, violation: 0 };
  for (let round = 0; round < 3_000; round++) {
    const operations = randomHistory(random);
    const { kind } = checkLinearizable(operations, REGISTER);
    assert.equal(kind, anyOrderFits(operations, null) ? 'linearizable' : 'violation', JSON.stringify(operations));
    verdicts[kind as keyof typeof verdicts] += 1;
  }
  assert.ok(verdicts.linearizable > 300 && verdicts.violation > 300, JSON.stringify(verdicts));
});

/** Up to five operations that overlap at random, with results at random. */
function randomHistory(random: () => number): Operation[] {
  const history = new History();
  const open: Operation[] = [];
  const pick = (count: number): number => Math.floor(random() * count);
  while (history.operations.length < 5 || open.length > 0) {
    if (history.operations.length < 5 && random() < 0.5) {
      open.push(history.begin('n1#1', ['put', 'read', 'swap', 'delete', 'insert'][pick(5)]!, 'a', null));
      continue;
    }
    const [operation] = open.splice(pick(open.length), 1);
    if (!operation) continue;
    const seen = pick(3) === 0 ? null : 1 + pick(4);
    const outputs: Record<string, unknown> = {
      ...{ put: undefined, read: seen, swap: seen, delete: pick(2) === 0 },
      insert: pick(2) === 0 ? [true, operation.id] : [false, seen],
    };
    if (random() < 0.2 && operation.kind !== 'read') history.fail(operation, 'unknown', 'Timeout');
    else history.succeed(operation, outputs[operation.kind]);
  }
  return history.operations;
}

/** The definition itself: some order that keeps the order of what did not overlap, with or without unknown outcomes. */
function anyOrderFits(left: readonly Operation[], state: number | null): boolean {
  if (left.every(({ outcome }) => outcome === 'unknown')) return true;
  return left.some((operation) => {
    if (left.some((other) => other.returned < operation.invoked)) return false;
    const next = REGISTER.step(state, operation);
    return (
      next !== undefined &&
      anyOrderFits(
        left.filter((other) => other !== operation),
        next.state,
      )
    );
  });
}

test('slots: two winners, two truths and a vanished winner are found', () => {
  const twice = new History();
  ok(twice, 'claim slot', 's', [true, 1]);
  ok(twice, 'claim slot', 's', [true, 2], 'n2#1');
  breaks(checkSlots, twice, /won 2 times/, finalOf({ slots: { s: 2 } }));
  const truths = new History();
  ok(truths, 'claim slot', 's', [true, 1]);
  ok(truths, 'claim slot', 's', [false, 7], 'n2#1');
  breaks(checkSlots, truths, /different winners/, finalOf({ slots: { s: 1 } }));
  const gone = new History();
  ok(gone, 'claim slot', 's', [true, 1]);
  breaks(checkSlots, gone, /is lost/);
  holds(checkSlots, gone, finalOf({ slots: { s: 1 } }));
});

test('local reads: one older than a write that had resolved, and a copy that went back, are found', () => {
  const stale = new History();
  ok(stale, 'put', 'a', undefined);
  ok(stale, 'put', 'a', undefined);
  ok(stale, 'get', 'a', 1, 'n2#1');
  breaks(checkLocalReads, stale, /though #2 had replaced it/);

  const back = new History();
  for (const after of ['1', '2', '1']) back.note('n1#1', 'applied', { table: 'registers', key: 'a', after });
  breaks(checkLocalReads, back, /went back/);

  const orders = new History();
  for (const after of ['1', '2']) orders.note('n1#1', 'applied', { table: 'registers', key: 'a', after });
  holds(checkLocalReads, orders);
  for (const after of ['2', '1']) orders.note('n2#1', 'applied', { table: 'registers', key: 'a', after });
  breaks(checkLocalReads, orders, /different orders/);
});

test('loads: two loaders of a key at one time are found; after a death the next may load', () => {
  const both = new History();
  both.note('n1#1', 'load begins', { key: 'a', id: 1 });
  both.note('n2#1', 'load begins', { key: 'a', id: 2 });
  both.note('n1#1', 'load ends', { key: 'a', id: 1 });
  breaks(checkLoads, both, /two loaders/);
  const dead = new History();
  dead.note('n1#1', 'load begins', { key: 'a', id: 1 });
  dead.note('n1#1', 'killed');
  dead.note('n2#1', 'load begins', { key: 'a', id: 2 });
  holds(checkLoads, dead);
  const forged = new History();
  ok(forged, 'load', 'a', 7);
  breaks(checkLoads, forged, /no loader had made/);
});

test('merged: a lost put, a delete undone and unequal copies are found; what a dead node wrote may be lost', () => {
  const history = new History();
  ok(history, 'merged put', 'a', { wall: 10, seen: null }, 'n1#1');
  breaks(checkMerged, history, /shows undefined/);
  holds(checkMerged, history, finalOf({ merged: { a: 1 } }));
  ok(history, 'merged delete', 'a', { wall: 20, seen: null }, 'n2#1');
  breaks(checkMerged, history, /shows 1/, finalOf({ merged: { a: 1 } }));
  ok(history, 'merged put', 'a', { wall: 30, seen: null }, 'n3#1');
  holds(checkMerged, history);
  holds(checkMerged, history, finalOf({ merged: { a: 3 } }));
  breaks(checkMerged, history, /differ when settled/, finalOf({ merged: { a: 3 } }, {}));
});

test('merged, on threads: which of two writes was stamped later is open when their looks at the wall overlap', () => {
  const history = new History();
  ok(history, 'merged put', 'a', { wall: 10, until: 11, seen: null }, 'n1#1');
  ok(history, 'merged put', 'a', { wall: 11, until: 11, seen: null }, 'n2#1');
  holds(checkMerged, history, finalOf({ merged: { a: 1 } }));
  ok(history, 'merged put', 'a', { wall: 12, until: 12, seen: null }, 'n2#1');
  breaks(checkMerged, history, /shows 1/, finalOf({ merged: { a: 1 } }));
});

test('local reads, on threads: one that was under way may show a write that came meanwhile, and one that failed shows nothing', () => {
  const history = new History();
  const get = history.begin('n1#1', 'get', 'a', null);
  const put = ok(history, 'put', 'a', null);
  history.succeed(get, put.id);
  history.fail(history.begin('n1#1', 'get', 'a', null), 'unknown', 'NodeDown');
  holds(checkLocalReads, history);
  ok(history, 'get', 'a', 99);
  breaks(checkLocalReads, history, /shows 99, which nobody had written/);
});

test('merged, with clocks that are off: what its own node or who had seen it replaced must not come back', () => {
  const history = new History();
  history.note('n1#1', 'clock', { wallMs: 4_000, rate: 1 });
  ok(history, 'merged put', 'a', { wall: 4_010, seen: null }, 'n1#1');
  ok(history, 'merged put', 'a', { wall: 20, seen: 1 }, 'n2#1');
  holds(checkMerged, history, finalOf({ merged: { a: 2 } }));
  breaks(checkMerged, history, /shows 1/, finalOf({ merged: { a: 1 } }));
  ok(history, 'merged put', 'a', { wall: 4_030, seen: null }, 'n1#1');
  holds(checkMerged, history, finalOf({ merged: { a: 3 } }));
  holds(checkMerged, history, finalOf({ merged: { a: 2 } }));
  breaks(checkMerged, history, /shows undefined/);
});

test('names: two holders at a time, a name of the dead, a freed name that stays and a lost one are found', () => {
  const two = new History();
  ok(two, 'register', 'a', null);
  ok(two, 'register', 'a', null, 'n2#1');
  breaks(checkNames, two, /two hold the name/, finalOf({ names: { a: ['n2#1', 2] } }));

  const dead = new History();
  ok(dead, 'register', 'a', null, 'n3#1');
  dead.note('n3#1', 'killed');
  ok(dead, 'register', 'a', null, 'n2#1');
  holds(checkNames, dead, finalOf({ names: { a: ['n2#1', 2] } }));
  breaks(checkNames, dead, /which is gone/, finalOf({ names: { a: ['n3#1', 1] } }));
  breaks(checkNames, dead, /is held and shown as undefined/);

  const freed = new History();
  ok(freed, 'register', 'a', null);
  ok(freed, 'unregister', 'a', undefined, 'n1#1', { register: 1 });
  holds(checkNames, freed);
  breaks(checkNames, freed, /was freed/, finalOf({ names: { a: ['n1#1', 1] } }));
});

test('servers: two instances at a time, a call that ran twice and one that ran though it was refused are found', () => {
  const two = new History();
  const happens = (what: string, instance: number): unknown =>
    two.note(`n${instance}#1`, what, { kind: 'tally', key: 1, instance });
  happens('server starts', 1);
  happens('server starts', 2);
  holds(checkInstances, two);
  happens('server turn', 1);
  breaks(checkInstances, two, /two instances/);

  const twice = new History();
  const call = ok(twice, 'loose add', 1, []);
  breaks(checkTurns, twice, /never ran/);
  twice.note('n1#1', 'server turn', { kind: 'loose', key: 1, instance: 1, id: call.id });
  holds(checkTurns, twice);
  twice.note('n2#1', 'server turn', { kind: 'loose', key: 1, instance: 2, id: call.id });
  breaks(checkTurns, twice, /ran twice/);

  const refused = new History();
  const late = refused.begin('n1#1', 'loose add', 1, null);
  noteTurn(refused, late.id);
  refused.fail(late, 'refused', 'Timeout');
  breaks(checkTurns, refused, /was refused and ran/);
});

function noteTurn(history: History, id: number): void {
  history.note('n1#1', 'server turn', { kind: 'loose', key: 1, instance: 1, id });
}

test('sequences: an id issued twice and ids that go back are found', () => {
  const twice = new History();
  ok(twice, 'next id', 'ids', 5);
  ok(twice, 'next id', 'ids', 5, 'n2#1');
  breaks(checkSequences, twice, /issued twice/);
  const back = new History();
  ok(back, 'next id', 'ids', 5);
  ok(back, 'next id', 'ids', 4);
  breaks(checkSequences, back, /went back/);
});

test('pubsub: a message twice, out of order or missed is found; during a fault on the link it may be missed', () => {
  const history = new History();
  history.note('n2#1', 'subscribed', { subscription: 100, topic: 'news' });
  const message = ok(history, 'publish', 'news', undefined);
  breaks(checkPubSub, history, /was not heard/);
  const heard = (number: number): unknown =>
    history.note('n2#1', 'heard', { subscription: 100, topic: 'news', from: 'n1#1', number });
  heard(message.id);
  holds(checkPubSub, history);
  heard(message.id);
  breaks(checkPubSub, history, /came after/);
  heard(message.id - 1);
  breaks(checkPubSub, history, /#0 came after #1/);

  const cut = timed();
  cut.history.note('n2#1', 'subscribed', { subscription: 100, topic: 'news' });
  cut.history.note('cluster', 'cut', { from: 'n1', to: 'n2', fault: 1 });
  cut.at(5);
  ok(cut.history, 'publish', 'news', undefined);
  cut.at(10);
  cut.history.note('cluster', 'cut no more', { from: 'n1', to: 'n2', fault: 1 });
  holds(checkPubSub, cut.history);
  cut.at(60_000);
  ok(cut.history, 'publish', 'news', undefined);
  breaks(checkPubSub, cut.history, /#2 was not heard/);
});

test('views: two sets of members under one epoch and an epoch that goes back are found', () => {
  const history = new History();
  history.note('n1#1', 'view', { epoch: 2, members: ['n1#1 up'] });
  history.note('n2#1', 'view', { epoch: 2, members: ['n1#1 up', 'n2#1 up'] });
  breaks(checkViews, history, /two views under epoch 2/);
  const back = new History();
  back.note('n1#1', 'view', { epoch: 2, members: ['n1#1 up'] });
  back.note('n1#1', 'view', { epoch: 1, members: ['n1#1 up'] });
  breaks(checkViews, back, /went back/);
});

test('deadlines: what never settles, and what settles long after its deadline, is found; a pause of its node counts', () => {
  const hung = new History();
  hung.begin('n1#1', 'put', 'a', null);
  breaks(checkDeadlines, hung, /did not settle/);
  const { history, at } = timed();
  const late = history.begin('n1#1', 'put', 'a', null);
  at(6_000);
  history.fail(late, 'unknown', 'Timeout');
  breaks(checkDeadlines, history, /did not settle/);
  history.note('n1#1', 'paused', { ms: 1_000 });
  holds(checkDeadlines, history);
});

test('retries: an operation that times out long after the last thing in its way is found', () => {
  const timesOut = (kind: string, beside: (history: History, at: (ms: number) => void) => void): History => {
    const { history, at } = timed();
    const put = history.begin('n1#1', kind, 'a', null);
    at(500);
    beside(history, at);
    at(5_000);
    history.fail(put, 'unknown', 'Timeout: put of registers a took longer than 5000 ms');
    return history;
  };
  breaks(
    checkRetries,
    timesOut('put', (history) => history.note('n2#1', 'killed')),
    /put a timed out, and nothing had been in its way for 2000 ms/,
  );
  breaks(
    checkRetries,
    timesOut('put', (history, at) => {
      history.note('cluster', 'cut', { from: 'n1', to: 'n2', fault: 1 });
      at(2_000);
      history.note('cluster', 'cut no more', { from: 'n1', to: 'n2', fault: 1 });
    }),
    /nothing had been in its way/,
  );
  holds(
    checkRetries,
    timesOut('loose add', () => undefined),
  );
  for (const inTheWay of ['cut', 'partition', 'delayed', 'reordered']) {
    holds(
      checkRetries,
      timesOut('put', (history) => history.note('cluster', inTheWay, { fault: 1 })),
    );
  }
  holds(
    checkRetries,
    timesOut('put', (history) => history.note('n2#1', 'paused', { ms: 3_000 })),
  );
  holds(
    checkRetries,
    timesOut('put', (history, at) => {
      at(4_000);
      history.note('authority', 'decided', { epoch: 2, members: [] });
    }),
  );
});
