/** Registries: families of unique names in the cluster, each held by one node's incarnation, with a value beside it. */
import type * as z from 'zod';
import type { Address, Key } from '../../base/index.ts';
import { checkSchema, type Declaration } from '../declaration.ts';

export interface RegistryOptions<K extends Key, V> {
  key: z.ZodType<K>;
  value: z.ZodType<V>;
  about: string;
}

export interface RegistryDeclaration<K extends Key = Key, V = unknown> extends Declaration {
  readonly kind: 'registry';
  readonly key: z.ZodType<K>;
  readonly value: z.ZodType<V>;
  readonly untyped: boolean;
}

export function registry<K extends Key, V>(name: string, options: RegistryOptions<K, V>): RegistryDeclaration<K, V> {
  const { untyped } = checkSchema(`registry ${name}`, options.value);
  return {
    kind: 'registry',
    name,
    about: options.about,
    key: options.key,
    value: options.value,
    untyped,
    schemas: [options.value],
    fingerprint: '',
  };
}

export interface RegistryEntry<K, V> {
  readonly key: K;
  readonly holder: Address;
  readonly value: V;
}

/** Before and after of one name as this node sees it. A holder's death is a change to undefined. */
export interface RegistryChange<K, V> {
  readonly key: K;
  readonly before: RegistryEntry<K, V> | undefined;
  readonly after: RegistryEntry<K, V> | undefined;
}

/** One held name. */
export interface Registration<K, V> {
  readonly key: K;
  /** Replaces the value; resolves when every member sees it. Rejects with `NameLost` when the name is no longer ours. */
  update(value: V): Promise<void>;
  /** Frees the name everywhere before it resolves. Freeing a name that is lost already is fine. */
  unregister(): Promise<void>;
  /**
   * Calls `lost` once when the name is gone without having been unregistered; soon when it is gone already. That is so when
   * this life of the node was evicted or has left; it may not act any more then, and the name may have another holder. Not
   * called for a node that dies, nor as long as a node that is outside the primary component may yet come back with its names.
   */
  onLost(lost: () => void): void;
}

export interface RegistryHandle<K extends Key, V> {
  /** Resolves when every member can look the name up. Rejects with `NameTaken` naming the holder. */
  register(key: K, value: V): Promise<Registration<K, V>>;
  /** The holder as this node sees it; a local read. Names of nodes outside the view are not there. */
  lookup(key: K): RegistryEntry<K, V> | undefined;
  /** All entries that pass, as this node sees them. */
  select(filter?: (entry: RegistryEntry<K, V>) => boolean): RegistryEntry<K, V>[];
  readonly size: number;
  /** Calls `gone` once when the name's present holder no longer has it; at once when nobody has it. */
  monitor(key: K, gone: () => void): () => void;
  /** Calls `changed` after each change here. */
  watch(changed: (change: RegistryChange<K, V>) => void): () => void;
}
