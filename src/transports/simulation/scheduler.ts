/**
 * Virtual time: one queue of events, ordered by time and then by when they were planned. Time advances only when nothing is
 * left to run: after each event all promises settle before the next event begins. For that the next event is begun by a tick
 * that a microtask asked for: Node runs ticks when the queue of microtasks is empty. Now and then a turn of the event loop
 * lies between, so that the process hears signals and draws progress. A run of ticks belongs to one scheduler alone.
 */
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

interface Driver {
  readonly limit: number;
  readonly fail: (error: unknown) => void;
}

/** Hands what a driver waited for to its host. */
type Tell = () => void;

/** The simulation was driven for longer than anything should take. */
export class SimulationStuck extends MusterError {
  constructor(virtualMs: number) {
    super('SimulationStuck', `what was waited for did not happen within ${virtualMs} virtual ms`, { virtualMs });
  }
}

/** The host's own, whatever guards stand later. */
const setImmediateOfHost = setImmediate;
const nextTickOfHost = process.nextTick;
/** Events between two turns of the event loop. */
const EVENTS_PER_TURN = 512;
const LONGEST_DRIVE_MS = 3_600_000;

export class Scheduler {
  #now = 0;
  #order = 0;
  readonly #heap: Event[] = [];
  readonly #pausedUntil = new Map<Address, number>();
  readonly #gone = new Set<Address>();
  /** In the order in which they began, and so of their limits. */
  readonly #drivers = new Set<Driver>();
  #told: Tell[] = [];
  #pumping = false;
  #left = 0;
  #running: Party;
  /** Told what an event of a party threw. */
  onThrow: (party: Address, error: unknown) => void = (_party, error) => {
    throw error;
  };

  /** Whose code runs now, through awaits; undefined is the host's. */
  get running(): Party {
    return this.#running;
  }

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

  /** Nothing happens to the party any more. */
  end(party: Address): void {
    this.#gone.add(party);
    this.#pausedUntil.delete(party);
  }

  isGone(party: Address): boolean {
    return this.#gone.has(party);
  }

  /** Runs events until `work` settles. Several may drive at once. Rejects with `SimulationStuck` after an hour of virtual time. */
  drive<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const driver: Driver = { limit: this.#now + LONGEST_DRIVE_MS, fail: reject };
      const settled = (tell: Tell): void => {
        if (this.#drivers.delete(driver)) this.#told.push(tell);
      };
      this.#drivers.add(driver);
      work.then(
        (value) => settled(() => resolve(value)),
        (error) => settled(() => reject(error)),
      );
      if (this.#pumping) return;
      this.#pumping = true;
      setImmediateOfHost(this.#turn);
    });
  }

  readonly #turn = (): void => {
    this.#left = EVENTS_PER_TURN;
    this.#step();
  };

  /** Runs when all that the step before led to has run. */
  readonly #step = (): void => {
    this.#running = undefined;
    if (this.#told.length === 0 && this.#drivers.size === 0) {
      this.#pumping = false;
      return;
    }
    try {
      if (!this.#advance()) {
        setImmediateOfHost(this.#turn);
        return;
      }
    } catch (error) {
      for (const driver of this.#drivers) driver.fail(error);
      this.#drivers.clear();
    }
    queueMicrotask(this.#askForStep);
  };

  readonly #askForStep = (): void => nextTickOfHost(this.#step);

  /** Lets hosts go on that got what they waited for, else runs one event. False when a turn of the event loop is due. */
  #advance(): boolean {
    if (this.#told.length > 0) {
      const told = this.#told;
      this.#told = [];
      for (const tell of told) tell();
      return true;
    }
    this.#left -= 1;
    const event = this.#left > 0 ? this.#next() : undefined;
    if (!event) return false;
    this.#run(event);
    this.#checkLimit();
    return true;
  }

  #checkLimit(): void {
    for (const driver of this.#drivers) {
      if (this.#now <= driver.limit) return;
      this.#drivers.delete(driver);
      driver.fail(new SimulationStuck(LONGEST_DRIVE_MS));
    }
  }

  /** Runs `act` as code of the party. */
  as<T>(party: Party, act: () => T): T {
    const before = this.#running;
    this.#running = party;
    try {
      return act();
    } finally {
      this.#running = before;
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
    this.#running = party;
    if (party === undefined) {
      event.act();
      return;
    }
    try {
      event.act();
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
