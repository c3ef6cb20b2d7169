/**
 * Whose turn it is on a contended key: a swap that did not fit waits, and gets the key for itself in its order, for as long as
 * its way takes. A turn ends with the holder's swap, when the holder gives it back (its deadline passed) or when its node is
 * gone; never by time alone, else nobody behind a slow link would ever win. State only; the owner says what is there and sends.
 */
import type { Address, MapKey } from '../../base/index.ts';
import { fromPlace, isSame, type Place, placeOf, type Ticket } from './tickets.ts';

interface Contention {
  readonly queue: Ticket[];
  granted: (Ticket & { readonly version: number }) | undefined;
  /** When the holder was last told. */
  toldAt: number;
}

/** A holder is told again after this: who did not hear it swaps, and who is over gives the turn back. */
const TELL_AGAIN_MS = 1_000;

/** What is asked of the owner around it. */
export interface TurnsPort {
  now(): number;
  /** The version of what is there; 0 for no entry. */
  version(table: number, key: MapKey): number;
  /** Tells a request that the key is its own until it answers. */
  grant(ticket: Ticket, table: number, key: MapKey): void;
}

export class Turns {
  readonly #contended = new Map<Place, Contention>();
  readonly #port: TurnsPort;

  constructor(port: TurnsPort) {
    this.#port = port;
  }

  get waiting(): number {
    let count = 0;
    for (const { queue, granted } of this.#contended.values()) count += queue.length + (granted ? 1 : 0);
    return count;
  }

  /**
   * Whether the request may write now over `base`: the key is its own, or nobody's. Its turn, if it has it, ends by this,
   * unless this is a copy from before it was granted: its caller has gone on to another result.
   */
  take(table: number, key: MapKey, ticket: Ticket, base: number): boolean {
    const contention = this.#contended.get(placeOf(table, key));
    if (!contention?.granted) return true;
    if (!isSame(contention.granted, ticket) || contention.granted.version !== base) return false;
    contention.granted = undefined;
    return true;
  }

  enqueue(table: number, key: MapKey, { from, number }: Ticket): void {
    const place = placeOf(table, key);
    let contention = this.#contended.get(place);
    if (!contention) {
      contention = { queue: [], granted: undefined, toldAt: 0 };
      this.#contended.set(place, contention);
    }
    const ticket = { from, number };
    if (contention.granted && isSame(contention.granted, ticket)) return;
    if (!contention.queue.some((other) => isSame(other, ticket))) contention.queue.push(ticket);
  }

  /** Gives the key to the next request, if nobody has it. */
  next(table: number, key: MapKey): void {
    const place = placeOf(table, key);
    const contention = this.#contended.get(place);
    if (!contention || contention.granted) return;
    const ticket = contention.queue.shift();
    if (!ticket) {
      this.#contended.delete(place);
      return;
    }
    this.#tell(contention, ticket, table, key);
  }

  #tell(contention: Contention, { from, number }: Ticket, table: number, key: MapKey): void {
    contention.granted = { from, number, version: this.#port.version(table, key) };
    contention.toldAt = this.#port.now();
    this.#port.grant({ from, number }, table, key);
  }

  /** The request does not want the key any more, whether it has it or waits for it. */
  giveBack(table: number, key: MapKey, ticket: Ticket): void {
    const contention = this.#contended.get(placeOf(table, key));
    if (!contention) return;
    const at = contention.queue.findIndex((other) => isSame(other, ticket));
    if (at >= 0) contention.queue.splice(at, 1);
    if (!contention.granted || !isSame(contention.granted, ticket)) return;
    contention.granted = undefined;
    this.next(table, key);
  }

  tellAgain(): void {
    const now = this.#port.now();
    for (const [place, contention] of [...this.#contended]) {
      const { granted, toldAt } = contention;
      if (granted && toldAt + TELL_AGAIN_MS <= now) this.#tell(contention, granted, ...fromPlace(place));
    }
  }

  /** Forgets keys owned elsewhere now and requests of nodes that are gone. */
  reassign(isOwned: (table: number, key: MapKey) => boolean, isHere: (address: Address) => boolean): void {
    for (const [place, contention] of [...this.#contended]) {
      const [table, key] = fromPlace(place);
      if (!isOwned(table, key)) {
        this.#contended.delete(place);
        continue;
      }
      const queue = contention.queue.filter((ticket) => isHere(ticket.from));
      contention.queue.splice(0, contention.queue.length, ...queue);
      if (contention.granted && !isHere(contention.granted.from)) contention.granted = undefined;
      this.next(table, key);
    }
  }
}
