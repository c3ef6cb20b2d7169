/**
 * What all declarations share: a kind, a name, one line about it, and zod schemas. Declarations are plain values made
 * once at module level; a node gives them life. The catalogue is all of an app's declarations in order: it numbers them
 * for the wire, gives the codec its record shapes, and has a hash that nodes compare when they join.
 */
import type * as z from 'zod';
import { hashText, InvalidValue, type Shape } from '../base/index.ts';
import { quickCheckOf } from './quick-check.ts';

export type Kind = 'topic' | 'cache' | 'registry' | 'server' | 'sequence';

export interface Declaration {
  readonly kind: Kind;
  readonly name: string;
  readonly about: string;
  /** The schemas whose values cross the wire. */
  readonly schemas: readonly z.ZodType[];
  /** All that two nodes must agree on, as text. */
  readonly fingerprint: string;
}

export class Catalogue {
  readonly declarations: readonly Declaration[];
  readonly hash: string;
  readonly shapes: readonly Shape[];
  readonly #index = new Map<Declaration, number>();

  constructor(declarations: readonly Declaration[]) {
    const seen = new Map<string, Declaration>();
    for (const declaration of declarations) {
      const id = `${declaration.kind} ${declaration.name}`;
      if (seen.has(id) && seen.get(id) !== declaration) {
        throw new InvalidValue('defineApp uses', `two declarations are both called ${id}`);
      }
      seen.set(id, declaration);
    }
    this.declarations = [...seen.values()];
    this.declarations.forEach((declaration, at) => {
      this.#index.set(declaration, at);
    });
    this.shapes = this.declarations.flatMap((declaration) => declaration.schemas.flatMap((schema) => shapesOf(schema)));
    const text = this.declarations
      .map((declaration) => `${declaration.kind} ${declaration.name} ${declaration.fingerprint}`)
      .concat(JSON.stringify(this.shapes))
      .join('\n');
    this.hash = hashText(text).toString(16).padStart(8, '0') + hashText(text, 7).toString(16).padStart(8, '0');
  }

  indexOf(declaration: Declaration): number {
    const at = this.#index.get(declaration);
    if (at === undefined) {
      throw new InvalidValue(
        `${declaration.kind} ${declaration.name}`,
        'it is not among the declarations the app uses; add it to defineApp({ uses: [...] })',
      );
    }
    return at;
  }

  of<K extends Kind>(kind: K): Declaration[] {
    return this.declarations.filter((declaration) => declaration.kind === kind);
  }
}

/** Parses a value at the edge of the cluster. Throws `InvalidValue` naming what, where and why. */
export function parseValue<T>(what: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'value'}: ${issue.message}`);
  throw new InvalidValue(what, problems.join('; '));
}

/** `parseValue` for one schema again and again, the quick way where there is one. */
export function checkerOf<T>(what: string, schema: z.ZodType<T>): (value: unknown) => T {
  const quick = quickCheckOf(schema);
  return (value) => (quick?.(value) ?? parseValue(what, schema, value)) as T;
}

interface Def {
  type?: string;
  shape?: Record<string, z.ZodType>;
  element?: z.ZodType;
  items?: z.ZodType[];
  options?: z.ZodType[];
  innerType?: z.ZodType;
  keyType?: z.ZodType;
  valueType?: z.ZodType;
  left?: z.ZodType;
  right?: z.ZodType;
  in?: z.ZodType;
  out?: z.ZodType;
}

function defOf(schema: z.ZodType): Def {
  if (!(schema as Partial<{ _zod: unknown }> | undefined)?._zod)
    throw new InvalidValue('schema', 'expected a zod schema');
  return (schema as unknown as { _zod: { def: Def } })._zod.def;
}

function childrenOf(def: Def): z.ZodType[] {
  const single = [def.element, def.innerType, def.keyType, def.valueType, def.left, def.right, def.in, def.out];
  return [
    ...Object.values(def.shape ?? {}),
    ...(def.items ?? []),
    ...(def.options ?? []),
    ...single.filter((child): child is z.ZodType => child !== undefined),
  ];
}

/** The object shapes within a schema, outermost first. Recursion through `z.lazy` is not followed. */
export function shapesOf(schema: z.ZodType, seen = new Set<z.ZodType>()): Shape[] {
  if (seen.has(schema)) return [];
  seen.add(schema);
  const def = defOf(schema);
  const own = def.type === 'object' && def.shape ? [Object.keys(def.shape)] : [];
  return [...own, ...childrenOf(def).flatMap((child) => shapesOf(child, seen))];
}

const UNSENDABLE = new Set(['set', 'map', 'date', 'symbol', 'function', 'file', 'bigint', 'promise']);
const UNTYPED = new Set(['any', 'unknown', 'custom', 'transform', 'lazy', 'catch', 'prefault', 'pipe']);

/** Refuses a schema whose values cannot cross the wire; says whether its values need a look of their own (`assertPlain`). */
export function checkSchema(what: string, schema: z.ZodType, seen = new Set<z.ZodType>()): { untyped: boolean } {
  if (seen.has(schema)) return { untyped: false };
  seen.add(schema);
  const def = defOf(schema);
  if (def.type !== undefined && UNSENDABLE.has(def.type)) {
    throw new InvalidValue(what, `a value of type ${def.type} cannot be sent between nodes; use plain data`);
  }
  let untyped = def.type !== undefined && UNTYPED.has(def.type);
  for (const child of childrenOf(def)) {
    if (checkSchema(what, child, seen).untyped) untyped = true;
  }
  return { untyped };
}
