/** Caches: declared once, typed by zod; replicated to every node; read locally. */
import type * as z from 'zod';
import { InvalidValue, type Key } from '../../base/index.ts';
import { checkSchema, type Declaration } from '../declaration.ts';

/** `anywhere`: merged, newest wins, writes return at once (P4). `owner`: linearizable per key (P5). */
export type Writes = 'anywhere' | 'owner';

export interface CacheOptions<K extends Key, V, W extends Writes> {
  key: z.ZodType<K>;
  value: z.ZodType<V>;
  writes: W;
  /** Entries expire this many ms after they were written. Default: never. */
  ttlMs?: number;
  /** When and by whom entries are made, for the catalogue. */
  filled: string;
  about: string;
}

export interface CacheDeclaration<K extends Key = Key, V = unknown, W extends Writes = Writes> extends Declaration {
  readonly kind: 'cache';
  readonly key: z.ZodType<K>;
  readonly value: z.ZodType<V>;
  readonly writes: W;
  readonly ttlMs: number | undefined;
  readonly filled: string;
  readonly untyped: boolean;
}

export function cache<K extends Key, V, const W extends Writes>(
  name: string,
  options: CacheOptions<K, V, W>,
): CacheDeclaration<K, V, W> {
  if (options.writes !== 'anywhere' && options.writes !== 'owner') {
    throw new InvalidValue(`cache ${name}`, `writes is 'anywhere' or 'owner', got ${JSON.stringify(options.writes)}`);
  }
  const { untyped } = checkSchema(`cache ${name}`, options.value);
  checkSchema(`cache ${name} key`, options.key);
  return {
    kind: 'cache',
    name,
    about: options.about,
    key: options.key,
    value: options.value,
    writes: options.writes,
    ttlMs: options.ttlMs,
    filled: options.filled,
    untyped,
    schemas: [options.value],
    fingerprint: `${options.writes} ${options.ttlMs ?? 'forever'}`,
  };
}

/** What a watcher is told: the entry before and after, undefined where there was or is none. */
export interface Change<K, V> {
  readonly key: K;
  readonly before: V | undefined;
  readonly after: V | undefined;
}

/** What every cache can do; all of it local and synchronous. */
export interface ReadableCache<K extends Key, V> {
  /** The entry on this node. Never goes back; may be some moments older than the newest. Read-only. */
  get(key: K): V | undefined;
  has(key: K): boolean;
  entries(): IterableIterator<[K, V]>;
  /** Entries on this node; expired ones that were not swept yet count. */
  readonly size: number;
  /** Calls `changed` after each change on this node, in the order they are applied here. Returns how to stop. */
  watch(changed: (change: Change<K, V>) => void): () => void;
}

/** A merged cache (`writes: 'anywhere'`). */
export interface MergedCache<K extends Key, V> extends ReadableCache<K, V> {
  put(key: K, value: V, options?: { ttlMs?: number }): void;
  delete(key: K): void;
}

/** An owned cache (`writes: 'owner'`). Each promise resolves when every member has the write. Rejects with `Timeout`, `Overloaded`, `InvalidValue`. */
export interface OwnedCache<K extends Key, V> extends ReadableCache<K, V> {
  put(key: K, value: V, options?: { ttlMs?: number }): Promise<void>;
  /** Whether there was an entry. */
  delete(key: K): Promise<boolean>;
  /**
   * Replaces the entry by what `change` makes of it; `undefined` in means no entry, `undefined` out deletes or leaves
   * absent. `change` must be synchronous and free of effects; it runs here, and again only if its first result was
   * certainly not applied. What it throws rejects this call and changes nothing. Resolves to the entry after.
   */
  update(key: K, change: (current: V | undefined) => V | undefined): Promise<V | undefined>;
  /** Puts the entry if there is none; says whether it did, and the entry that is there. */
  insertNew(key: K, value: V): Promise<{ inserted: boolean; value: V }>;
  /** The entry, or what `load` makes; at most one load runs in the cluster for a key at a time. */
  getOrLoad(key: K, load: () => Promise<V> | V, options?: { ttlMs?: number }): Promise<V>;
  /** A linearizable read through the key's owner. */
  read(key: K): Promise<V | undefined>;
}

export type CacheHandle<K extends Key, V, W extends Writes> = W extends 'owner' ? OwnedCache<K, V> : MergedCache<K, V>;
