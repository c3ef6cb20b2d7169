/** Restarts: at once, then later and later, up to a budget within a window. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Supervisor } from '../../src/cluster/supervisor.ts';

test('the first restart is at once, each further one waits twice as long up to a bound, and past the budget none', () => {
  const supervisor = new Supervisor({ budget: 5, delayMs: 100, maxDelayMs: 300 });
  const decisions = Array.from({ length: 6 }, (_, at) => supervisor.died('n1', at));
  assert.deepEqual(
    decisions.slice(0, 5),
    [0, 100, 200, 300, 300].map((afterMs) => ({ kind: 'restart', afterMs })),
  );
  assert.deepEqual(decisions[5], { kind: 'give-up', deaths: 6 });
});

test('deaths outside the window do not count, nodes have budgets of their own, and forgiving makes one whole', () => {
  const supervisor = new Supervisor({ budget: 1, withinMs: 1_000 });
  assert.equal(supervisor.died('n1', 0).kind, 'restart');
  assert.equal(supervisor.died('n2', 0).kind, 'restart');
  assert.equal(supervisor.died('n1', 1_000).kind, 'restart');
  assert.equal(supervisor.died('n1', 1_500).kind, 'give-up');
  supervisor.forgive('n1');
  assert.equal(supervisor.died('n1', 1_600).kind, 'restart');
});
