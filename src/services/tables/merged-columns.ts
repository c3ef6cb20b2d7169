/**
 * What a merged table knows of its entries, by slot: what is a number is in one array of numbers for all, instead of an object per
 * entry. A table of a million entries then is three arrays to the garbage collector, and a write makes nothing that lives. The
 * numbers of an entry stand side by side: looking at one fetches all.
 */
import type { MapKey, Stamp } from '../../base/index.ts';
import type { MergedWrite } from './merged-write.ts';

const FEWEST_SLOTS = 16;

/**
 * Stands in the column of values for what is deleted; no value is that. To compare with it looks at no object, which would be a miss
 * of the processor's caches for each read of a large table.
 */
const DELETED = undefined;

/** Where an entry's numbers are, of `ROOM` for each slot. */
const TIME = 0;
const COUNT = 1;
const SEQUENCE = 2;
/** Where its origin stands among `#origins`. */
const ORIGIN = 3;
const ROOM = 4;

export class MergedColumns {
  readonly #values: unknown[] = [];
  #numbers = new Float64Array(FEWEST_SLOTS * ROOM);
  /** Only once something expires: in most tables nothing does. */
  #expires: Float64Array<ArrayBuffer> | undefined;
  readonly #origins: string[] = [];
  readonly #originAt = new Map<string, number>();
  /** The origin of the last write, and its place: most writes follow one of the same. */
  #lastOrigin = '';
  #lastPlace = -1;

  /** For how many slots there is room. */
  get #slots(): number {
    return this.#numbers.length / ROOM;
  }

  /** So that `slots` slots need no more copying of what is here. */
  makeRoom(slots: number): void {
    if (slots <= this.#slots) return;
    this.#numbers = longer(this.#numbers, slots * ROOM);
    if (this.#expires) this.#expires = longer(this.#expires, slots);
  }

  /** Slots are used in order; an unused one before the last has what was there. Without a value it is a delete. */
  put(
    slot: number,
    value: unknown,
    expires: number,
    time: number,
    count: number,
    origin: string,
    sequence: number,
  ): void {
    if (slot >= this.#slots) this.makeRoom(2 * slot);
    this.#values[slot] = value;
    const at = slot * ROOM;
    this.#numbers[at + TIME] = time;
    this.#numbers[at + COUNT] = count;
    this.#numbers[at + SEQUENCE] = sequence;
    this.#numbers[at + ORIGIN] = this.#placeOf(origin);
    if (expires !== 0) this.#expires ??= new Float64Array(this.#slots);
    if (this.#expires) this.#expires[slot] = expires;
  }

  /** What is there is deleted, by the write that put it. */
  delete(slot: number): void {
    this.#values[slot] = DELETED;
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
      sequence: this.sequence(slot),
    };
  }

  isDeleted(slot: number): boolean {
    return this.#values[slot] === DELETED;
  }

  /** Whether the write in the slot is older than one of this stamp. */
  isOlder(slot: number, time: number, count: number, origin: string): boolean {
    const knownTime = this.time(slot);
    if (knownTime !== time) return knownTime < time;
    const knownCount = this.#numbers[slot * ROOM + COUNT]!;
    if (knownCount !== count) return knownCount < count;
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
    return this.#numbers[slot * ROOM + TIME]!;
  }

  sequence(slot: number): number {
    return this.#numbers[slot * ROOM + SEQUENCE]!;
  }

  origin(slot: number): string {
    return this.#origins[this.#numbers[slot * ROOM + ORIGIN]!]!;
  }

  stamp(slot: number): Stamp {
    return { time: this.time(slot), count: this.#numbers[slot * ROOM + COUNT]!, origin: this.origin(slot) };
  }

  #placeOf(origin: string): number {
    if (origin === this.#lastOrigin) return this.#lastPlace;
    let place = this.#originAt.get(origin);
    if (place === undefined) {
      place = this.#origins.push(origin) - 1;
      this.#originAt.set(origin, place);
    }
    this.#lastOrigin = origin;
    this.#lastPlace = place;
    return place;
  }
}

function longer(numbers: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const copy = new Float64Array(length);
  copy.set(numbers);
  return copy;
}
