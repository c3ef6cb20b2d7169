/**
 * How a joiner gets everything: one member, the donor, walks its tables in chunks that the joiner asks for; the live stream
 * runs beside it, and versions decide. The donor begins when its flush of the view that lists the joiner is complete, so
 * that snapshot and stream leave no gap. A donor that stops answering is replaced. A chunk is bounded in entries and bytes, one
 * is on its way at a time, and only while the link has credit.
 */
import { type Address, hashText, type MapKey, roughSize } from '../../base/index.ts';
import type { Channel, Message, NodeCore, Words } from '../../node/index.ts';
import { type FlushParticipant, type Membership, SAY_AGAIN_MS, type View } from '../membership/index.ts';
import type { AppliedData } from './applied-requests.ts';
import type { MergedTables } from './merged-tables.ts';
import type { MergedWrite } from './merged-write.ts';
import type { OwnedTables } from './owned-tables.ts';

const FETCH = 0;
const CHUNK = 1;

const CHUNK_ENTRIES = 512;
const CHUNK_BYTES = 256 * 1024;
const CREDIT_AGAIN_MS = 10;
const REPORT_MS = 500;
/** A donor that is quiet for so long is replaced. Each that was makes it longer: all may be busy rather than gone. */
const STUCK_MS = 1_500;
const MOST_STUCK_MS = 30_000;

type OwnedItem = readonly [0, number, MapKey, unknown, number, number];
type MergedItem = readonly [1, number, MapKey, boolean, unknown, number, string, number, number, number];
type RequestsItem = readonly [2, AppliedData];
type ProgressItem = readonly [3, (readonly [Address, number])[], horizons: number[]];
type Item = OwnedItem | MergedItem | RequestsItem | ProgressItem;

interface Giving {
  readonly session: number;
  readonly items: Iterator<Item>;
  readonly epoch: number;
  /** How many entries there were when it began. */
  readonly entries: number;
  chunk: number;
  /** The chunk sent last, to be sent again when it got lost. */
  sent: { items: Item[]; done: boolean } | undefined;
  /** Waits for credit. */
  waits: boolean;
}

export class CatchUp implements FlushParticipant {
  readonly #core: NodeCore;
  readonly #membership: Membership;
  readonly #owned: OwnedTables;
  readonly #merged: MergedTables;
  readonly #channel: Channel;
  readonly #giving = new Map<Address, Giving>();
  #deferred: { from: Address; session: number; chunk: number; epoch: number }[] = [];
  #donor: Address | undefined;
  #session = 0;
  #chunk = 0;
  #progressAt = 0;
  #stuckMs = STUCK_MS;
  #done = false;
  #beganAt: number | undefined;
  #entries = 0;
  #of = 0;
  #reportedAt = Number.NEGATIVE_INFINITY;
  /** Chunks given, and how often one had to wait for credit. */
  readonly counters = { chunksGiven: 0, chunksWaited: 0 };

