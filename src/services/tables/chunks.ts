/**
 * What a donor holds, in chunks for a joiner. Entries of one table go side by side: an item has what they share, then a row for
 * each. A chunk is bounded in entries and bytes; at least one entry is in it, however large.
 */
import { type Address, type MapKey, roughSize } from '../../base/index.ts';
import type { AppliedData } from './applied-requests.ts';
import type { MergedTables } from './merged-tables.ts';
import type { MergedWrite } from './merged-write.ts';
import type { OwnedTables } from './owned-tables.ts';

const OWNED = 0;
const MERGED = 1;
const REQUESTS = 2;
const PROGRESS = 3;
const PLAIN = 4;

const CHUNK_ENTRIES = 512;
const CHUNK_BYTES = 256 * 1024;

/** A table, and a row of key, value, version, expires for each entry. */
type OwnedItem = readonly [typeof OWNED, table: number, ...rows: unknown[]];
const OWNED_FIRST = 2;
const OWNED_ROW = 4;

/**
 * Merged entries of one table and one origin that stand and keep for ever: the time and the sequence of the first, and a row of
 * key, value, time and sequence counted from those, and count for each. Small numbers take one byte, and no object of their own.
 */
type PlainItem = readonly [typeof PLAIN, table: number, origin: string, time: number, sequence: number, ...unknown[]];
const PLAIN_FIRST = 5;
const PLAIN_ROW = 5;

/** Any other merged entry. */
type MergedItem = readonly [typeof MERGED, table: number, write: MergedWrite];
type RequestsItem = readonly [typeof REQUESTS, AppliedData];
/** What goes before: how far each origin's writes are here; of each merged table its horizon and its size. */
type ProgressItem = readonly [
  typeof PROGRESS,
  have: (readonly [Address, number])[],
  horizons: number[],
  sizes: number[],
];

export type Item = OwnedItem | PlainItem | MergedItem | RequestsItem | ProgressItem;

export interface Chunk {
  readonly items: readonly Item[];
  /** Whether it is the last. */
  readonly done: boolean;
}

/** All chunks of what is here, one after the other; what changes meanwhile may be in them or not. */
export function* chunksOf(owned: OwnedTables, merged: MergedTables): IterableIterator<Chunk> {
  const filling = new Filling();
  for (const _ of walk(filling, owned, merged)) if (filling.isFull) yield { items: filling.take(), done: false };
  yield { items: filling.take(), done: true };
}

/** Yields after each entry that was put into the chunk. */
function* walk(filling: Filling, owned: OwnedTables, merged: MergedTables): IterableIterator<void> {
  yield filling.add([PROGRESS, merged.have(), merged.horizons(), merged.sizes()], 0);
  for (const table of owned.all) {
    for (const [key, { value, version, expires }] of table.versions()) {
      yield filling.owned(table.number, key, value, version, expires);
    }
  }
  for (const table of merged.all) {
    for (const write of table.writes()) yield filling.merged(table.number, write);
  }
  for (const piece of owned.applied.pieces()) yield filling.add([REQUESTS, [piece]], roughSize(piece));
}

/** A chunk that is being filled. */
class Filling {
  #items: Item[] = [];
  #entries = 0;
  #bytes = 0;
  /** The item that rows are added to. */
  #last: unknown[] = [];

  get isFull(): boolean {
    return this.#entries >= CHUNK_ENTRIES || this.#bytes >= CHUNK_BYTES;
  }

  take(): Item[] {
    const items = this.#items;
    this.#items = [];
    this.#entries = 0;
    this.#bytes = 0;
    this.#last = [];
    return items;
  }

  owned(table: number, key: MapKey, value: unknown, version: number, expires: number): void {
    const last = this.#last;
    if (last[0] === OWNED && last[1] === table) last.push(key, value, version, expires);
    else this.#begin([OWNED, table, key, value, version, expires]);
    this.#count(roughSize(key) + roughSize(value) + 15);
  }

  merged(table: number, write: MergedWrite): void {
    const { key, deleted, value, expires, stamp, sequence } = write;
    if (deleted || expires !== 0) {
      this.add([MERGED, table, write], roughSize(write));
      return;
    }
    const { time, count, origin } = stamp;
    const last = this.#last;
    if (last[0] === PLAIN && last[1] === table && last[2] === origin) {
      last.push(key, value, time - (last[3] as number), count, sequence - (last[4] as number));
    } else this.#begin([PLAIN, table, origin, time, sequence, key, value, 0, count, 0]);
    this.#count(roughSize(key) + roughSize(value) + 15);
  }

  /** An item of its own. */
  add(item: Item, bytes: number): void {
    this.#begin(item as unknown as unknown[]);
    this.#count(bytes);
  }

  #begin(item: unknown[]): void {
    this.#last = item;
    this.#items.push(item as unknown as Item);
  }

  #count(bytes: number): void {
    this.#entries += 1;
    this.#bytes += bytes;
  }
}

/** Takes what is in a chunk into the tables; returns how many entries that were. */
export function learnItems(items: readonly Item[], owned: OwnedTables, merged: MergedTables): number {
  let entries = 0;
  for (const item of items) entries += learn(item, owned, merged);
  return entries;
}

function learn(item: Item, owned: OwnedTables, merged: MergedTables): number {
  switch (item[0]) {
    case OWNED:
      return learnOwned(item, owned);
    case PLAIN:
      return learnPlain(item, merged);
    case MERGED:
      merged.learn(item[1], item[2]);
      return 1;
    case REQUESTS:
      owned.applied.absorb(item[1]);
      return 0;
    case PROGRESS:
      merged.learnProgress(item[1]);
      merged.learnHorizons(item[2]);
      merged.makeRoom(item[3]);
      return 0;
  }
}

function learnOwned(item: OwnedItem, owned: OwnedTables): number {
  const table = owned.all[item[1]]!;
  for (let at = OWNED_FIRST; at < item.length; at += OWNED_ROW) {
    const [key, value, version, expires] = [item[at], item[at + 1], item[at + 2], item[at + 3]];
    table.put(key as MapKey, { value, version: version as number, expires: expires as number });
  }
  return (item.length - OWNED_FIRST) / OWNED_ROW;
}

function learnPlain(item: PlainItem, merged: MergedTables): number {
  const [, table, origin, time, sequence] = item;
  for (let at = PLAIN_FIRST; at < item.length; at += PLAIN_ROW) {
    merged.learn(table, {
      key: item[at] as MapKey,
      deleted: false,
      value: item[at + 1],
      expires: 0,
      stamp: { time: time + (item[at + 2] as number), count: item[at + 3] as number, origin },
      sequence: sequence + (item[at + 4] as number),
    });
  }
  return (item.length - PLAIN_FIRST) / PLAIN_ROW;
}
