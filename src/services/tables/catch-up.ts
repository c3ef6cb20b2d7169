/**
 * How a joiner gets everything: one member, the donor, walks its tables in chunks that the joiner asks for; the live stream
 * runs beside it, and versions decide. The donor begins when its flush of the view that lists the joiner is complete, so
 * that snapshot and stream leave no gap. A donor that stops answering is replaced. A few chunks are on their way at a time, each in
 * a turn and a frame of its own, and only while the link has credit.
 */
import { type Address, hashText } from '../../base/index.ts';
import type { Channel, Message, NodeCore, Words } from '../../node/index.ts';
import { type FlushParticipant, type Membership, SAY_AGAIN_MS, type View } from '../membership/index.ts';
import { type Chunk, chunksOf, type Item, learnItems } from './chunks.ts';
import type { MergedTables } from './merged-tables.ts';
import type { OwnedTables } from './owned-tables.ts';

const FETCH = 0;
const CHUNK = 1;

/** Chunks that the donor may be ahead of what the joiner has: it makes the next while the joiner takes the last. */
const CHUNKS_AHEAD = 4;
const CREDIT_AGAIN_MS = 10;
const REPORT_MS = 500;
/** A donor that is quiet for so long is replaced. Each that was makes it longer: all may be busy rather than gone. */
const STUCK_MS = 1_500;
const MOST_STUCK_MS = 30_000;

interface Giving {
  readonly session: number;
  readonly chunks: Iterator<Chunk>;
  /** How many entries there were when it began. */
  readonly entries: number;
  /** The first chunk that the joiner does not have, as far as is known. */
  wanted: number;
  /** The chunks from there on that were made, to be sent again when they got lost. */
  readonly made: Chunk[];
  /** The next to be sent. */
  next: number;
  /** A turn or credit is waited for. */
  waits: boolean;
}

/** What a joiner asks for: the chunks from one on, of a session of its own, under a view. */
interface Wanted {
  readonly session: number;
  readonly chunk: number;
  readonly epoch: number;
  /** Whether those sent before may be lost. */
  readonly again: boolean;
}

export class CatchUp implements FlushParticipant {
  readonly #core: NodeCore;
  readonly #membership: Membership;
  readonly #owned: OwnedTables;
  readonly #merged: MergedTables;
  readonly #channel: Channel;
  readonly #giving = new Map<Address, Giving>();
  #deferred: { from: Address; wanted: Wanted }[] = [];
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
    for (const { from, wanted } of deferred) this.#give(from, wanted);
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
    this.#fetch(false);
  }

  /** Asks for what comes after the chunks that are here; `again` if what was asked for before may be lost. */
  #fetch(again: boolean): void {
    const { epoch } = this.#membership.view;
    if (this.#donor) this.#channel.post(this.#donor, FETCH, this.#session, this.#chunk, epoch, again);
  }

  #checkProgress(): void {
    if (this.#done || !this.#membership.isLearner || !this.#membership.isFlushed) return;
    const quietMs = this.#core.world.clock.now() - this.#progressAt;
    if (quietMs > this.#stuckMs) {
      this.#stuckMs = Math.min(MOST_STUCK_MS, this.#stuckMs * 2);
      this.#begin();
    } else if (quietMs > SAY_AGAIN_MS) this.#fetch(true);
  }

  #receive(from: Address, message: Message): void {
    if (message[1] === FETCH) {
      const [, , session, chunk, epoch, again] = message as [number, number, number, number, number, boolean];
      this.#give(from, { session, chunk, epoch, again });
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

  #give(from: Address, wanted: Wanted): void {
    const { session, chunk, epoch, again } = wanted;
    if (!this.#membership.isFlushed || this.#membership.view.epoch < epoch) {
      if (this.#deferred.length < 1_000) this.#deferred.push({ from, wanted });
      return;
    }
    // It died while its question waited.
    if (this.#membership.view.state(from) !== 'joining') return;
    let giving = this.#giving.get(from);
    if (!giving || giving.session !== session) {
      const chunks = chunksOf(this.#owned, this.#merged);
      giving = { session, chunks, entries: this.#countEntries(), wanted: 0, made: [], next: 0, waits: false };
      this.#giving.set(from, giving);
    }
    if (chunk < giving.wanted || chunk > giving.next) return;
    giving.made.splice(0, chunk - giving.wanted);
    giving.wanted = chunk;
    if (again) giving.next = chunk;
    this.#send(from, giving);
  }

  /** Sends the next chunk when the link has room for it: the live stream comes first. */
  #send(to: Address, giving: Giving): void {
    if (giving.waits || this.#giving.get(to) !== giving) return;
    if (giving.next >= giving.wanted + CHUNKS_AHEAD) return;
    if (!this.#core.outbox.hasCredit(to)) {
      this.counters.chunksWaited += 1;
      giving.waits = true;
      this.#core.after(CREDIT_AGAIN_MS, () => this.#goOn(to, giving));
      return;
    }
    const chunk = this.#chunkOf(giving, giving.next);
    if (!chunk) return;
    this.#channel.post(to, CHUNK, giving.session, giving.next, chunk.items, chunk.done, giving.entries);
    giving.next += 1;
    giving.waits = true;
    this.#core.world.clock.turn(() => this.#goOn(to, giving));
  }

  #goOn(to: Address, giving: Giving): void {
    giving.waits = false;
    if (!this.#core.closed) this.#send(to, giving);
  }

  /** Makes it if it was not made; undefined after the last. */
  #chunkOf({ made, wanted, chunks }: Giving, number: number): Chunk | undefined {
    const known = made[number - wanted];
    if (known || made.at(-1)?.done) return known;
    const next = chunks.next();
    if (next.done) return undefined;
    made.push(next.value);
    this.counters.chunksGiven += 1;
    return next.value;
  }

  #countEntries(): number {
    let count = 0;
    for (const table of this.#owned.all) count += table.size;
    for (const table of this.#merged.all) count += table.size + table.tombstones;
    return count;
  }

  #take(
    from: Address,
    session: number,
    chunk: number,
    { items, done, of }: { items: readonly Item[]; done: boolean; of: number },
  ): void {
    if (from !== this.#donor || session !== this.#session || chunk !== this.#chunk || this.#done) return;
    this.#entries += learnItems(items, this.#owned, this.#merged);
    this.#chunk += 1;
    this.#progressAt = this.#core.world.clock.now();
    this.#done = done;
    this.#of = done ? this.#entries : Math.max(of, this.#entries);
    this.#report();
    if (!done) {
      this.#fetch(false);
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
}

function describeCatchUp(message: Message): Words {
  const service = 'catch-up';
  if (message[1] === FETCH) return { service, text: `asks for chunk ${message[3]} of the tables` };
  const [, , , chunk, items, done] = message as [number, number, number, number, readonly Item[], boolean];
  return { service, text: `chunk ${chunk}: ${items.length} items${done ? ', the last' : ''}` };
}
