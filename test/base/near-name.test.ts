/** Which name was probably meant. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearName } from '../../src/base/index.ts';

test('a plural, a slip, another case are near; short names must be nearer than long ones', () => {
  assert.equal(nearName(['nodes', 'app'], 'node'), 'nodes');
  assert.equal(nearName(['invariants', 'workload'], 'worklaod'), 'workload');
  assert.equal(nearName(['onEvent'], 'onevent'), 'onEvent');
  assert.equal(nearName(['app', 'data'], 'apt'), 'app');
  assert.equal(nearName(['app', 'data'], 'map'), undefined);
  assert.equal(nearName(['workload'], 'invariants'), undefined);
});

test('of several the nearest, and never the name itself', () => {
  assert.equal(nearName(['restarts', 'restart', 'restarted'], 'restart'), 'restarts');
  assert.equal(nearName(['timing'], 'timing'), undefined);
});
