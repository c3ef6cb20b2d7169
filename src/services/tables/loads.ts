/**
 * Who loads a key that has no entry: one request in the cluster at a time, the others wait for what it brings. State only;
 * the owner answers.
 */
import type { Address, MapKey } from '../../base/index.ts';
import { fromPlace, isSame, type Place, placeOf, type Ticket } from './tickets.ts';

interface Load {
  holder: Ticket;
  readonly waiting: Ticket[];
  /** When the holder was last told to load. */
  toldAt: number;
}

/** A loader is told again after this: who did not hear it begins, and who has done with it says so. */
const TELL_AGAIN_MS = 1_000;

export class Loads {
  readonly #loads = new Map<Place, Load>();
  readonly #now: () => number;
  readonly #tell: (ticket: Ticket, table: number, key: MapKey) => void;

  /** `tell` tells a request that it is to load. */
  constructor(now: () => number, tell: (ticket: Ticket, table: number, key: MapKey) => void) {
    this.#now = now;
    this.#tell = tell;
  }

  get waiting(): number {
    let count = 0;
    for (const { waiting } of this.#loads.values()) count += waiting.length + 1;
    return count;
  }

  /** The request loads, or waits for who does. `loading`: it has begun already. */
  join(table: number, key: MapKey, { from, number }: Ticket, loading: boolean): void {
    const place = placeOf(table, key);
    const ticket = { from, number };
    const load = this.#loads.get(place);
    if (load && !isSame(load.holder, ticket)) {
      if (!load.waiting.some((other) => isSame(other, ticket))) load.waiting.push(ticket);
      return;
    }
    if (!load) this.adopt(table, key, ticket);
    if (!loading) this.#tell(ticket, table, key);
  }

  /** A load that runs on some node, as a new owner learns it in the flush. */
  adopt(table: number, key: MapKey, holder: Ticket): void {
    const place = placeOf(table, key);
    if (!this.#loads.has(place)) this.#loads.set(place, { holder, waiting: [], toldAt: this.#now() });
  }

  /** The load of this holder is over; who waited for it. */
  end(table: number, key: MapKey, holder: Ticket): readonly Ticket[] {
    const place = placeOf(table, key);
    const load = this.#loads.get(place);
    if (!load || !isSame(load.holder, holder)) return [];
    this.#loads.delete(place);
    return load.waiting;
  }

  /** A loader gave up or its node died: the next one that waits loads. */
  pass(table: number, key: MapKey, holder: Ticket): void {
    const place = placeOf(table, key);
    const load = this.#loads.get(place);
    if (!load || !isSame(load.holder, holder)) return;
    const next = load.waiting.shift();
    if (!next) {
      this.#loads.delete(place);
      return;
    }
    load.holder = next;
    load.toldAt = this.#now();
    this.#tell(next, table, key);
  }

  tellAgain(): void {
    const now = this.#now();
    for (const [place, load] of [...this.#loads]) {
      if (load.toldAt + TELL_AGAIN_MS > now) continue;
      load.toldAt = now;
      this.#tell(load.holder, ...fromPlace(place));
    }
  }

  /** Forgets keys owned elsewhere now and requests of nodes that are gone. */
  reassign(isOwned: (table: number, key: MapKey) => boolean, isHere: (address: Address) => boolean): void {
    for (const [place, load] of [...this.#loads]) {
      const [table, key] = fromPlace(place);
      if (!isOwned(table, key)) {
        this.#loads.delete(place);
        continue;
      }
      const waiting = load.waiting.filter((ticket) => isHere(ticket.from));
      load.waiting.splice(0, load.waiting.length, ...waiting);
      if (!isHere(load.holder.from)) this.pass(table, key, load.holder);
    }
  }
}
