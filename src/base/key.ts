/** Typed keys: strings, numbers and tuples of them, compared by value. */
import { InvalidValue } from './errors.ts';

export type KeyPart = string | number;
/** What may be a key of a cache, the registry or a server. */
export type Key = KeyPart | readonly KeyPart[];

/** A key in the form a `Map` compares by value. `12` and `'12'` stay different. */
export type MapKey = string | number;

/** Begins the map form of a tuple, which goes on as JSON; a string that begins like it goes on after TEXT. */
const TUPLE = '\u0000';
const TEXT = `${TUPLE}s`;

export function toMapKey(key: Key): MapKey {
  if (typeof key === 'string') {
    return key.startsWith(TUPLE) ? TEXT + key : key;
  }
  if (typeof key === 'number') return key === 0 ? 0 : key;
  return TUPLE + JSON.stringify(key);
}

export function fromMapKey(mapKey: MapKey): Key {
  if (typeof mapKey === 'number' || !mapKey.startsWith(TUPLE)) return mapKey;
  return mapKey.startsWith(TEXT) ? mapKey.slice(TEXT.length) : (JSON.parse(mapKey.slice(TUPLE.length)) as KeyPart[]);
}

/** Checks a key that came from outside the type system. Throws `InvalidValue`. */
export function checkKey(what: string, key: unknown): Key {
  if (isPart(key)) return key;
  if (Array.isArray(key) && key.length > 0 && key.every(isPart)) return key as KeyPart[];
  throw new InvalidValue(what, `a key is a string, a finite number or a non-empty tuple of them, got ${describe(key)}`);
}

/** How a key is shown to people: `12`, `"a"`, `["room","main"]`. */
export function showKey(key: Key): string {
  return JSON.stringify(key);
}

function isPart(part: unknown): part is KeyPart {
  return typeof part === 'string' || (typeof part === 'number' && Number.isFinite(part));
}

function describe(value: unknown): string {
  if (value === undefined) return 'undefined';
  return JSON.stringify(value) ?? typeof value;
}
