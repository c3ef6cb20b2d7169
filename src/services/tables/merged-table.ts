/**
 * The state of one merged table: any node writes, the newest stamp wins, deletes leave tombstones (a last-writer-wins
 * map; Shapiro et al., 2011, over hybrid logical clocks). Pure: no sending, no clock; the same writes in any order give
 * the same entries.
 */
import { type Address, hashText, KeySlots, type MapKey, NO_SLOT } from '../../base/index.ts';
import { MergedColumns } from './merged-columns.ts';
import type { MergedWrite } from './merged-write.ts';

/** Before everything. */
export const never = (): number => Number.NEGATIVE_INFINITY;

export type Changed = (key: MapKey, before: unknown, after: unknown) => void;

export class MergedTable {
  readonly number: number;
  readonly name: string;
  readonly #slots = new KeySlots();
  readonly #columns = new MergedColumns();
  /** What is done with a value before it is applied, if anything. */
  readonly #freeze: ((value: unknown) => unknown) | undefined;
  readonly #watchers = new Set<Changed>();
  #live = 0;
  /** Whether an entry that expires was ever here: until then none has to be looked at for it. */
  #canExpire = false;
  /** The newest stamp (ms) of a tombstone that was forgotten: of what is older, nobody can say whether it was deleted. */
  #horizon = 0;

  constructor(number: number, name: string, freeze?: (value: unknown) => unknown) {
    this.#freeze = freeze;
    this.number = number;
    this.name = name;
  }

  /** Entries that are not deleted; expired ones count until they are swept. */
  get size(): number {
    return this.#live;
  }

  get tombstones(): number {
    return this.#slots.size - this.#live;
  }

  /** For so many entries in all. */
  makeRoom(entries: number): void {
    this.#slots.makeRoom(entries);
    this.#columns.makeRoom(entries);
  }

  /** The clock is asked only about an entry that can expire; without one nothing has. */
  get(key: MapKey, now = never): unknown {
    const slot = this.#slots.find(key);
    if (slot === NO_SLOT) return undefined;
    return this.#canExpire && this.#isExpired(slot, now()) ? undefined : this.#columns.value(slot);
  }

  *entries(now: number): IterableIterator<[MapKey, unknown]> {
    for (const slot of this.#slots.slots()) {
      if (this.#columns.isDeleted(slot) || this.#isExpired(slot, now)) continue;
      yield [this.#slots.key(slot), this.#columns.value(slot)];
    }
  }

  get horizon(): number {
    return this.#horizon;
  }

  raiseHorizon(time: number): void {
    this.#horizon = Math.max(this.#horizon, time);
  }

  /** Whether this write may be one whose delete was forgotten. */
  isPastHorizon(key: MapKey, deleted: boolean, time: number): boolean {
    return !deleted && time <= this.#horizon && this.#slots.find(key) === NO_SLOT;
  }

  /** The write that is held under a key; it may be a tombstone. */
  held(key: MapKey): MergedWrite | undefined {
    const slot = this.#slots.find(key);
    return slot === NO_SLOT ? undefined : this.#columns.write(key, slot);
  }

  /** Every write that is held, tombstones included; stays valid while the table changes. */
  *writes(): IterableIterator<MergedWrite> {
    for (const slot of this.#slots.slots()) yield this.#columns.write(this.#slots.key(slot), slot);
  }

  watch(changed: Changed): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  /** Applies a write if it is newer than what is here; says whether it was. */
  apply({ key, deleted, value, expires, stamp, sequence }: MergedWrite): boolean {
    return this.put(key, deleted ? undefined : value, expires, stamp.time, stamp.count, stamp.origin, sequence);
  }

  /** The same of a write in pieces, as nothing should be made for each of many; without a value it is a delete. */
  put(
    key: MapKey,
    value: unknown,
    expires: number,
    time: number,
    count: number,
    origin: string,
    sequence: number,
  ): boolean {
    const columns = this.#columns;
    const known = this.#slots.find(key);
    if (known !== NO_SLOT && !columns.isOlder(known, time, count, origin)) return false;
    const before = known === NO_SLOT ? undefined : columns.value(known);
    if (before !== undefined) this.#live -= 1;
    if (value !== undefined) this.#live += 1;
    if (expires !== 0) this.#canExpire = true;
    this.#freeze?.(value);
    const slot = known === NO_SLOT ? this.#slots.take(key) : known;
    columns.put(slot, value, expires, time, count, origin, sequence);
    if (this.#watchers.size > 0 && (before !== undefined || value !== undefined)) this.#tell(key, before, value);
    return true;
  }

  /** Turns expired entries into tombstones, and forgets tombstones that ended before `horizon` and that everybody has. */
  sweep(now: number, horizon: number, everybodyHas: (origin: Address, sequence: number) => boolean): void {
    if (!this.#canExpire && this.tombstones === 0) return;
    const columns = this.#columns;
    for (const slot of this.#slots.slots()) {
      if (columns.isDeleted(slot)) {
        const ended = Math.max(columns.time(slot), columns.expires(slot));
        if (ended >= horizon || !everybodyHas(columns.origin(slot) as Address, columns.sequence(slot))) continue;
        this.raiseHorizon(columns.time(slot));
        this.#slots.free(slot);
      } else if (this.#isExpired(slot, now)) {
        const before = columns.value(slot);
        columns.delete(slot);
        this.#live -= 1;
        this.#tell(this.#slots.key(slot), before, undefined);
      }
    }
  }

  digest(now: number): string {
    let sum = 0;
    for (const slot of this.#slots.slots()) {
      if (this.#columns.isDeleted(slot) || this.#isExpired(slot, now)) continue;
      const key = this.#slots.key(slot);
      const { time, count, origin } = this.#columns.stamp(slot);
      const value = JSON.stringify(this.#columns.value(slot));
      sum = (sum + hashText(`${typeof key}${key}|${time}|${count}|${origin}|${value}`)) >>> 0;
    }
    return sum.toString(16);
  }

  #isExpired(slot: number, now: number): boolean {
    const expires = this.#columns.expires(slot);
    return expires !== 0 && expires <= now;
  }

  #tell(key: MapKey, before: unknown, after: unknown): void {
    for (const changed of this.#watchers) changed(key, before, after);
  }
}
