/** The codec: what goes in comes back, any frame alone; what would not come back is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assertPlain, createCodec, forEachEncoding, joinEncodings } from '../../src/base/index.ts';

/** MessagePack has one zero among its integers: -0 comes back as 0. */
const unsignedZero = (value: number): number => value + 0;

const SHAPES = [['id', 'name', 'members'], ['x', 'y'], [], ['x', 'y']];

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'grapheme' }),
    fc.integer(),
    fc.double({ noNaN: true }).map(unsignedZero),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 20 }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(
      fc.string().filter((name) => name !== '__proto__'),
      tie('value'),
      { maxKeys: 5, noNullPrototype: true },
    ),
    fc.record(
      { id: fc.integer(), name: fc.string(), members: fc.array(tie('value'), { maxLength: 3 }) },
      { noNullPrototype: true },
    ),
    fc.record({ x: tie('value'), y: tie('value') }, { requiredKeys: ['x'], noNullPrototype: true }),
  ),
}));

test('plain data comes back equal, whatever was encoded before, from a codec that saw nothing', () => {
  const encoder = createCodec(SHAPES);
  fc.assert(
    fc.property(value, (given) => {
      assertPlain('value', given);
      const decoder = createCodec(SHAPES);
      assert.deepEqual(decoder.decode(encoder.encode(given)), given);
    }),
    { numRuns: 300 },
  );
});

test('encodings that were joined, and joined again, come back in order, whatever shapes they have in common', () => {
  const encoder = createCodec(SHAPES);
  const decoder = createCodec(SHAPES);
  fc.assert(
    fc.property(fc.array(fc.array(value, { minLength: 1, maxLength: 5 }), { maxLength: 3 }), (given) => {
      const joined = given.map((some) => joinEncodings(some.map((one) => Uint8Array.from(encoder.encode(one)))));
      const decoded: unknown[] = [];
      forEachEncoding(new Uint8Array(Buffer.concat(joined)), (encoding) => decoded.push(decoder.decode(encoding)));
      assert.deepEqual(decoded, given.flat());
    }),
    { numRuns: 300 },
  );
});

test('an encoding that takes more than one byte to count is joined whole', () => {
  const codec = createCodec([]);
  const given = ['a'.repeat(70_000), 'b'.repeat(20_000_000), 'c'];
  const decoded: unknown[] = [];
  forEachEncoding(joinEncodings(given.map((text) => codec.encode(text))), (encoding) =>
    decoded.push(codec.decode(encoding)),
  );
  assert.ok(decoded.every((text, at) => text === given[at]));
  assert.equal(decoded.length, given.length);
});

test('declared shapes make messages smaller; codecs without shapes work, too', () => {
  const message = { id: 1, name: 'a', members: [] };
  const [declared, bare] = [createCodec(SHAPES), createCodec([])];
  assert.ok(declared.encode(message).byteLength < bare.encode(message).byteLength);
  assert.deepEqual(bare.decode(bare.encode(message)), message);
});

test('more shapes than the codec takes do no harm', () => {
  const shapes = Array.from({ length: 2_500 }, (_, at) => [`a${at}`, `b${at}`]);
  const codec = createCodec(shapes);
  for (const at of [0, 31, 32, 127, 1_999, 2_000, 2_499]) {
    const given = { [`a${at}`]: at, [`b${at}`]: { [`a${at}`]: 'x', [`b${at}`]: null } };
    assert.deepEqual(createCodec(shapes).decode(codec.encode(given)), given);
  }
});

test('a decoded buffer does not hold on to its frame', () => {
  const codec = createCodec([]);
  const decoded = codec.decode(codec.encode([new Uint8Array(10), 'x'.repeat(1_000)])) as [Uint8Array, string];
  assert.equal(decoded[0].buffer.byteLength, 10);
});

test('assertPlain refuses what would not come back, and says where', () => {
  const circle: unknown[] = [];
  circle.push(circle);
  class Lobby {}
  const bad: [unknown, RegExp][] = [
    [new Lobby(), /Lobby/],
    [new Date(0), /Date/],
    [new Map(), /Map/],
    [new Set(), /Set/],
    [/x/, /RegExp/],
    [new Error('x'), /Error/],
    [() => 1, /function/],
    [Symbol('x'), /symbol/],
    [1n, /bigint/],
    [circle, /circle/],
    [JSON.parse('{"__proto__":1}'), /__proto__/],
  ];
  for (const [given, problem] of bad) {
    assert.throws(() => assertPlain('message', given), { code: 'InvalidValue', message: problem });
    assert.throws(() => assertPlain('message', { deep: [given] }), { code: 'InvalidValue', message: /deep|circle/ });
  }
});
