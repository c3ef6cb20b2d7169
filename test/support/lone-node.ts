/** What the lobby's parts that only need a store and caches ask of a node, alone in the world and without a cluster. */
import { randomBytes, scryptSync } from 'node:crypto';
import type { CacheDeclaration, MusterNode, SequenceDeclaration, Settings } from '../../src/services/index.ts';

type Changed = (change: { key: unknown; before: unknown; after: unknown }) => void;

class LoneCache {
  readonly #entries = new Map<unknown, unknown>();
  readonly #watchers: Changed[] = [];

  get = (key: unknown) => this.#entries.get(key);
  has = (key: unknown) => this.#entries.has(key);
  watch = (changed: Changed) => this.#watchers.push(changed);
  put = (key: unknown, value: unknown) => void this.#set(key, value);
  delete = async (key: unknown) => this.#entries.has(key) && this.#set(key, undefined) === undefined;
  update = async (key: unknown, change: (current: unknown) => unknown) =>
    this.#set(key, change(this.#entries.get(key)));
  getOrLoad = async (key: unknown, load: () => Promise<unknown>) =>
    this.#entries.get(key) ?? this.#set(key, await load());

  #set(key: unknown, after: unknown): unknown {
    const before = this.#entries.get(key);
    if (after === undefined) this.#entries.delete(key);
    else this.#entries.set(key, after);
    for (const changed of this.#watchers) changed({ key, before, after });
    return after;
  }
}

export function loneNode(settings: Settings = {}): MusterNode & { passes(ms: number): void } {
  const caches = new Map<unknown, LoneCache>();
  let wall = 1_000_000;
  let issued = 0;
  const node = {
    id: 'alone',
    incarnation: 1,
    settings,
    log: { write: () => {} },
    wall: () => wall,
    now: () => wall,
    after: () => () => {},
    localBroadcast: () => {},
    compute: {
      deriveKey: async (secret: string, salt: Uint8Array) => new Uint8Array(scryptSync(secret, salt, 32, { N: 16 })),
      randomBytes: (count: number) => new Uint8Array(randomBytes(count)),
      load: () => 0,
    },
    cache: (declaration: CacheDeclaration) => {
      const cache = caches.get(declaration) ?? new LoneCache();
      caches.set(declaration, cache);
      return cache;
    },
    sequence: (_declaration: SequenceDeclaration) => ({ next: async () => ++issued }),
    passes: (ms: number) => {
      wall += ms;
    },
  };
  return node as unknown as MusterNode & { passes(ms: number): void };
}
