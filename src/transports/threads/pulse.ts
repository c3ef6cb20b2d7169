/**
 * Leases and signs of life in shared memory: one small block per life, whose ends are the node's and the authority's. What a
 * fault cuts between the two is cut here as well: the authority's end asks the transport's rules before it looks or writes.
 */
import type { Address } from '../../base/index.ts';
import type { Clock, Pulse, PulseBoard } from '../../ports/index.ts';
import { verdictOn } from '../../ports/index.ts';
import type { ThreadsTransport } from './transport.ts';

const BEATS = 0;
/** On a cache line of its own: each word has one writer. */
const LEASE = 32;

/** The words of one life. A lease's end is in whole ms and counts modulo 2^32; only differences mean something. */
export type PulseWords = Int32Array;

export function makePulseWords(now: number): PulseWords {
  const words = new Int32Array(new SharedArrayBuffer(2 * LEASE * Int32Array.BYTES_PER_ELEMENT));
  Atomics.store(words, LEASE, Math.floor(now) | 0);
  return words;
}

export function createPulse(words: PulseWords, clock: Clock): Pulse {
  return {
    // One writer, and who reads it only wants to know that it changes.
    beat() {
      words[BEATS]! += 1;
    },
    leaseUntil() {
      const now = Math.floor(clock.now());
      return now + ((Atomics.load(words, LEASE) - now) | 0);
    },
  };
}

export class ThreadsPulseBoard implements PulseBoard {
  readonly #transport: ThreadsTransport;
  readonly #words = new Map<Address, PulseWords>();

  constructor(transport: ThreadsTransport) {
    this.#transport = transport;
  }

  add(address: Address, words: PulseWords): void {
    this.#words.set(address, words);
  }

  remove(address: Address): void {
    this.#words.delete(address);
  }

  beats(of: Address): number | undefined {
    const words = this.#words.get(of);
    if (!words || verdictOn(this.#transport.faults, of, this.#transport.self, 'direct')?.kind === 'drop')
      return undefined;
    return Atomics.load(words, BEATS);
  }

  reaches(to: Address): boolean {
    return (
      this.#words.has(to) && verdictOn(this.#transport.faults, this.#transport.self, to, 'direct')?.kind !== 'drop'
    );
  }

  grant(to: Address, untilMs: number): boolean {
    const words = this.#words.get(to);
    if (!words || !this.reaches(to)) return false;
    const verdict = verdictOn(this.#transport.faults, this.#transport.self, to, 'direct');
    // A lease that is late by so much is one that ends so much earlier.
    const lateMs = verdict?.kind === 'delay' ? verdict.ms : 0;
    Atomics.store(words, LEASE, Math.floor(untilMs - lateMs) | 0);
    return true;
  }
}