  constructor(core: NodeCore, membership: Membership, owned: OwnedTables, merged: MergedTables) {
    this.#core = core;
    this.#membership = membership;
    this.#owned = owned;
    this.#merged = merged;
    this.#channel = core.channel((from, message) => this.#receive(from, message), describeCatchUp);
    membership.participate(this);
    core.every(SAY_AGAIN_MS, () => this.#checkProgress());
  }

  lacking(): number {
    return this.#done ? 0 : 1;
  }

  /** Nothing is being learnt here, or given to others. */
  get pending(): number {
    return (this.#membership.isLearner ? this.lacking() : 0) + this.#giving.size;
  }

  flushed(view: View): void {
    for (const learner of [...this.#giving.keys()]) {
      if (view.state(learner) !== 'joining') this.#giving.delete(learner);
    }
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const { from, session, chunk, epoch } of deferred) this.#give(from, session, chunk, epoch);
    if (view.state(this.#core.address) !== 'joining') {
      this.#done = true;
      // There was nobody to learn from.
      this.#merged.inherit();
    } else if (this.#owned.tookBeganAnew()) this.#begin();
    else if (!this.#done && (this.#donor === undefined || !view.has(this.#donor))) this.#begin();
  }

  #begin(): void {
    const { view } = this.#membership;
    const up = view.members.filter(({ state }) => state === 'up');
    const donors = up.length > 0 ? up : view.members.filter(({ state }) => state === 'leaving');
    this.#session += 1;
    this.#done = false;
    const pick = donors[(hashText(this.#core.address) + this.#session) % Math.max(1, donors.length)];
    this.#donor = pick && view.addressFor(pick.id);
    this.#chunk = 0;
    this.#entries = 0;
    this.#reportedAt = Number.NEGATIVE_INFINITY;
    this.#progressAt = this.#core.world.clock.now();
    this.#beganAt ??= this.#progressAt;
    this.#fetch();
  }

  #fetch(): void {
    if (this.#donor) this.#channel.post(this.#donor, FETCH, this.#session, this.#chunk, this.#membership.view.epoch);
  }

  #checkProgress(): void {
    if (this.#done || !this.#membership.isLearner || !this.#membership.isFlushed) return;
    const quietMs = this.#core.world.clock.now() - this.#progressAt;
    if (quietMs > this.#stuckMs) {
      this.#stuckMs = Math.min(MOST_STUCK_MS, this.#stuckMs * 2);
      this.#begin();
    } else if (quietMs > SAY_AGAIN_MS) this.#fetch();
  }

  #receive(from: Address, message: Message): void {
    if (message[1] === FETCH) {
      const [, , session, chunk, epoch] = message as number[];
      this.#give(from, session!, chunk!, epoch!);
    } else {
      const [, , session, chunk, items, done, of] = message as [
        number,
        number,
        number,
        number,
        Item[],
        boolean,
        number,
      ];
      this.#take(from, session, chunk, { items, done, of });
    }
  }

  #give(from: Address, session: number, chunk: number, epoch: number): void {
    if (!this.#membership.isFlushed || this.#membership.view.epoch < epoch) {
      if (this.#deferred.length < 1_000) this.#deferred.push({ from, session, chunk, epoch });
      return;
    }
    // It died while its question waited.
    if (this.#membership.view.state(from) !== 'joining') return;
    let giving = this.#giving.get(from);
    if (!giving || giving.session !== session) {
      const entries = this.#countEntries();
      giving = { session, items: this.#walk(), epoch, entries, chunk: -1, sent: undefined, waits: false };
      this.#giving.set(from, giving);
    }
    if (chunk === giving.chunk || chunk === giving.chunk + 1) this.#send(from, giving, chunk);
  }

  /** Sends a chunk, the present or the next, when the link has room for it: the live stream comes first. */
  #send(to: Address, giving: Giving, chunk: number): void {
    if (giving.waits || this.#giving.get(to) !== giving) return;
    if (!this.#core.outbox.hasCredit(to)) {
      giving.waits = true;
      this.counters.chunksWaited += 1;
      this.#core.after(CREDIT_AGAIN_MS, () => {
        giving.waits = false;
        this.#send(to, giving, chunk);
      });
      return;
    }
    if (chunk > giving.chunk) {
      giving.chunk = chunk;
      giving.sent = nextChunk(giving.items);
      this.counters.chunksGiven += 1;
    }
    const { items, done } = giving.sent!;
    this.#channel.post(to, CHUNK, giving.session, chunk, items, done, giving.entries);
  }

  #countEntries(): number {
    let count = 0;
    for (const table of this.#owned.all) count += table.size;
    for (const table of this.#merged.all) count += table.size + table.tombstones;
    return count;
  }

  *#walk(): IterableIterator<Item> {
    yield [3, this.#merged.have(), this.#merged.horizons()];
    for (const table of this.#owned.all) {
      for (const [key, { value, version, expires }] of table.versions()) {
        yield [0, table.number, key, value, version, expires];
      }
    }
    for (const [number, table] of this.#merged.all.entries()) {
      for (const { key, deleted, value, expires, stamp, sequence } of table.writes()) {
        yield [1, number, key, deleted, value, expires, stamp.origin, stamp.time, stamp.count, sequence];
      }
    }
    for (const piece of this.#owned.applied.pieces()) yield [2, [piece]];
  }

  #take(
    from: Address,
    session: number,
    chunk: number,
    { items, done, of }: { items: readonly Item[]; done: boolean; of: number },
  ): void {
    if (from !== this.#donor || session !== this.#session || chunk !== this.#chunk || this.#done) return;
    for (const item of items) this.#learn(item);
    this.#chunk += 1;
    this.#progressAt = this.#core.world.clock.now();
    this.#done = done;
    this.#of = done ? this.#entries : Math.max(of, this.#entries);
    this.#report();
    if (!done) {
      this.#fetch();
      return;
    }
    this.#merged.inherit();
    this.#membership.checkCaughtUp();
  }

  /** Tells people; the first and the last chunk always, and otherwise not too often. */
  #report(): void {
    const now = this.#core.world.clock.now();
    if (!this.#done && now < this.#reportedAt + REPORT_MS) return;
    this.#reportedAt = now;
    this.#membership.reportCatchUp(this.#entries, this.#of, now - this.#beganAt!);
  }

  #learn(item: Item): void {
    if (item[0] < 2) this.#entries += 1;
    if (item[0] === 0) {
      const [, table, key, value, version, expires] = item;
      this.#owned.all[table]!.put(key, { value, version, expires });
    } else if (item[0] === 1) {
      const [, table, key, deleted, value, expires, origin, time, count, sequence] = item;
      const write: MergedWrite = { key, deleted, value, expires, stamp: { origin, time, count }, sequence };
      this.#merged.learn(table, write);
    } else if (item[0] === 2) {
      this.#owned.applied.absorb(item[1]);
    } else {
      this.#merged.learnProgress(item[1]);
      this.#merged.learnHorizons(item[2]);
    }
  }
}

function describeCatchUp(message: Message): Words {
  const service = 'catch-up';
  if (message[1] === FETCH) return { service, text: `asks for chunk ${message[3]} of the tables` };
  const [, , , chunk, items, done] = message as [number, number, number, number, Item[], boolean];
  return { service, text: `chunk ${chunk}: ${items.length} items${done ? ', the last' : ''}` };
}

/** Full when it has its number of entries or of bytes; at least one entry is in it, however large. */
function nextChunk(source: Iterator<Item>): { items: Item[]; done: boolean } {
  const items: Item[] = [];
  let bytes = 0;
  while (items.length < CHUNK_ENTRIES && bytes < CHUNK_BYTES) {
    const next = source.next();
    if (next.done) return { items, done: true };
    items.push(next.value);
    bytes += roughSize(next.value);
  }
  return { items, done: false };
}
