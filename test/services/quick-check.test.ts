/** The quick way through a schema: what it takes is what zod takes, copied as zod copies it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as z from 'zod';
import { checkerOf } from '../../src/services/declaration.ts';
import { quickCheckOf } from '../../src/services/quick-check.ts';

const Point = z.object({ x: z.number(), y: z.number().min(0).max(9) });

const KNOWN: Readonly<Record<string, z.ZodType>> = {
  string: z.string(),
  number: z.number(),
  'number between bounds': z.number().min(-1).max(2.5),
  'whole number': z.int(),
  'whole number above': z.int().positive(),
  'whole number below': z.int().lt(3),
  boolean: z.boolean(),
  literal: z.literal('on'),
  'literals of several kinds': z.literal(['a', 1, true]),
  enum: z.enum(['a', 'b']),
  array: z.array(z.number()),
  object: z.object({ event: z.string(), 'a key': z.int(), on: z.boolean() }),
  'object without keys': z.object({}),
  nested: z.object({ at: Point, all: z.array(Point), kind: z.enum(['a', 'b']) }),
};

const Tree: z.ZodType = z.object({
  get children() {
    return z.array(Tree);
  },
});

const UNKNOWN: Readonly<Record<string, z.ZodType>> = {
  'length of a string': z.string().min(1),
  'format of a string': z.email(),
  coercion: z.coerce.number(),
  'step of a number': z.number().multipleOf(2),
  'bound that is excluded, of any number': z.number().gt(0),
  'optional key': z.object({ a: z.string().optional() }),
  'default of a key': z.object({ a: z.string().default('x') }),
  'other keys kept': z.looseObject({ a: z.string() }),
  'other keys refused': z.strictObject({ a: z.string() }),
  refinement: z.object({ a: z.string() }).refine(() => false),
  transform: z.string().transform((text) => text.length),
  nullable: z.string().nullable(),
  'literal null': z.literal(null),
  union: z.union([z.string(), z.number()]),
  record: z.record(z.string(), z.number()),
  unknown: z.unknown(),
  'a shape that holds itself': Tree,
  'prototype as a key': z.object(JSON.parse('{"__proto__":0}', (_, value) => (value === 0 ? z.string() : value))),
};

/** Values that often nearly fit. */
const leaf = fc.oneof(
  fc.constantFrom('on', 'a', 'b', '', 0, -0, 1, 2.5, -1, 9, 2 ** 53, NaN, Infinity, true, false, null, undefined),
  fc.double(),
  fc.string(),
);
const point = fc.record({ x: leaf, y: fc.oneof(fc.nat({ max: 9 }), leaf) });
const value = fc.oneof(
  leaf,
  fc.array(leaf, { maxLength: 3 }),
  fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 3 }),
  fc.record(
    { event: leaf, 'a key': fc.oneof(fc.integer(), leaf), on: fc.oneof(fc.boolean(), leaf), more: leaf },
    { requiredKeys: [] },
  ),
  fc.record(
    { at: fc.oneof(point, leaf), all: fc.oneof(fc.array(point, { maxLength: 2 }), leaf), kind: leaf },
    { requiredKeys: [] },
  ),
);

for (const [name, schema] of Object.entries(KNOWN)) {
  test(`${name}: takes only what zod takes, and gives what zod gives`, () => {
    const quick = quickCheckOf(schema);
    assert.ok(quick, 'it has a quick way');
    fc.assert(
      fc.property(value, (given) => {
        const made = quick(given);
        const parsed = schema.safeParse(given);
        if (!parsed.success) assert.equal(made, undefined);
        else assert.deepStrictEqual(made, parsed.data);
      }),
      { numRuns: 1_000 },
    );
  });
}

for (const [name, schema] of Object.entries(UNKNOWN)) {
  test(`${name}: is left to zod`, () => assert.equal(quickCheckOf(schema), undefined));
}

test('what is given is a copy: what its sender does with it afterwards changes nothing', () => {
  const check = checkerOf('a message', z.object({ at: Point, list: z.array(z.number()) }));
  const given = { at: { x: 1, y: 2 }, list: [1], more: 'is left out' };
  const own = check(given);
  given.at.x = 9;
  given.list.push(2);
  assert.deepEqual(own, { at: { x: 1, y: 2 }, list: [1] });
});

test('each key is read once, so that a getter cannot give one value to the check and another to the copy', () => {
  let reads = 0;
  const given = {
    get name() {
      reads += 1;
      return reads === 1 ? 'a name' : 1;
    },
  };
  assert.deepEqual(quickCheckOf(z.object({ name: z.string() }))!(given), { name: 'a name' });
});

test('what does not fit is explained by zod, with where and why', () => {
  const check = checkerOf('a message', KNOWN.nested!);
  assert.throws(() => check({ at: { x: 1, y: 10 }, all: [], kind: 'a' }), {
    code: 'InvalidValue',
    message: /a message.*at\.y/,
  });
});
