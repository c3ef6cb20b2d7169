/**
 * What a merged table knows of its entries, by slot: a column of numbers each for what is a number, instead of an object per
 * entry. A table of a million entries then is a few arrays to the garbage collector, and a write makes nothing that lives.
 */
import type { MapKey, Stamp } from '../../base/index.ts';
import type { MergedWrite } from './merged-write.ts';

const FEWEST_SLOTS = 16;

/**
 * Stands in the column of values for what is deleted; no value is that. To compare with it looks at no object, which would be a miss
 * of the processor's caches for each read of a large table.
 */
const DELETED = undefined;

export class MergedColumns {
  readonly #values: unknown[] = [];
  #times = new Float64Array(FEWEST_SLOTS);
  #counts = new Uint32Array(FEWEST_SLOTS);
  #sequences = new Float64Array(FEWEST_SLOTS);
  /** Only once something expires: in most tables nothing does. */
  #expires: Float64Array<ArrayBuffer> | undefined;
  /** Of each write, where its origin stands among `#origins`. */
  #originsAt = new Uint32Array(FEWEST_SLOTS);
  readonly #origins: string[] = [];
  readonly #originAt = new Map<string, number>();
  readonly #free: number[] = [];

  /** An empty slot, to be `put` next. */
  take(): number {
    const slot = this.#free.pop() ?? this.#values.push(DELETED) - 1;
    if (slot === this.#times.length) this.makeRoom(2 * slot);
    return slot;
  }

  /** So that `slots` slots need no more copying of columns. */
  makeRoom(slots: number): void {
    if (slots <= this.#times.length) return;
    this.#times = copied(this.#times, new Float64Array(slots));
    this.#counts = copied(this.#counts, new Uint32Array(slots));
    this.#sequences = copied(this.#sequences, new Float64Array(slots));
    this.#originsAt = copied(this.#originsAt, new Uint32Array(slots));
    if (this.#expires) this.#expires = copied(this.#expires, new Float64Array(slots));
  }

  give(slot: number): void {
    this.#values[slot] = DELETED;
    this.#free.push(slot);
  }

  put(slot: number, { deleted, value, expires, stamp, sequence }: MergedWrite): void {
    this.#values[slot] = deleted ? DELETED : value;
    this.#times[slot] = stamp.time;
    this.#counts[slot] = stamp.count;
    this.#sequences[slot] = sequence;
    if (expires !== 0) this.#expires ??= new Float64Array(this.#times.length);
    if (this.#expires) this.#expires[slot] = expires;
    this.#originsAt[slot] = this.#placeOf(stamp.origin);
  }

  /** The entry as a write of its own; `key` is whose slot it is. */
  write(key: MapKey, slot: number): MergedWrite {
    const value = this.#values[slot];
    const deleted = value === DELETED;
    return {
      key,
      deleted,
      value: deleted ? null : value,
      expires: this.expires(slot),
      stamp: this.stamp(slot),
      sequence: this.#sequences[slot]!,
    };
  }

  isDeleted(slot: number): boolean {
    return this.#values[slot] === DELETED;
  }

  /** Whether the write in the slot is older than `stamp`. */
  isOlder(slot: number, { time, count, origin }: Stamp): boolean {
    if (this.#times[slot] !== time) return this.#times[slot]! < time;
    if (this.#counts[slot] !== count) return this.#counts[slot]! < count;
    return this.origin(slot) < origin;
  }

  /** Undefined for what is deleted. */
  value(slot: number): unknown {
    return this.#values[slot];
  }

  /** ms since the epoch; 0 is never. */
  expires(slot: number): number {
    return this.#expires ? this.#expires[slot]! : 0;
  }

  time(slot: number): number {
    return this.#times[slot]!;
  }

  sequence(slot: number): number {
    return this.#sequences[slot]!;
  }

  origin(slot: number): string {
    return this.#origins[this.#originsAt[slot]!]!;
  }

  stamp(slot: number): Stamp {
    return { time: this.#times[slot]!, count: this.#counts[slot]!, origin: this.origin(slot) };
  }

  #placeOf(origin: string): number {
    let place = this.#originAt.get(origin);
    if (place === undefined) {
      place = this.#origins.push(origin) - 1;
      this.#originAt.set(origin, place);
    }
    return place;
  }
}

function copied<C extends Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer>>(column: C, longer: C): C {
  longer.set(column);
  return longer;
}
