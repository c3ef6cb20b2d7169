/**
 * The quick way through a schema: code made once from it that takes what obviously fits, and gives it as zod would have. Of
 * everything else it gives `undefined`, and zod decides and explains. Made only of schemas whose every part it knows; a
 * transform, a refinement or a shape with optional keys has none.
 */
import type * as z from 'zod';

/** The value as zod would give it: a copy of objects with the declared keys alone. `undefined` when it may not fit. */
export type QuickCheck = (value: unknown) => unknown;

interface Check {
  readonly _zod: { readonly def: { check: string; value?: unknown; inclusive?: boolean } };
}

interface Def {
  readonly type: string;
  readonly format?: string;
  readonly coerce?: boolean;
  readonly checks?: readonly Check[];
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly catchall?: z.ZodType;
  readonly element?: z.ZodType;
  readonly values?: readonly unknown[];
  readonly entries?: Readonly<Record<string, string | number>>;
}

/** The quick way through `schema`, if there is one. `within` are the schemas it is a part of: one that holds itself has none. */
export function quickCheckOf(schema: z.ZodType, within: readonly z.ZodType[] = []): QuickCheck | undefined {
  const { def } = (schema as unknown as { _zod: { def: Def } })._zod;
  if (def.coerce || within.includes(schema)) return undefined;
  if (def.type === 'number') return numberCheck(def);
  if ((def.checks?.length ?? 0) > 0) return undefined;
  switch (def.type) {
    case 'string':
      return def.format === undefined ? (value) => (typeof value === 'string' ? value : undefined) : undefined;
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? value : undefined);
    case 'literal':
      return oneOf(def.values!);
    case 'enum':
      return oneOf(Object.values(def.entries!));
    case 'array':
      return arrayCheck(def.element!, [...within, schema]);
    case 'object':
      return objectCheck(def, [...within, schema]);
    default:
      return undefined;
  }
}

/** Numbers, whole numbers, and those between bounds. */
function numberCheck({ format, checks = [] }: Def): QuickCheck | undefined {
  if (format !== undefined && format !== 'safeint') return undefined;
  let [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const { _zod } of checks) {
    const { check, value, inclusive } = _zod.def;
    // A bound that is itself excluded, of whole numbers, is the next one.
    const step = inclusive ? 0 : 1;
    if (typeof value !== 'number' || (step > 0 && format === undefined)) return undefined;
    if (check === 'greater_than') least = Math.max(least, value + step);
    else if (check === 'less_than') most = Math.min(most, value - step);
    else return undefined;
  }
  const isNumber = format === 'safeint' ? Number.isSafeInteger : Number.isFinite;
  return (value) => (isNumber(value) && (value as number) >= least && (value as number) <= most ? value : undefined);
}

function oneOf(values: readonly unknown[]): QuickCheck | undefined {
  // Neither is told from absence here.
  if (values.includes(undefined) || values.includes(null)) return undefined;
  const known = new Set(values);
  return (value) => (known.has(value) ? value : undefined);
}

function arrayCheck(element: z.ZodType, within: readonly z.ZodType[]): QuickCheck | undefined {
  const check = quickCheckOf(element, within);
  if (!check) return undefined;
  return (value) => {
    if (!Array.isArray(value)) return undefined;
    const copy = new Array<unknown>(value.length);
    for (let at = 0; at < value.length; at++) {
      const item = check(value[at]);
      if (item === undefined) return undefined;
      copy[at] = item;
    }
    return copy;
  };
}

function objectCheck({ shape, catchall }: Def, within: readonly z.ZodType[]): QuickCheck | undefined {
  const keys = Object.keys(shape!);
  if (catchall || keys.includes('__proto__')) return undefined;
  const checks = keys.map((key) => quickCheckOf(shape![key]!, within));
  if (!areAllThere(checks)) return undefined;
  const copy = keys.map((key, at) => `${JSON.stringify(key)}: value${at}`).join(', ');
  return readerOf(keys, checks, {
    parameters: 'object',
    unfit: 'undefined',
    fits: `return { ${copy} };`,
  }) as QuickCheck;
}

function areAllThere(checks: readonly (QuickCheck | undefined)[]): checks is readonly QuickCheck[] {
  return !checks.includes(undefined);
}

/** Of code that reads an object: what it takes, the object first; what it gives when a key does not fit; what it does when all do. */
export interface Reader {
  readonly parameters: string;
  readonly unfit: string;
  /** The checked values are `value0`, `value1` and so on. */
  readonly fits: string;
}

/** Checks an object key by key. As source text, so that each key is read and written by its name. */
export function readerOf(
  keys: readonly string[],
  checks: readonly QuickCheck[],
  { parameters, unfit, fits }: Reader,
): (...args: never) => unknown {
  const [object] = parameters.split(',');
  const reads = keys.map((key, at) => {
    const read = `const value${at} = check${at}(${object}[${JSON.stringify(key)}]);`;
    return `${read} if (value${at} === undefined) return ${unfit};`;
  });
  const body = `return (${parameters}) => {
    if (typeof ${object} !== 'object' || ${object} === null || Array.isArray(${object})) return ${unfit};
    ${reads.join('\n    ')}
    ${fits}
  };`;
  return new Function(...checks.map((_, at) => `check${at}`), body)(...checks);
}
