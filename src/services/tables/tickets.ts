/** A request as the owner's side remembers it, and the places in tables that requests are about. */
import type { Address, MapKey } from '../../base/index.ts';

export interface Ticket {
  readonly from: Address;
  readonly number: number;
}

/** A key of a table as one string. */
export type Place = string;

export function isSame(a: Ticket, b: Ticket): boolean {
  return a.number === b.number && a.from === b.from;
}

export function placeOf(table: number, key: MapKey): Place {
  return `${table}|${typeof key === 'number' ? 'n' : 's'}${key}`;
}

export function fromPlace(place: Place): [table: number, key: MapKey] {
  const bar = place.indexOf('|');
  const text = place.slice(bar + 2);
  return [Number(place.slice(0, bar)), place[bar + 1] === 'n' ? Number(text) : text];
}
