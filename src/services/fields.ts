/**
 * Values as their fields. Both ends of a link have the declarations, so an object whose keys are always the same needs none on the
 * wire, and no record of its own: its fields stand in the message one after the other, which is two thirds of the work of encoding it.
 */
import type * as z from 'zod';
import { quickCheckOf, readerOf } from './quick-check.ts';

export interface Fields {
  /** How many places of a message one value takes. */
  readonly count: number;
  /** Adds the fields of a value that is as declared. */
  readonly spread: (value: unknown, into: unknown[]) => void;
  /** The same of any value, if it obviously is as declared; says whether it did. */
  readonly spreadIfFits: (value: unknown, into: unknown[]) => boolean;
  /** Makes the value of what `spread` added from the place `at` on. */
  readonly gather: (from: readonly unknown[], at: number) => unknown;
}

/** Of values that travel as they are. */
const WHOLE: Fields = {
  count: 1,
  spread: (value, into) => void into.push(value),
  spreadIfFits: () => false,
  gather: (from, at) => from[at],
};

interface Def {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly catchall?: z.ZodType;
  readonly values?: readonly unknown[];
  readonly innerType?: z.ZodType;
}

/** How the values of a schema travel: field by field when each has all of the declared keys and no other, else whole. */
export function fieldsOf(schema: z.ZodType): Fields {
  const { type, shape, catchall } = defOf(schema);
  const keys = Object.keys(shape ?? {});
  const isFlat = type === 'object' && catchall === undefined && keys.length > 0 && !keys.includes('__proto__');
  if (!isFlat || !keys.every((key) => isAlwaysThere(shape![key]!))) return WHOLE;
  const names = keys.map((key) => JSON.stringify(key));
  const read = names.map((name) => `value[${name}]`).join(', ');
  const made = names.map((name, at) => `${name}: from[at + ${at}]`).join(', ');
  return {
    count: keys.length,
    // As source text, so that each key is read and written by its name.
    spread: new Function('value', 'into', `into.push(${read});`) as Fields['spread'],
    spreadIfFits: spreadIfFitsOf(schema, shape!),
    gather: new Function('from', 'at', `return { ${made} };`) as Fields['gather'],
  };
}

function spreadIfFitsOf(schema: z.ZodType, shape: Readonly<Record<string, z.ZodType>>): Fields['spreadIfFits'] {
  // What only zod can decide may also be about the whole.
  if (quickCheckOf(schema) === undefined) return WHOLE.spreadIfFits;
  const keys = Object.keys(shape);
  const checks = keys.map((key) => quickCheckOf(shape[key]!)!);
  const values = keys.map((_, at) => `value${at}`).join(', ');
  const fits = `into.push(${values}); return true;`;
  return readerOf(keys, checks, { parameters: 'object, into', unfit: 'false', fits }) as Fields['spreadIfFits'];
}

/** What an object always has under a key of such a schema; `undefined` would not tell a key from none. */
const ALWAYS_THERE = new Set(['string', 'number', 'boolean', 'null', 'enum', 'array', 'object', 'tuple', 'record']);

function isAlwaysThere(schema: z.ZodType): boolean {
  const { type, values, innerType } = defOf(schema);
  if (type === 'nullable') return isAlwaysThere(innerType!);
  if (type === 'literal') return !values!.includes(undefined);
  return ALWAYS_THERE.has(type);
}

function defOf(schema: z.ZodType): Def {
  return (schema as unknown as { _zod: { def: Def } })._zod.def;
}
