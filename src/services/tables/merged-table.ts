/**
 * The state of one merged table: any node writes, the newest stamp wins, deletes leave tombstones (a last-writer-wins
 * map; Shapiro et al., 2011, over hybrid logical clocks). Pure: no sending, no clock; the same writes in any order give
 * the same entries.
 */
import { type Address, compareStamps, hashText, type MapKey, type Stamp } from '../../base/index.ts';

/** One write as it crosses the wire. */
export interface MergedWrite {
  readonly key: MapKey;
  readonly deleted: boolean;
  readonly value: unknown;
  /** ms since the epoch after which the entry is absent; 0 is never. */
  readonly expires: number;
  readonly stamp: Stamp;
  /** The origin's number of this write: 1, 2, 3 … over all its merged tables. */
  readonly sequence: number;
}

/** Leaves a value as it is: tables that do not freeze what they apply. */
export const asItIs = (value: unknown): unknown => value;

export type Changed = (key: MapKey, before: unknown, after: unknown) => void;

export class MergedTable {
  readonly number: number;
  readonly name: string;
  readonly #entries = new Map<MapKey, MergedWrite>();
  readonly #freeze: (value: unknown) => unknown;
  readonly #watchers = new Set<Changed>();
  #live = 0;
  /** The newest stamp (ms) of a tombstone that was forgotten: of what is older, nobody can say whether it was deleted. */
  #horizon = 0;

  constructor(number: number, name: string, freeze = asItIs) {
    this.#freeze = freeze;
    this.number = number;
    this.name = name;
  }

  /** Entries that are not deleted; expired ones count until they are swept. */
  get size(): number {
    return this.#live;
  }

  get tombstones(): number {
    return this.#entries.size - this.#live;
  }

  /** What is here under the key and not deleted, also when it has expired. */
  held(key: MapKey): MergedWrite | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined || entry.deleted ? undefined : entry;
  }

  get(key: MapKey, now: number): unknown {
    const entry = this.held(key);
    return entry === undefined || isExpired(entry, now) ? undefined : entry.value;
  }

  *entries(now: number): IterableIterator<[MapKey, unknown]> {
    for (const [key, entry] of this.#entries) {
      if (!entry.deleted && !isExpired(entry, now)) yield [key, entry.value];
    }
  }

  get horizon(): number {
    return this.#horizon;
  }

  raiseHorizon(time: number): void {
    this.#horizon = Math.max(this.#horizon, time);
  }

  /** Whether this write may be one whose delete was forgotten. */
  isPastHorizon({ key, deleted, stamp }: MergedWrite): boolean {
    return !deleted && stamp.time <= this.#horizon && !this.#entries.has(key);
  }

  /** Every write that is held, tombstones included; stays valid while the table changes. */
  writes(): IterableIterator<MergedWrite> {
    return this.#entries.values();
  }

  watch(changed: Changed): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  /** Applies a write if it is newer than what is here; says whether it was. */
  apply(write: MergedWrite): boolean {
    const known = this.#entries.get(write.key);
    if (known !== undefined && compareStamps(write.stamp, known.stamp) <= 0) return false;
    const before = known === undefined || known.deleted ? undefined : known.value;
    if (known !== undefined && !known.deleted) this.#live -= 1;
    if (!write.deleted) this.#live += 1;
    this.#freeze(write.value);
    this.#entries.set(write.key, write);
    if (before !== undefined || !write.deleted) this.#tell(write.key, before, write.deleted ? undefined : write.value);
    return true;
  }

  /** Turns expired entries into tombstones, and forgets tombstones that ended before `horizon` and that everybody has. */
  sweep(now: number, horizon: number, everybodyHas: (origin: Address, sequence: number) => boolean): void {
    for (const [key, entry] of this.#entries) {
      if (entry.deleted) {
        const ended = Math.max(entry.stamp.time, entry.expires);
        if (ended >= horizon || !everybodyHas(entry.stamp.origin as Address, entry.sequence)) continue;
        this.#entries.delete(key);
        this.raiseHorizon(entry.stamp.time);
      } else if (isExpired(entry, now)) {
        this.#entries.set(key, { ...entry, deleted: true, value: null });
        this.#live -= 1;
        this.#tell(key, entry.value, undefined);
      }
    }
  }

  digest(now: number): string {
    let sum = 0;
    for (const [key, entry] of this.#entries) {
      if (entry.deleted || isExpired(entry, now)) continue;
      const { time, count, origin } = entry.stamp;
      sum = (sum + hashText(`${typeof key}${key}|${time}|${count}|${origin}|${JSON.stringify(entry.value)}`)) >>> 0;
    }
    return sum.toString(16);
  }

  #tell(key: MapKey, before: unknown, after: unknown): void {
    for (const changed of this.#watchers) changed(key, before, after);
  }
}

function isExpired(entry: MergedWrite, now: number): boolean {
  return entry.expires !== 0 && entry.expires <= now;
}
