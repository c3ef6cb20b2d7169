/**
 * Virtual time: one queue of events, ordered by time and then by when they were planned. Time advances only when nothing is
 * left to run: after each event all promises settle before the next event begins.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Address, assert, MusterError } from '../../base/index.ts';
import type { Cancel } from '../../ports/index.ts';

/** Whom an event happens to; undefined is the world itself. */
export type Party = Address | undefined;

interface Event {
  time: number;
  order: number;
  readonly party: Party;
  readonly act: () => void;
  cancelled: boolean;
}

/** What is done between two events. */
interface Between {
  readonly after: number;
  readonly act: () => void;
}

interface Driver {
  readonly limit: number;
  readonly fail: (error: unknown) => void;
}

/** The simulation was driven for longer than anything should take. */
export class SimulationStuck extends MusterError {
  constructor(virtualMs: number) {
    super('SimulationStuck', `what was waited for did not happen within ${virtualMs} virtual ms`, { virtualMs });
  }
}

/** Which party's code runs now, through awaits; for the ambient guard. */
export const runningParty = new AsyncLocalStorage<Address>();

const settle = (): Promise<void> => new Promise((resolve) => setImmediateOfHost(resolve));
const setImmediateOfHost = setImmediate;
const LONGEST_DRIVE_MS = 3_600_000;

export class Scheduler {
  #now = 0;
  #order = 0;
  readonly #heap: Event[] = [];
  readonly #pausedUntil = new Map<Address, number>();
  readonly #gone = new Set<Address>();
  readonly #drivers = new Set<Driver>();
  #between: Between[] = [];
  #pumping = false;
  /** Told what an event of a party threw. */
  onThrow: (party: Address, error: unknown) => void = (_party, error) => {
    throw error;
  };

  get now(): number {
    return this.#now;
  }

  /** Events run so far. */
  events = 0;

  at(time: number, party: Party, act: () => void): Cancel {
    const event: Event = { time: Math.max(time, this.#now), order: this.#order++, party, act, cancelled: false };
    this.#push(event);
    return () => {
      event.cancelled = true;
    };
  }

  /** Events of the party wait until then, and come in one burst. */
  pause(party: Address, untilMs: number): void {
    this.#pausedUntil.set(party, Math.max(untilMs, this.#pausedUntil.get(party) ?? 0));
  }

  /** Calls `act` when `count` more events have run and all they led to at once has, before the next begins. */
  afterEvents(count: number, act: () => void): void {
    this.#between.push({ after: this.events + count, act });
  }

  /** Nothing happens to the party any more. */
  end(party: Address): void {
    this.#gone.add(party);
    this.#pausedUntil.delete(party);
  }

  isGone(party: Address): boolean {
    return this.#gone.has(party);
  }

  /** Runs events until `work` settles. Several may drive at once. Rejects with `SimulationStuck` after an hour of virtual time. */
  async drive<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const driver: Driver = { limit: this.#now + LONGEST_DRIVE_MS, fail: reject };
      this.#drivers.add(driver);
      work.then(
        (value) => {
          this.#drivers.delete(driver);
          resolve(value);
        },
        (error) => {
          this.#drivers.delete(driver);
          reject(error);
        },
      );
      if (!this.#pumping) void this.#pump();
    });
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    try {
      await settle();
      while (this.#drivers.size > 0) {
        const event = this.#next();
        if (event) this.#run(event);
        await settle();
        this.#actBetween();
        this.#checkLimits();
      }
    } catch (error) {
      for (const driver of this.#drivers) driver.fail(error);
      this.#drivers.clear();
    } finally {
      this.#pumping = false;
    }
  }

  #actBetween(): void {
    if (this.#between.length === 0) return;
    const due = this.#between.filter(({ after }) => after <= this.events);
    if (due.length === 0) return;
    this.#between = this.#between.filter(({ after }) => after > this.events);
    for (const { act } of due) act();
  }

  #checkLimits(): void {
    for (const driver of this.#drivers) {
      if (this.#now <= driver.limit) continue;
      this.#drivers.delete(driver);
      driver.fail(new SimulationStuck(LONGEST_DRIVE_MS));
    }
  }

  #run(event: Event): void {
    const { party } = event;
    if (party !== undefined && this.#gone.has(party)) return;
    const pausedUntil = party === undefined ? 0 : (this.#pausedUntil.get(party) ?? 0);
    if (pausedUntil > event.time) {
      event.time = pausedUntil;
      this.#push(event);
      return;
    }
    this.#now = event.time;
    this.events += 1;
    if (party === undefined) event.act();
    else runningParty.run(party, () => this.#runGuarded(party, event.act));
  }

  #runGuarded(party: Address, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.onThrow(party, error);
    }
  }

  #next(): Event | undefined {
    let event = this.#pop();
    while (event?.cancelled) event = this.#pop();
    return event;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    heap.push(event);
    let at = heap.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap[at]!, heap[parent]!)) break;
      swap(heap, at, parent);
      at = parent;
    }
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    let at = 0;
    for (;;) {
      const left = at * 2 + 1;
      let least = at;
      if (left < heap.length && isBefore(heap[left]!, heap[least]!)) least = left;
      if (left + 1 < heap.length && isBefore(heap[left + 1]!, heap[least]!)) least = left + 1;
      if (least === at) break;
      swap(heap, at, least);
      at = least;
    }
    assert(first.time >= this.#now || first.cancelled || first.party !== undefined, 'time goes forward');
    return first;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.time !== b.time ? a.time < b.time : a.order < b.order;
}

function swap(heap: Event[], a: number, b: number): void {
  const kept = heap[a]!;
  heap[a] = heap[b]!;
  heap[b] = kept;
}
