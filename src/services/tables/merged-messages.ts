/** What the nodes of merged tables say to each other, and the words for it. */
import type { Address, MapKey } from '../../base/index.ts';
import { brief, type Message, partsOf, type Words } from '../../node/index.ts';
import { place } from './owned-messages.ts';

/** One write, of anybody: all of it. */
export const PUT = 0;
export const UP_TO = 1;
export const HAVE = 2;
export const CAME = 3;
/**
 * Writes of the sender's own in a row that keep for ever, of one table and one moment: table, time, count and sequence of the
 * first; then a key and a value for each, whose count and sequence are one higher each time.
 */
export const PUTS = 4;
/** Asks for `HAVE`, which then says that it is an answer. */
export const ASK = 5;
/** Where the first key is in a message of `PUTS`. */
export const FIRST_PUT = 6;

/** A write on the wire; without a writer it is the sender's own. */
export type WriteMessage = readonly [
  channel: number,
  kind: number,
  table: number,
  key: MapKey,
  deleted: boolean,
  value: unknown,
  expires: number,
  writer: Address | null,
  time: number,
  count: number,
  sequence: number,
];

/**
 * The end of a gift: how far it goes, how many writes it was, how many of the live stream went before. `isAll`: it has all that stand of
 * what the receiver lacked, whatever was lost of the live stream.
 */
export type UpToMessage = readonly [
  channel: number,
  kind: number,
  origin: Address,
  sequence: number,
  count: number,
  live: number,
  isAll: boolean,
];

/** How a message of puts begins. */
export type PutsHead = readonly [
  channel: number,
  kind: number,
  table: number,
  time: number,
  count: number,
  sequence: number,
];

const SERVICE = 'merged tables';

/** `tables` are the tables' names, by number. */
export function describeMerged(message: Message, tables: readonly string[]): Words[] {
  const [, kind, first, second, third, value] = message;
  switch (kind) {
    case PUT: {
      const { service, about } = place(first, second, tables);
      const [writer, sequence] = [message[7], message[10]];
      const whose = typeof writer === 'string' ? `${writer}'s write ${sequence}` : `write ${sequence}`;
      return [
        {
          service,
          about,
          text: `${whose}: ${third === true ? `delete ${about}` : `put ${about} = ${brief(value)}`}`,
        },
      ];
    }
    case PUTS:
      return partsOf(message, FIRST_PUT, 2).map(([key, put], nth) => {
        const { service, about } = place(first, key, tables);
        return { service, about, text: `write ${(message[5] as number) + nth}: put ${about} = ${brief(put)}` };
      });
    case UP_TO:
      return [{ service: SERVICE, text: `that was all of ${first} up to ${second}: ${third} writes` }];
    case CAME:
      return [{ service: SERVICE, text: `has ${first} up to ${second}` }];
    case ASK:
      return [{ service: SERVICE, text: 'asks what has come' }];
    default:
      return [{ service: SERVICE, text: `has ${brief(first)}`, routine: true }];
  }
}
