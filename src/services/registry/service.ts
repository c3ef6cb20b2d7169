/**
 * Registries on a node. A name is an entry of an owned table that says which incarnation holds it; a holder outside the
 * view has no names, and every member removes them at the same flush.
 */
import {
  type Address,
  assertPlain,
  checkKey,
  fromMapKey,
  InvalidValue,
  type Key,
  type MapKey,
  MusterError,
  NameTaken,
  showKey,
  toErrorData,
  toMapKey,
} from '../../base/index.ts';
import type { NodeCore } from '../../node/index.ts';
import { type Declaration, parseValue } from '../declaration.ts';
import type { FlushParticipant, Membership, View } from '../membership/index.ts';
import type { OwnedTable, Tables } from '../tables/index.ts';
import type { Registration, RegistryChange, RegistryDeclaration, RegistryEntry, RegistryHandle } from './declaration.ts';

/** The name was held by this node and is not any more. */
export class NameLost extends MusterError {
  constructor(name: string) {
    super('NameLost', `the name ${name} is no longer held by this node`, { name });
  }
}

type Held = readonly [holder: Address, value: unknown];

/** Unique names over one owned table. */
export class NameTable {
  readonly #core: NodeCore;
  readonly #membership: Membership;
  readonly #tables: Tables;
  readonly #table: OwnedTable;

  constructor(core: NodeCore, membership: Membership, tables: Tables, name: string, route?: (key: MapKey) => string) {
    this.#core = core;
    this.#membership = membership;
    this.#tables = tables;
    this.#table = tables.owned.add(name, { ...(route && { route }), tag: (held) => (held as Held)[0] });
  }

  get size(): number {
    return this.#table.size;
  }

