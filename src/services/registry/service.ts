/** Registries on a node: declared families of names, each over a name table. */
import {
  checkKey,
  copyPlain,
  describeError,
  fromMapKey,
  InvalidValue,
  type Key,
  type MapKey,
  MusterError,
  NameLost,
  showKey,
  toMapKey,
} from '../../base/index.ts';
import type { NodeCore } from '../../node/index.ts';
import { checkerOf, type Declaration } from '../declaration.ts';
import type { FlushParticipant, Membership, View } from '../membership/index.ts';
import type { Tables } from '../tables/index.ts';
import type { RegistryChange, RegistryDeclaration, RegistryEntry, RegistryHandle } from './declaration.ts';
import { LiveRegistration, type RegistrationPort } from './live-registration.ts';
import { type Held, NameTable } from './name-table.ts';

const UNDO_AGAIN_MS = 1_000;

export class Registries implements FlushParticipant {
  readonly #core: NodeCore;
  readonly #handles = new Map<Declaration, RegistryHandle<Key, unknown>>();
  readonly #names: NameTable[] = [];
  /** Names this life holds, by the number of their registration. */
  readonly #live = new Map<number, LiveRegistration>();
  #registrations = 0;

  constructor(core: NodeCore, membership: Membership, tables: Tables, declarations: readonly Declaration[]) {
    this.#core = core;
    membership.participate(this);
    void membership.gone.then(() => this.#loseAll());
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

  /** The cluster goes on without this life: it holds nothing any more. */
  #loseAll(): void {
    for (const registration of this.#live.values()) registration.ended();
    this.#live.clear();
  }

  #lose(number: number): void {
    this.#live.get(number)?.ended();
    this.#live.delete(number);
  }

  handle<K extends Key, V>(declaration: RegistryDeclaration<K, V>): RegistryHandle<K, V> {
    const handle = this.#handles.get(declaration as unknown as Declaration);
    if (!handle) {
      throw new InvalidValue(`registry ${declaration.name}`, 'it is not among the declarations the app uses');
    }
    return handle as unknown as RegistryHandle<K, V>;
  }

  #make(declaration: RegistryDeclaration, names: NameTable): RegistryHandle<Key, unknown> {
    const keyWords = `key of registry ${declaration.name}`;
    const valueWords = `value of registry ${declaration.name}`;
    const checkNewKey = checkerOf(keyWords, declaration.key);
    const newKeyOf = (key: Key): MapKey => toMapKey(checkKey(keyWords, checkNewKey(key)));
    // A name that does not fit the declaration is held by nobody.
    const keyOf = (key: Key): MapKey => toMapKey(checkKey(keyWords, key));
    const checkValue = checkerOf(valueWords, declaration.value);
    const check = (value: unknown): unknown => {
      const parsed = checkValue(value);
      return declaration.untyped ? copyPlain(valueWords, parsed) : parsed;
    };
    const nameOf = (key: Key): string => `${declaration.name} ${showKey(key)}`;
    const port: RegistrationPort = {
      update: ({ key, mapKey, number }, next) => names.replace(nameOf(key), mapKey, check(next), number),
      free: ({ key, mapKey, number }) => names.free(nameOf(key), mapKey, number),
      guard: (act) => this.#guard(act),
    };
    const lookup = (mapKey: MapKey): RegistryEntry<Key, unknown> | undefined => entryOf(mapKey, names.get(mapKey));
    const isOurs = (held: Held | undefined): held is Held => held?.[0] === this.#core.address;
    names.watch((_key, before, after) => {
      if (isOurs(before) && !(isOurs(after) && after[2] === before[2])) this.#lose(before[2]);
    });
    return {
      register: async (key, value) => {
        const mapKey = newKeyOf(key);
        const number = ++this.#registrations;
        try {
          await names.claim(nameOf(key), mapKey, check(value), number);
        } catch (error) {
          if (mayHaveHappened(error)) this.#undo(names, nameOf(key), mapKey, number);
          throw error;
        }
        const registration = new LiveRegistration(port, key, mapKey, number);
        const held = names.get(mapKey);
        this.#live.set(number, registration);
        if (!isOurs(held) || held[2] !== number) this.#lose(number);
        return registration;
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
          this.#guard(() =>
            changed({
              key: fromMapKey(key),
              before: entryOf(key, before),
              after: entryOf(key, after),
            } as RegistryChange<Key, unknown>),
          );
        }),
    };
  }

  /** A registration nobody holds a handle of may still take effect: frees it, until it is certain that it is gone. */
  #undo(names: NameTable, name: string, key: MapKey, number: number): void {
    names.free(name, key, number).catch((error) => {
      if (error instanceof NameLost || this.#core.closed) return;
      this.#core.world.log.write('warn', 'a name of unknown fate could not be freed yet', {
        name,
        error: String(error),
      });
      this.#core.after(UNDO_AGAIN_MS, () => this.#undo(names, name, key, number));
    });
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
      this.#core.world.log.write('error', 'a registry watcher failed', { error: describeError(error) });
    }
  }
}

function entryOf(key: MapKey, held: Held | undefined): RegistryEntry<Key, unknown> | undefined {
  return held && { key: fromMapKey(key), holder: held[0], value: held[1] };
}

function mayHaveHappened(error: unknown): boolean {
  return error instanceof MusterError && error.details.outcome === 'unknown';
}
