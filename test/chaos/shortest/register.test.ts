/** The shortest history of a register: short, and never a lie. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { integerBetween, seededRandom } from '../../../src/base/index.ts';
import { History, type Operation } from '../../../src/chaos/history.ts';
import { checkLinearizable, REGISTER } from '../../../src/chaos/linearizable.ts';
import { mayLeaveOut, shortestRegister } from '../../../src/chaos/shortest/register.ts';

const KINDS = ['put', 'delete', 'insert', 'swap', 'read'] as const;

type State = number | null;

/** What a register holding `state` answers, and what it holds then. */
function serve(state: State, { kind, id }: Operation): { output: unknown; state: State } {
  switch (kind) {
    case 'put':
      return { output: undefined, state: id };
    case 'delete':
      return { output: state !== null, state: null };
    case 'swap':
      return { output: state, state: id };
    case 'insert':
      return state === null ? { output: [true, id], state: id } : { output: [false, state], state };
    default:
      return { output: state, state };
  }
}

interface Open {
  readonly operation: Operation;
  result: unknown;
  served: boolean;
  readonly willFail: boolean;
}

/** Operations that overlap, on a register that is right: each takes effect once between its call and its return. */
function rightHistory(seed: number, length: number): Operation[] {
  const random = seededRandom(seed);
  const history = new History();
  let state: State = null;
  const open: Open[] = [];
  const serveOne = (one: Open): void => {
    const { output, state: next } = serve(state, one.operation);
    one.result = output;
    one.served = true;
    state = next;
  };
  for (let left = length; left > 0 || open.length > 0; ) {
    const step = random();
    if (left > 0 && open.length < 4 && step < 0.4) {
      left -= 1;
      const kind = KINDS[integerBetween(random, 0, KINDS.length - 1)]!;
      const operation = history.begin('n1#1', kind, 'a', null);
      open.push({ operation, result: undefined, served: false, willFail: random() < 0.12 });
      continue;
    }
    const at = integerBetween(random, 0, Math.max(0, open.length - 1));
    const one = open[at];
    if (!one) continue;
    if (one.willFail) {
      // Its effect may have come, may come later, or never.
      if (!one.served && step < 0.7) serveOne(one);
      if (one.operation.outcome === 'open') history.fail(one.operation, 'unknown', 'Timeout');
      open.splice(at, 1);
    } else if (!one.served) serveOne(one);
    else {
      history.succeed(one.operation, one.result);
      open.splice(at, 1);
    }
  }
  return history.operations.filter(({ kind, outcome }) => !(kind === 'read' && outcome !== 'ok'));
}

const isRejected = (operations: readonly Operation[]): boolean =>
  operations.length > 0 && checkLinearizable(operations, REGISTER).kind === 'violation';

/** One known result is changed into another that could have been. */
function withOneLie(operations: readonly Operation[], at: number): Operation[] {
  const liars = operations.filter(({ kind, outcome }) => outcome === 'ok' && kind !== 'put');
  const liar = liars[at % Math.max(1, liars.length)];
  const others = operations.filter(({ id }) => id !== liar?.id);
  const other = others[at % Math.max(1, others.length)]?.id ?? null;
  const lies: Record<string, (output: unknown) => unknown> = {
    delete: (output) => !output,
    insert: (output) => [false, other ?? (output as [boolean, number])[1]],
  };
  return operations.map((operation) => {
    if (operation !== liar) return operation;
    const lie = lies[operation.kind] ?? ((output: unknown) => (output === other ? null : other));
    return { ...operation, output: lie(operation.output) };
  });
}

test('what may be left out of a history that can be explained leaves one that can be explained', () => {
  let left = 0;
  fc.assert(
    fc.property(
      fc.nat(1e6),
      fc.integer({ min: 2, max: 14 }),
      fc.array(fc.boolean(), { minLength: 14, maxLength: 14 }),
      (seed, length, stays) => {
        const operations = rightHistory(seed, length);
        assert.ok(!isRejected(operations), 'the generator makes histories that can be explained');
        const part = operations.filter((_, at) => stays[at]);
        if (!mayLeaveOut(operations, part)) return;
        if (part.length < operations.length) left += 1;
        assert.ok(!isRejected(part), `left out of ${JSON.stringify(operations)}: ${JSON.stringify(part)}`);
      },
    ),
    { numRuns: 3_000, seed: 7 },
  );
  assert.ok(left > 300, `only ${left} runs left something out`);
});

test('no history that can be explained has a shortest history; one that cannot has one that cannot', () => {
  let found = 0;
  fc.assert(
    fc.property(fc.nat(1e6), fc.nat(50), (seed, at) => {
      const right = rightHistory(seed, 16);
      assert.equal(shortestRegister(right), undefined);
      const wrong = withOneLie(right, at);
      const shortest = shortestRegister(wrong);
      assert.equal(shortest !== undefined, isRejected(wrong));
      if (!shortest) return;
      found += 1;
      const { operations, initial } = shortest;
      assert.equal(checkLinearizable(operations, { ...REGISTER, initial: initial ?? null }).kind, 'violation');
      assert.ok(operations.length <= wrong.length);
    }),
    { numRuns: 600, seed: 11 },
  );
  assert.ok(found > 200, `only ${found} were wrong`);
});

function ok(history: History, kind: string, output: unknown): Operation {
  const operation = history.begin('n1#1', kind, 'a', null);
  history.succeed(operation, output);
  return operation;
}

test('a stale read among five hundred operations: the write it missed, and it', () => {
  const history = new History();
  for (let at = 0; at < 250; at++) ok(history, 'swap', ok(history, 'put', undefined).id);
  const old = ok(history, 'put', undefined);
  const fresh = ok(history, 'put', undefined);
  ok(history, 'read', fresh.id);
  const stale = ok(history, 'read', old.id);
  for (let at = 0; at < 250; at++) ok(history, 'put', undefined);
  const shortest = shortestRegister(history.operations);
  assert.deepEqual(
    shortest?.operations.map(({ id }) => id),
    [old.id, fresh.id, stale.id],
  );
  assert.equal(shortest.stuckAt.id, stale.id);
});

test('the write that a read saw is not left out: a read of what was written is no violation', () => {
  const history = new History();
  const write = ok(history, 'put', undefined);
  const read = ok(history, 'read', write.id);
  assert.ok(!mayLeaveOut(history.operations, [read]));
  assert.ok(mayLeaveOut(history.operations, [write]));
  assert.ok(isRejected([read]), 'without the write it looks like one');
});

test('a long prelude, each write of which the next has seen, is told as what was there', () => {
  const history = new History();
  const swaps: Operation[] = [];
  for (let at = 0; at < 20; at++) swaps.push(ok(history, 'swap', swaps.at(-1)?.id ?? null));
  const stale = ok(history, 'read', swaps[16]!.id);
  const shortest = shortestRegister(history.operations);
  assert.equal(shortest?.initial, swaps[17]!.id);
  assert.deepEqual(
    shortest.operations.map(({ id }) => id),
    [stale.id],
  );
});