  /** Resolves when every member sees it; rejects with `NameTaken`. */
  async claim(what: string, key: MapKey, value: unknown): Promise<void> {
    const held: Held = [this.#core.address, value];
    const operation = { kind: 'insert', value: held, expires: 0 } as const;
    const result = await this.#tables.owned.caller.ask(`register ${what}`, this.#table.number, key, operation);
    const [inserted, present] = result as [boolean, Held];
    if (!inserted) throw new NameTaken(what, present[0]);
  }

  async replace(what: string, key: MapKey, value: unknown): Promise<void> {
    const held: Held = [this.#core.address, value];
    const operation = { kind: 'put', value: held, expires: 0, match: this.#core.address } as const;
    await this.#ifStillHeld(what, this.#tables.owned.caller.ask(`update ${what}`, this.#table.number, key, operation));
  }

  async free(what: string, key: MapKey): Promise<void> {
    const operation = { kind: 'delete', match: this.#core.address } as const;
    await this.#ifStillHeld(what, this.#tables.owned.caller.ask(`unregister ${what}`, this.#table.number, key, operation));
  }

  async #ifStillHeld(what: string, asked: Promise<unknown>): Promise<void> {
    try {
      await asked;
    } catch (error) {
      throw error instanceof NameTaken ? new NameLost(what) : error;
    }
  }

  get(key: MapKey): Held | undefined {
    const held = this.#table.get(key, 0) as Held | undefined;
    return held && this.#membership.view.has(held[0]) ? held : undefined;
  }

  *entries(): IterableIterator<[MapKey, Held]> {
    for (const [key, held] of this.#table.entries(0)) {
      if (this.#membership.view.has((held as Held)[0])) yield [key, held as Held];
    }
  }

  watch(changed: (key: MapKey, before: Held | undefined, after: Held | undefined) => void): () => void {
    return this.#table.watch((key, before, after) => {
      changed(key, before as Held | undefined, after as Held | undefined);
    });
  }

  /** Removes the names of holders outside the view; the same on every member. */
  purge(view: View): void {
    this.#table.purge((_key, held) => !view.has((held as Held)[0]));
  }
}

export class Registries implements FlushParticipant {
  readonly #core: NodeCore;
  readonly #handles = new Map<Declaration, RegistryHandle<Key, unknown>>();
  readonly #names: NameTable[] = [];

  constructor(core: NodeCore, membership: Membership, tables: Tables, declarations: readonly Declaration[]) {
    this.#core = core;
    membership.participate(this);
    for (const declaration of declarations as readonly RegistryDeclaration[]) {
      const names = new NameTable(core, membership, tables, `registry ${declaration.name}`);
      this.manage(names);
      this.#handles.set(declaration, this.#make(declaration, names));
    }
  }

  /** Takes over the purging of a name table. */
  manage(names: NameTable): void {
    this.#names.push(names);
  }

  flushed(view: View): void {
    for (const names of this.#names) names.purge(view);
  }

  handle<K extends Key, V>(declaration: RegistryDeclaration<K, V>): RegistryHandle<K, V> {
    const handle = this.#handles.get(declaration as unknown as Declaration);
    if (!handle) {
      throw new InvalidValue(`registry ${declaration.name}`, 'it is not among the declarations the app uses');
    }
    return handle as unknown as RegistryHandle<K, V>;
  }

  #make(declaration: RegistryDeclaration, names: NameTable): RegistryHandle<Key, unknown> {
    const what = `registry ${declaration.name}`;
    const keyOf = (key: Key): MapKey => toMapKey(checkKey(`key of ${what}`, parseValue(`key of ${what}`, declaration.key, key)));
    const check = (value: unknown): unknown => {
      const parsed = parseValue(`value of ${what}`, declaration.value, value);
      if (declaration.untyped) assertPlain(`value of ${what}`, parsed);
      return parsed;
    };
    const lookup = (mapKey: MapKey): RegistryEntry<Key, unknown> | undefined => entryOf(mapKey, names.get(mapKey));
    return {
      register: async (key, value) => {
        const mapKey = keyOf(key);
        const name = `${declaration.name} ${showKey(key)}`;
        await names.claim(name, mapKey, check(value));
        return registration(key, {
          update: (next) => names.replace(name, mapKey, check(next)),
          free: () => names.free(name, mapKey),
        });
      },
      lookup: (key) => lookup(keyOf(key)),
      select: (filter) => {
        const all = [...names.entries()].map(([key, held]) => entryOf(key, held)!);
        return filter ? all.filter(filter) : all;
      },
      get size() {
        return names.size;
      },
      monitor: (key, gone) => this.#monitor(names, keyOf(key), gone),
      watch: (changed) =>
        names.watch((key, before, after) => {
          this.#guard(() => changed({ key: fromMapKey(key), before: entryOf(key, before), after: entryOf(key, after) } as RegistryChange<Key, unknown>));
        }),
    };
  }

  #monitor(names: NameTable, key: MapKey, gone: () => void): () => void {
    const holder = names.get(key)?.[0];
    if (holder === undefined) {
      queueMicrotask(() => this.#guard(gone));
      return () => undefined;
    }
    const stop = names.watch((changed, _before, after) => {
      if (changed !== key || after?.[0] === holder) return;
      stop();
      this.#guard(gone);
    });
    return stop;
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#core.world.log.write('error', 'a registry watcher failed', { error: JSON.stringify(toErrorData(error)) });
    }
  }
}

function entryOf(key: MapKey, held: Held | undefined): RegistryEntry<Key, unknown> | undefined {
  return held && { key: fromMapKey(key), holder: held[0], value: held[1] };
}

function registration<K>(
  key: K,
  acts: { update: (value: unknown) => Promise<void>; free: () => Promise<void> },
): Registration<K, unknown> {
  let held = true;
  return {
    key,
    update: async (value) => {
      if (!held) throw new NameLost(JSON.stringify(key));
      await acts.update(value);
    },
    unregister: async () => {
      if (!held) return;
      held = false;
      try {
        await acts.free();
      } catch (error) {
        if (!(error instanceof NameLost)) throw error;
      }
    },
  };
}
