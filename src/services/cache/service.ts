/** Caches on a node: declared tables with typed keys and checked values. What is replicated how is the tables' business. */
import {
  checkKey,
  copyPlain,
  describeError,
  fromMapKey,
  InvalidValue,
  type Key,
  type MapKey,
  toErrorData,
  toMapKey,
} from '../../base/index.ts';
import type { NodeCore } from '../../node/index.ts';
import { checkerOf, type Declaration } from '../declaration.ts';
import type { MergedTable, OwnedTable, Tables } from '../tables/index.ts';
import type {
  CacheDeclaration,
  CacheHandle,
  Change,
  MergedCache,
  OwnedCache,
  ReadableCache,
  Writes,
} from './declaration.ts';

type AnyTable = MergedTable | OwnedTable;

export class Caches {
  readonly #core: NodeCore;
  readonly #tables: Tables;
  readonly #handles = new Map<Declaration, MergedCache<Key, unknown> | OwnedCache<Key, unknown>>();

  constructor(core: NodeCore, tables: Tables, declarations: readonly Declaration[]) {
    this.#core = core;
    this.#tables = tables;
    for (const declaration of declarations as readonly CacheDeclaration[]) {
      const handle =
        declaration.writes === 'owner'
          ? this.#owned(declaration, tables.owned.add(`cache ${declaration.name}`))
          : this.#merged(declaration, tables.merged.add(`cache ${declaration.name}`));
      this.#handles.set(declaration, handle);
    }
  }

  handle<K extends Key, V, W extends Writes>(declaration: CacheDeclaration<K, V, W>): CacheHandle<K, V, W> {
    const handle = this.#handles.get(declaration as unknown as Declaration);
    if (!handle) {
      throw new InvalidValue(`cache ${declaration.name}`, 'it is not among the declarations the app uses');
    }
    return handle as unknown as CacheHandle<K, V, W>;
  }

