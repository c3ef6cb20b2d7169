/** Which faults a run has: a draw per seed, or what was asked for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidValue, seededRandom } from '../../src/base/index.ts';
import { ALL_KINDS, checkFaults, drawKind, drawPlan, type FaultKind } from '../../src/chaos/fault-plan.ts';

test('swarm: over many seeds every kind is there and every kind is missing, and the rhythm spans more than ten to one', () => {
  const plans = Array.from({ length: 300 }, (_, seed) => drawPlan('swarm', seededRandom(seed)));
  for (const kind of ALL_KINDS) {
    const having = plans.filter(({ kinds }) => kinds.includes(kind)).length;
    assert.ok(having > 60 && having < 240, `${kind} in ${having} of 300`);
  }
  const rhythms = plans.map(({ everyMs }) => everyMs);
  assert.ok(Math.max(...rhythms) > 10 * Math.min(...rhythms));
});

test('a fault that is only for who names it is no part of a swarm', () => {
  for (const kind of ['unheard', 'small-only'] as const) {
    assert.ok(!ALL_KINDS.includes(kind));
    assert.deepEqual(checkFaults('faults', [kind]), [kind]);
    assert.deepEqual(drawPlan([kind], seededRandom(1)).kinds, [kind]);
  }
});

test('the same seed draws the same plan', () => {
  assert.deepEqual(drawPlan('swarm', seededRandom(7)), drawPlan('swarm', seededRandom(7)));
});

test('a kind comes as often as its weight says; without kinds there is none', () => {
  const plan = { kinds: ['crash', 'pause'] as FaultKind[], weights: { crash: 3, pause: 1 }, everyMs: 100 };
  const random = seededRandom(5);
  const drawn = Array.from({ length: 4_000 }, () => drawKind(plan, random));
  const crashes = drawn.filter((kind) => kind === 'crash').length;
  assert.ok(crashes > 2_850 && crashes < 3_150, `${crashes} crashes`);
  assert.equal(drawKind(drawPlan('none', random), random), undefined);
});

test('what was asked for is what there is; what does not exist is refused by name', () => {
  assert.deepEqual(drawPlan(['disk', 'clock'], seededRandom(1)).kinds, ['disk', 'clock']);
  assert.deepEqual(checkFaults('faults', ['hang']), ['hang']);
  for (const bad of ['earthquake', ['crash', 'earthquake'], [], 7]) {
    assert.throws(() => checkFaults('faults', bad), InvalidValue);
  }
  assert.throws(() => checkFaults('faults', ['earthquake']), /expected swarm, none or a list of crash.*got earthquake/);
});
