/**
 * The state of one owned table: each key's writes are ordered by its owner, and versions only grow. Pure: no sending, no
 * clock. A version is the epoch and the owner's sequence in one number.
 */
import { hashText, type MapKey } from '../../base/index.ts';
import { type Changed, never } from './merged-table.ts';

export interface OwnedEntry {
  readonly value: unknown;
  readonly version: number;
  /** ms since the epoch after which the entry is absent; 0 is never. */
  readonly expires: number;
}

const SEQUENCES = 2 ** 32;

export function versionOf(epoch: number, sequence: number): number {
  return epoch * SEQUENCES + (sequence % SEQUENCES);
}

export class OwnedTable {
  readonly number: number;
  readonly name: string;
  /** What a key's owner is computed from. */
  readonly route: (key: MapKey) => string;
  /** What a conditional write is matched against, e.g. the holder of a name. */
  readonly tag: (value: unknown) => string;
  readonly #entries = new Map<MapKey, OwnedEntry>();
  /** What is done with a value before it is applied, if anything. */
  readonly #freeze: ((value: unknown) => unknown) | undefined;
  readonly #watchers = new Set<Changed>();
  /** Versions of deletes, kept only while a snapshot may still bring older entries. */
  #graves: Map<MapKey, number> | undefined;
  /** Whether an entry that expires was ever here: until then none has to be looked for. */
  #canExpire = false;

  constructor(
    number: number,
    name: string,
    route: (key: MapKey) => string,
    tag: (value: unknown) => string,
    freeze?: (value: unknown) => unknown,
  ) {
    this.#freeze = freeze;
    this.number = number;
    this.name = name;
    this.route = route;
    this.tag = tag;
  }

  get size(): number {
    return this.#entries.size;
  }

  entry(key: MapKey, now: number): OwnedEntry | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.expires !== 0 && entry.expires <= now ? undefined : entry;
  }

  /** The clock is asked only about an entry that can expire; without one nothing has. */
  get(key: MapKey, now = never): unknown {
    const entry = this.#entries.get(key);
    return entry === undefined || (entry.expires !== 0 && entry.expires <= now()) ? undefined : entry.value;
  }

  *entries(now: number): IterableIterator<[MapKey, unknown]> {
    for (const [key, entry] of this.#entries) {
      if (entry.expires === 0 || entry.expires > now) yield [key, entry.value];
    }
  }

  /** Every entry with its version; stays valid while the table changes. */
  versions(): IterableIterator<[MapKey, OwnedEntry]> {
    return this.#entries.entries();
  }

  watch(changed: Changed): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  put(key: MapKey, entry: OwnedEntry): void {
    const known = this.#entries.get(key);
    if (known !== undefined && known.version >= entry.version) return;
    if ((this.#graves?.get(key) ?? 0) >= entry.version) return;
    this.#freeze?.(entry.value);
    if (entry.expires !== 0) this.#canExpire = true;
    this.#entries.set(key, entry);
    this.#tell(key, known?.value, entry.value);
  }

  delete(key: MapKey, version: number): void {
    const known = this.#entries.get(key);
    if (known !== undefined && known.version >= version) return;
    this.#graves?.set(key, version);
    if (known === undefined) return;
    this.#entries.delete(key);
    this.#tell(key, known.value, undefined);
  }

  /** Removes what every member removes by the same rule at the same flush. */
  purge(isGone: (key: MapKey, value: unknown) => boolean): void {
    for (const [key, entry] of [...this.#entries]) {
      if (!isGone(key, entry.value)) continue;
      this.#entries.delete(key);
      this.#tell(key, entry.value, undefined);
    }
  }

  sweep(now: number): void {
    if (!this.#canExpire) return;
    for (const [key, entry] of this.#entries) {
      if (entry.expires === 0 || entry.expires > now) continue;
      this.#entries.delete(key);
      this.#tell(key, entry.value, undefined);
    }
  }

  /** Forgets everything, untold: for a learner that begins anew. */
  clear(): void {
    this.#entries.clear();
    this.#graves?.clear();
  }

  beginLearning(): void {
    this.#graves ??= new Map();
  }

  endLearning(): void {
    this.#graves = undefined;
  }

  digest(now: number): string {
    let sum = 0;
    for (const [key, entry] of this.#entries) {
      if (entry.expires !== 0 && entry.expires <= now) continue;
      sum = (sum + hashText(`${typeof key}${key}|${entry.version}|${JSON.stringify(entry.value)}`)) >>> 0;
    }
    return sum.toString(16);
  }

  #tell(key: MapKey, before: unknown, after: unknown): void {
    for (const changed of this.#watchers) changed(key, before, after);
  }
}
