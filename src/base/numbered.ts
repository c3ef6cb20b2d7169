/**
 * Values by whole number, for those that come and go fast. A Map that lives long is rehashed into the old generation again
 * and again, and each table it leaves there keeps what it held until the next full collection: everything that ever passed
 * through it is copied and promoted. This one writes into the same table, and gives room back only when it has not been used for
 * as many deletions as there are slots: what fills and empties in turn keeps its table. Open addressing with linear probing and deletion
 * that leaves no marks (Knuth, The Art of Computer Programming 3, 6.4, algorithm R).
 */
import { assert } from './assert.ts';

const FEWEST_SLOTS = 64;
const EMPTY = -1;

/**
 * Numbers come in sequence. Side by side they would be one long run, and every deletion would walk to its end; so they are
 * scattered by the golden ratio (Fibonacci hashing; Knuth 3, 6.4). The upper half is mixed into the lower bits.
 */
function scatter(number: number): number {
  const product = Math.imul(number ^ (number / 0x1_0000_0000), 0x9e37_79b1);
  return product ^ (product >>> 15);
}

export class Numbered<V extends object> {
  #numbers = new Float64Array(FEWEST_SLOTS).fill(EMPTY);
  #values: (V | undefined)[] = Array.from({ length: FEWEST_SLOTS }, () => undefined);
  #size = 0;
  /** The most that were in it since room was last looked at, and how many were deleted since. */
  #peak = 0;
  #deletions = 0;

  get size(): number {
    return this.#size;
  }

  /** Room in the table; it is at most half full. */
  get slots(): number {
    return this.#numbers.length;
  }

  has(number: number): boolean {
    return this.#numbers[this.#find(number)] === number;
  }

  get(number: number): V | undefined {
    return this.#values[this.#find(number)];
  }

  /** `number` is a whole number from 0 to `Number.MAX_SAFE_INTEGER`. */
  set(number: number, value: V): void {
    assert(Number.isSafeInteger(number) && number >= 0, 'numbered: a whole number', { number });
    if (2 * (this.#size + 1) > this.#numbers.length) this.#resize(2 * this.#numbers.length);
    const slot = this.#find(number);
    if (this.#numbers[slot] !== number) this.#size += 1;
    if (this.#size > this.#peak) this.#peak = this.#size;
    this.#numbers[slot] = number;
    this.#values[slot] = value;
  }

  /** Gives what was there. */
  delete(number: number): V | undefined {
    const slot = this.#find(number);
    const value = this.#values[slot];
    if (value === undefined) return undefined;
    this.#close(slot);
    this.#size -= 1;
    this.#deletions += 1;
    if (this.#deletions >= this.#numbers.length) this.#giveBack();
    return value;
  }

  /** All numbers from `from` up to `until`, without that. */
  deleteRange(from: number, until: number): void {
    if (until - from <= this.#numbers.length) {
      for (let number = from; number < until && this.#size > 0; number++) this.delete(number);
      return;
    }
    for (const [number] of this.entries()) if (number >= from && number < until) this.delete(number);
  }

  /** The entries that pass, in the order of their numbers; all without a test. */
  entries(passes: (value: V) => boolean = () => true): [number, V][] {
    const found: [number, V][] = [];
    this.#values.forEach((value, slot) => {
      if (value !== undefined && passes(value)) found.push([this.#numbers[slot]!, value]);
    });
    return found.sort(([a], [b]) => a - b);
  }

  /** Where the number is, or where it would go. */
  #find(number: number): number {
    const mask = this.#numbers.length - 1;
    let slot = scatter(number) & mask;
    while (this.#numbers[slot] !== number && this.#numbers[slot] !== EMPTY) slot = (slot + 1) & mask;
    return slot;
  }

  /** Empties a slot, and moves up what had to step past it. */
  #close(gap: number): void {
    const mask = this.#numbers.length - 1;
    let slot = gap;
    for (;;) {
      slot = (slot + 1) & mask;
      const number = this.#numbers[slot]!;
      if (number === EMPTY) break;
      const steps = (slot - scatter(number)) & mask;
      if (steps < ((slot - gap) & mask)) continue;
      this.#numbers[gap] = number;
      this.#values[gap] = this.#values[slot];
      gap = slot;
    }
    this.#numbers[gap] = EMPTY;
    this.#values[gap] = undefined;
  }

  #giveBack(): void {
    const slots = this.#numbers.length;
    if (slots > FEWEST_SLOTS && 16 * this.#peak < slots) this.#resize(slots / 4);
    this.#peak = this.#size;
    this.#deletions = 0;
  }

  #resize(slots: number): void {
    const before = this.entries();
    this.#numbers = new Float64Array(slots).fill(EMPTY);
    this.#values = Array.from({ length: slots }, () => undefined);
    for (const [number, value] of before) {
      const slot = this.#find(number);
      this.#numbers[slot] = number;
      this.#values[slot] = value;
    }
  }
}
