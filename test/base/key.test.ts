/** Typed keys: by value, and refused when they are none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkKey, fromMapKey, type Key, type KeyPart, showKey, toMapKey } from '../../src/base/index.ts';

const part: fc.Arbitrary<KeyPart> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string().map((text) => `\u0000${text}`),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  fc.integer(),
);
const key: fc.Arbitrary<Key> = fc.oneof(part, fc.array(part, { minLength: 1, maxLength: 4 }));

test('a key comes back from its map form as it was', () => {
  fc.assert(fc.property(key, (given) => assert.deepEqual(fromMapKey(toMapKey(given)), given)));
});

test('two keys have the same map form only if they are equal by value', () => {
  fc.assert(fc.property(key, key, (a, b) => assert.equal(toMapKey(a) === toMapKey(b), showKey(a) === showKey(b))));
  assert.notEqual(toMapKey(12), toMapKey('12'));
  assert.notEqual(toMapKey([12]), toMapKey(12));
  assert.notEqual(toMapKey(['a', 1]), toMapKey('["a",1]'));
  assert.equal(toMapKey(-0), toMapKey(0));
});

test('what is no key is refused with what it is', () => {
  for (const bad of [undefined, null, true, {}, [], [[]], ['a', null], Number.NaN, Number.POSITIVE_INFINITY, () => 1]) {
    assert.throws(() => checkKey('key of x', bad), { code: 'InvalidValue', message: /key of x/ });
  }
  assert.deepEqual(checkKey('x', ['a', 1]), ['a', 1]);
});