  #merged(declaration: CacheDeclaration, table: MergedTable): MergedCache<Key, unknown> {
    const check = new Checks(declaration, () => this.#core.world.clock.wall());
    const { merged } = this.#tables;
    return Object.assign(this.#readable(check, table), {
      put: (key: Key, value: unknown, options?: { ttlMs?: number }) => {
        merged.write(table, check.newKey(key), false, check.value(value), check.expires(options?.ttlMs));
      },
      delete: (key: Key) => merged.write(table, check.newKey(key), true, null, 0),
    });
  }

  #owned(declaration: CacheDeclaration, table: OwnedTable): OwnedCache<Key, unknown> {
    const check = new Checks(declaration, () => this.#core.world.clock.wall());
    const { caller, updates } = this.#tables.owned;
    const what = (verb: string): string => `${verb} in cache ${declaration.name}`;
    return Object.assign(this.#readable(check, table), {
      put: async (key: Key, value: unknown, options?: { ttlMs?: number }) => {
        const operation = {
          kind: 'put',
          value: check.value(value),
          expires: check.expires(options?.ttlMs),
          match: null,
        } as const;
        await caller.ask(what('put'), table.number, check.newKey(key), operation);
      },
      delete: async (key: Key) =>
        (await caller.ask(what('delete'), table.number, check.newKey(key), { kind: 'delete', match: null })) === true,
      update: async (key: Key, change: (current: unknown) => unknown) => {
        const mapKey = check.newKey(key);
        return updates.update(
          table,
          mapKey,
          () => check.expires(undefined),
          (current) => {
            const next = change(current);
            if (next instanceof Promise) throw new InvalidValue(what('update'), 'the function must be synchronous');
            return next === undefined ? undefined : check.value(next);
          },
        );
      },
      insertNew: async (key: Key, value: unknown) => {
        const operation = { kind: 'insert', value: check.value(value), expires: check.expires(undefined) } as const;
        const result = await caller.ask(what('insertNew'), table.number, check.newKey(key), operation);
        const [inserted, present] = result as [inserted: true] | [inserted: false, present: unknown];
        return { inserted, value: inserted ? operation.value : present };
      },
      read: async (key: Key) => {
        const result = await caller.ask(what('read'), table.number, check.newKey(key), { kind: 'read' });
        return (result as unknown[])[0];
      },
      getOrLoad: async (key: Key, load: () => unknown, options?: { ttlMs?: number }) => {
        const mapKey = check.newKey(key);
        const present = table.get(mapKey, () => this.#core.world.clock.wall());
        return present ?? this.#load(check, table, mapKey, load, options?.ttlMs, what('getOrLoad'));
      },
    });
  }

  #load(
    check: Checks,
    table: OwnedTable,
    key: MapKey,
    load: () => unknown,
    ttlMs: number | undefined,
    what: string,
  ): Promise<unknown> {
    const { caller } = this.#tables.owned;
    const run = async (number: number): Promise<void> => {
      try {
        const value = check.value(await load());
        caller.continueWith(number, { kind: 'loaded', value, expires: check.expires(ttlMs) });
      } catch (error) {
        caller.continueWith(number, {
          kind: 'load-failed',
          error: toErrorData(error, this.#core.world.tellsStacks),
        });
      }
    };
    return caller.ask(
      what,
      table.number,
      key,
      { kind: 'load', loading: false },
      { load: (number) => void run(number) },
    );
  }

  #readable(check: Checks, table: AnyTable): ReadableCache<Key, unknown> {
    const { clock } = this.#core.world;
    const now = (): number => clock.wall();
    return {
      get: (key) => table.get(check.key(key), now),
      has: (key) => table.get(check.key(key), now) !== undefined,
      *entries() {
        for (const [key, value] of table.entries(now())) yield [fromMapKey(key), value];
      },
      get size() {
        return table.size;
      },
      watch: (changed: (change: Change<Key, unknown>) => void) =>
        table.watch((key, before, after) => {
          this.#guard(() => changed({ key: fromMapKey(key), before, after }));
        }),
    };
  }

  /** A watcher that throws must not stop a replica. */
  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#core.world.log.write('error', 'a cache watcher failed', { error: describeError(error) });
    }
  }
}

/** What a value or key goes through on its way in. */
class Checks {
  readonly #declaration: CacheDeclaration;
  readonly #wall: () => number;
  readonly #checkKey: (key: unknown) => Key;
  readonly #checkValue: (value: unknown) => unknown;
  readonly #valueWords: string;

  constructor(declaration: CacheDeclaration, wall: () => number) {
    this.#declaration = declaration;
    this.#wall = wall;
    this.#checkKey = checkerOf(`key of cache ${declaration.name}`, declaration.key);
    this.#valueWords = `value of cache ${declaration.name}`;
    this.#checkValue = checkerOf(this.#valueWords, declaration.value);
  }

  key(key: Key): MapKey {
    if (typeof key === 'number' && Number.isFinite(key)) return key === 0 ? 0 : key;
    return toMapKey(checkKey(`key of cache ${this.#declaration.name}`, key));
  }

  /** A key on its way in: it must also fit the declaration. One that does not is simply not found by a read. */
  newKey(key: Key): MapKey {
    return this.key(this.#checkKey(key));
  }

  value(value: unknown): unknown {
    const parsed = this.#checkValue(value);
    if (parsed === undefined) {
      throw new InvalidValue(this.#valueWords, 'undefined is no entry; delete the key instead');
    }
    return this.#declaration.untyped ? copyPlain(this.#valueWords, parsed) : parsed;
  }

  /** The absolute time of an entry's end; 0 is never. */
  expires(ttlMs: number | undefined): number {
    const ttl = ttlMs ?? this.#declaration.ttlMs;
    if (ttl === undefined) return 0;
    if (!(ttl > 0))
      throw new InvalidValue(`ttl of cache ${this.#declaration.name}`, `expected more than 0 ms, got ${ttl}`);
    return this.#wall() + ttl;
  }
}
