/** Plain data: what can be sent between nodes and comes back the same. */
import { InvalidValue } from './errors.ts';

const DEEPEST = 100;

/**
 * Refuses what would not come back the same: class instances, functions, symbols, bigints, Set, Map, Date, cycles.
 * Throws `InvalidValue` that names the place. Plain data (null, booleans, numbers, strings, arrays, plain objects,
 * Uint8Array, undefined) passes; -0 comes back as 0.
 */
export function assertPlain(what: string, value: unknown): void {
  walk(what, value, '', 0);
}

/** A copy that shares nothing with the value. Throws as `assertPlain` does. */
export function copyPlain<T>(what: string, value: T): T {
  assertPlain(what, value);
  return copy(value) as T;
}

/** About how many bytes plain data takes on the wire. */
export function roughSize(value: unknown): number {
  if (typeof value === 'string') return value.length + 5;
  if (typeof value !== 'object' || value === null) return 5;
  if (value instanceof Uint8Array) return value.byteLength + 5;
  let size = 5;
  if (Array.isArray(value)) for (const part of value) size += roughSize(part);
  // Plain objects have no keys but their own; Object.keys would make an array of each.
  else for (const key in value) size += roughSize((value as Record<string, unknown>)[key]);
  return size;
}

/** Freezes plain data all the way down, and returns it. Bytes cannot be frozen and stay as they are. */
export function freezePlain<T>(value: T): T {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || Object.isFrozen(value))
    return value;
  for (const part of Object.values(value)) freezePlain(part);
  return Object.freeze(value);
}

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return value.slice();
  if (Array.isArray(value)) return value.map(copy);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, copy(part)]));
}

function walk(what: string, value: unknown, path: string, depth: number): void {
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
  if (depth > DEEPEST) throw new InvalidValue(what, `nested too deeply or in a circle at ${path}`);
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) walk(what, value[at], `${path}[${at}]`, depth + 1);
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
    walk(what, (value as Record<string, unknown>)[key], path ? `${path}.${key}` : key, depth + 1);
  }
}
