/** Values as their fields: what goes over the wire without its keys comes back as it was, and what has no such form goes whole. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as z from 'zod';
import { createCodec } from '../../src/base/index.ts';
import { fieldsOf } from '../../src/services/fields.ts';

const Flat = z.object({
  event: z.string(),
  'a key': z.int().min(0),
  on: z.boolean(),
  kind: z.enum(['a', 'b']),
  sort: z.literal(['x', 1]),
  note: z.string().nullable(),
  at: z.object({ x: z.number(), y: z.number().optional() }),
  all: z.array(z.number()),
});

const PLAIN = { noNullPrototype: true };

const flatValue = fc.record(
  {
    event: fc.string({ unit: 'binary' }),
    'a key': fc.nat(),
    on: fc.boolean(),
    kind: fc.constantFrom('a', 'b'),
    sort: fc.constantFrom('x', 1),
    note: fc.option(fc.string()),
    at: fc.record({ x: fc.nat(), y: fc.nat() }, { requiredKeys: ['x'], ...PLAIN }),
    all: fc.array(fc.nat()),
  },
  PLAIN,
);

test('values spread into a message come back from it, each as it was', () => {
  const { count, spread, gather } = fieldsOf(Flat);
  const codec = createCodec([]);
  assert.equal(count, 8);
  fc.assert(
    fc.property(fc.array(flatValue), (values) => {
      const message: unknown[] = ['head'];
      for (const value of values) spread(value, message);
      const came = codec.decode(codec.encode(message)) as unknown[];
      assert.equal(came.length, 1 + values.length * count);
      values.forEach((value, nth) => {
        const made = gather(came, 1 + nth * count);
        assert.deepEqual(made, value);
        assert.deepEqual(Object.keys(made as object), Object.keys(Flat.shape));
      });
    }),
  );
});

const WHOLE: Readonly<Record<string, z.ZodType>> = {
  'a string': z.string(),
  'an array': z.array(z.object({ a: z.string() })),
  'no key': z.object({}),
  'an optional key': z.object({ a: z.string(), b: z.string().optional() }),
  'a key that may be undefined': z.object({ a: z.string().nullable().optional() }),
  'a literal that may be undefined': z.object({ a: z.literal(['x', undefined]) }),
  'a key of any value': z.object({ a: z.unknown() }),
  'a key of several kinds': z.object({ a: z.union([z.string(), z.undefined()]) }),
  'a default': z.object({ a: z.string().default('x') }),
  'other keys kept': z.looseObject({ a: z.string() }),
  'other keys of a kind': z.object({ a: z.string() }).catchall(z.number()),
  'a transform': z.object({ a: z.string() }).transform(({ a }) => a),
  'several shapes': z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]),
};

for (const [name, schema] of Object.entries(WHOLE)) {
  test(`a value goes whole: ${name}`, () => {
    const { count, spread, spreadIfFits, gather } = fieldsOf(schema);
    const message: unknown[] = ['head'];
    assert.equal(count, 1);
    assert.equal(spreadIfFits({ a: 'x' }, message), false);
    spread({ a: 'x', other: 1 }, message);
    assert.deepEqual(gather(message, 1), { a: 'x', other: 1 });
  });
}

const Point = z.object({ x: z.int(), name: z.string() });

test('what obviously fits is spread as zod would give it, and of nothing else anything is added', () => {
  const { count, spreadIfFits, gather } = fieldsOf(Point);
  const leaf = fc.oneof(fc.integer(), fc.double(), fc.string(), fc.constantFrom(null, undefined, true));
  const nearly = fc.oneof(
    fc.record(
      { x: fc.oneof(fc.integer(), leaf), name: fc.oneof(fc.string(), leaf), other: leaf },
      { requiredKeys: [], ...PLAIN },
    ),
    leaf,
    fc.array(leaf),
  );
  let [fitted, refused] = [0, 0];
  fc.assert(
    fc.property(nearly, (value) => {
      const message: unknown[] = ['head'];
      const zods = Point.safeParse(value);
      const fits = spreadIfFits(value, message);
      if (fits) fitted += 1;
      else refused += 1;
      assert.equal(message.length, fits ? 1 + count : 1);
      if (fits) assert.deepEqual(gather(message, 1), zods.data);
      else assert.ok(!zods.success, `zod takes ${JSON.stringify(value)}`);
    }),
    { numRuns: 2_000 },
  );
  assert.ok(fitted > 100 && refused > 100, `${fitted} fitted, ${refused} were refused`);
});

test('a refinement of the whole is left to zod', () => {
  const { count, spreadIfFits } = fieldsOf(Point.refine(({ x }) => x > 3));
  assert.equal(count, 2);
  assert.equal(spreadIfFits({ x: 1, name: 'a' }, []), false);
  assert.equal(spreadIfFits({ x: 9, name: 'a' }, []), false);
});
