/**
 * The codec of every world: MessagePack with records (msgpackr). The record structures come from the declarations, so
 * any frame decodes alone; nothing is learned along a link. Objects of an undeclared shape carry their keys with them.
 */
import { Packr } from 'msgpackr';
import { InvalidValue } from './errors.ts';

/** The keys of one declared object shape, in the order its values are built. */
export type Shape = readonly string[];

export interface Codec {
  encode(value: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

const MOST_SHAPES = 2_000;

export function createCodec(shapes: readonly Shape[]): Codec {
  const distinct = new Map(shapes.filter((keys) => keys.length > 0).map((keys) => [JSON.stringify(keys), keys]));
  const structures = [...distinct.values()].slice(0, MOST_SHAPES);
  const packr = new Packr({
    ...(structures.length > 0 ? { getStructures: () => structures.map((keys) => [...keys]) } : { structures: [] }),
    maxSharedStructures: structures.length,
    copyBuffers: true,
  } as ConstructorParameters<typeof Packr>[0]);
  return {
    encode: (value) => packr.pack(value),
    // Of a plain Uint8Array, because binary values come back in the class of what they are cut from.
    decode: (bytes) => packr.unpack(asPlainBytes(bytes)),
  };
}

function asPlainBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.constructor === Uint8Array) return bytes;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Refuses what would not come back the same: class instances, functions, symbols, bigints, Set, Map, Date, cycles.
 * Throws `InvalidValue` that names the place. Plain data (null, booleans, numbers, strings, arrays, plain objects,
 * Uint8Array, undefined) passes.
 */
export function assertPlain(what: string, value: unknown, path = '', depth = 0): void {
  if (value === null || value === undefined) return;
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return;
    case 'object':
      break;
    default:
      throw new InvalidValue(what, `a ${typeof value} at ${path || 'the top'} cannot be sent; plain data can`);
  }
  if (depth > 100) throw new InvalidValue(what, `nested too deeply or in a circle at ${path}`);
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) assertPlain(what, value[at], `${path}[${at}]`, depth + 1);
    return;
  }
  if (value instanceof Uint8Array) return;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    const name = (value as object).constructor?.name ?? 'object';
    throw new InvalidValue(what, `an instance of ${name} at ${path || 'the top'} cannot be sent; plain data can`);
  }
  for (const key of Object.keys(value)) {
    if (key === '__proto__') throw new InvalidValue(what, `the key __proto__ at ${path || 'the top'} cannot be sent`);
    assertPlain(what, (value as Record<string, unknown>)[key], path ? `${path}.${key}` : key, depth + 1);
  }
}
