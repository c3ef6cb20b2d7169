/**
 * Gives keys small numbers, so that what is kept of each can stand in columns. A key that is a whole number is found in one look
 * into an array of numbers, where a Map needs two or three into memory that no cache of the processor holds: in a table of a million
 * that is most of what finding costs. Open addressing with linear probing and deletion that leaves no marks, at most half full
 * (Knuth, The Art of Computer Programming 3, 6.4, algorithm R); all other keys are in a Map.
 */
import type { MapKey } from './key.ts';

/** Of a key that has no slot. */
export const NO_SLOT = -1;

const FEWEST_PLACES = 16;

/** A place in the table of whole numbers: the key, and its slot counted from 1; 0 is an empty place. */
const PLACE = 2;

/** Keys that are neighbours stand side by side, as many as a line of the processor's cache holds. */
const NEIGHBOUR_BITS = 3;
const NEIGHBOURS = 2 ** NEIGHBOUR_BITS;

/** Groups of neighbours are scattered by the golden ratio (Fibonacci hashing; Knuth 3, 6.4): keys in sequence are not one long run. */
const GOLDEN = 0x9e37_79b1;

/** Where a key would stand alone, in a table of 2 to the power of `32 - shift` places. */
function homeOf(key: number, shift: number): number {
  return ((Math.imul(key >>> NEIGHBOUR_BITS, GOLDEN) >>> shift) & -NEIGHBOURS) | (key & (NEIGHBOURS - 1));
}

export class KeySlots {
  /** The key of each slot; `undefined` is a free one. */
  readonly #keys: (MapKey | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #others = new Map<MapKey, number>();
  #table = new Int32Array(FEWEST_PLACES * PLACE);
  /** By how much a product is shifted to be the number of a place. */
  #shift = 32 - Math.log2(FEWEST_PLACES);
  #numbers = 0;

  /** Keys that have a slot. */
  get size(): number {
    return this.#numbers + this.#others.size;
  }

  /** The slot of a key, or `NO_SLOT`. */
  find(key: MapKey): number {
    if (!isSmallNumber(key)) return this.#others.get(key) ?? NO_SLOT;
    return this.#table[this.#placeOf(key) * PLACE + 1]! - 1;
  }

  /** A slot for a key that has none: the next one, or one that was freed. */
  take(key: MapKey): number {
    const slot = this.#free.length > 0 ? this.#free.pop()! : this.#keys.length;
    this.#keys[slot] = key;
    if (isSmallNumber(key)) {
      this.#numbers += 1;
      if (2 * this.#numbers * PLACE > this.#table.length) this.#resize(2 * this.#numbers);
      this.#enter(key, slot);
    } else this.#others.set(key, slot);
    return slot;
  }

  /** Takes the slot away from its key. */
  free(slot: number): void {
    const key = this.#keys[slot]!;
    this.#keys[slot] = undefined;
    this.#free.push(slot);
    if (isSmallNumber(key)) this.#remove(key);
    else this.#others.delete(key);
  }

  /** For so many keys in all, so that the table need not grow on the way. */
  makeRoom(keys: number): void {
    if (2 * keys * PLACE > this.#table.length) this.#resize(keys);
  }

  /** All slots that are taken; of what is taken or freed meanwhile, some. */
  *slots(): IterableIterator<number> {
    for (let slot = 0; slot < this.#keys.length; slot++) if (this.#keys[slot] !== undefined) yield slot;
  }

  key(slot: number): MapKey {
    return this.#keys[slot]!;
  }

  /** Where the key is, or where it would go. */
  #placeOf(key: number): number {
    const table = this.#table;
    const mask = table.length / PLACE - 1;
    let place = homeOf(key, this.#shift);
    while (table[place * PLACE + 1] !== 0 && table[place * PLACE] !== key) place = (place + 1) & mask;
    return place;
  }

  #enter(key: number, slot: number): void {
    const at = this.#placeOf(key) * PLACE;
    this.#table[at] = key;
    this.#table[at + 1] = slot + 1;
  }

  /** Empties its place, and moves up what had to step past it. */
  #remove(key: number): void {
    this.#numbers -= 1;
    const table = this.#table;
    const mask = table.length / PLACE - 1;
    let gap = this.#placeOf(key);
    for (let place = (gap + 1) & mask; table[place * PLACE + 1] !== 0; place = (place + 1) & mask) {
      const other = table[place * PLACE]!;
      const home = homeOf(other, this.#shift);
      if (((place - home) & mask) < ((place - gap) & mask)) continue;
      table[gap * PLACE] = other;
      table[gap * PLACE + 1] = table[place * PLACE + 1]!;
      gap = place;
    }
    table[gap * PLACE + 1] = 0;
  }

  #resize(keys: number): void {
    const bits = Math.ceil(Math.log2(Math.max(FEWEST_PLACES, 2 * keys)));
    const before = this.#table;
    this.#table = new Int32Array(2 ** bits * PLACE);
    this.#shift = 32 - bits;
    for (let at = 0; at < before.length; at += PLACE) {
      if (before[at + 1] !== 0) this.#enter(before[at]!, before[at + 1]! - 1);
    }
  }
}

/** Whole and of 31 bits; every other number is a key like a text. */
function isSmallNumber(key: MapKey): key is number {
  return typeof key === 'number' && key >= 0 && (key | 0) === key;
}
