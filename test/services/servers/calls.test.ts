/** What a call says of itself when it is given up: run or not, or unknown. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, type Outcome } from '../../../src/base/index.ts';
import type { NodeCore } from '../../../src/node/index.ts';
import { Calls } from '../../../src/services/servers/calls.ts';
import type { Route } from '../../../src/services/servers/route.ts';

/** A caller whose call to a server that keeps state goes to the targets one after the other, each time `sayAgain` comes. */
function caller(targets: readonly string[]) {
  const request = { number: 1, what: 'call', outcome: 'not-run' as Outcome, answer: { promise: Promise.resolve() } };
  const ticks: (() => void)[] = [];
  let now = 0;
  let at = 0;
  const core = {
    id: 'n1',
    every: (_ms: number, act: () => void) => ticks.push(act),
    after: (_ms: number, act: () => void) => ticks.push(act),
    world: { clock: { now: () => now } },
    requests: { open: () => request, resolve: () => {}, reject: () => {} },
  } as unknown as NodeCore;
  const sent: string[] = [];
  const calls = new Calls(core, { isFlushed: true, mayAct: true } as never, { send: (to) => sent.push(to) });
  const route = {
    declaration: { placement: 'one per key', keeps: 'state' },
    id: 'tally/1',
    target: () => targets[at++],
  } as unknown as Route;
  void calls.call(route, 'add', [1]);
  const later = (): void => {
    now += 1_000;
    for (const tick of ticks) tick();
  };
  return { calls, request, sent, later };
}

const [a, b] = [addressOf('n2', 1), addressOf('n3', 1)];

test('a call that only came to nodes which did not run it was not run', () => {
  const { calls, request, sent, later } = caller([a, b]);
  assert.equal(request.outcome, 'unknown');
  calls.answered(1, ['elsewhere']);
  assert.equal(request.outcome, 'not-run');
  later();
  assert.deepEqual(sent, [a, b]);
  calls.answered(1, ['elsewhere']);
  assert.equal(request.outcome, 'not-run');
});

test('a call whose first node did not answer may have run there, whatever the next one says', () => {
  // The bug (seed 364): it had run on the first node, whose answer was lost, and was reported as not run.
  const { calls, request, sent, later } = caller([a, b]);
  later();
  assert.deepEqual(sent, [a, b]);
  calls.answered(1, ['elsewhere']);
  assert.equal(request.outcome, 'unknown');
});
