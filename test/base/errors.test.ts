/** Errors as data: what crosses the wire, and what is made of it on the other side. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { describeError, fromErrorData, NameTaken, NodeDown, toErrorData } from '../../src/base/index.ts';

test('an error of ours has its class, code, message and details on the other side', () => {
  const there = fromErrorData(toErrorData(new NodeDown('the call', 'n2', 'unknown')));
  assert.ok(there instanceof NodeDown);
  const here = new NodeDown('the call', 'n2', 'unknown');
  assert.deepEqual(
    [there.code, there.message, there.details, there.outcome],
    [here.code, here.message, here.details, here.outcome],
  );
});

test('what is thrown by code that is not ours keeps its code or name, and its message', () => {
  const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  assert.deepEqual(
    [toErrorData(full).code, toErrorData(new TypeError('not a function')).code, toErrorData('a text').message],
    ['ENOSPC', 'TypeError', 'a text'],
  );
});

test('a stack goes along only when it is asked for, and is told on the other side', () => {
  const error = new Error('deep down');
  const along = fromErrorData(toErrorData(error, true));
  assert.match(along.stack ?? '', /\(remote\) Error: deep down\n.*errors\.test/);
  assert.deepEqual(along.cause, { remoteStack: error.stack });
  const without = fromErrorData(toErrorData(error));
  assert.deepEqual([without.stack, without.cause], ['Error: deep down', undefined]);
});

test('an error in a log has its stack; what is no error is told as text', () => {
  assert.match(describeError(new NameTaken('a name', 'n1')), /a name[\s\S]*errors\.test/);
  assert.equal(describeError(7), '7');
});
