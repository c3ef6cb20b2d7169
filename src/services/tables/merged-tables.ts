/**
 * Merged tables on a node: every node writes, everybody converges. Each origin numbers its writes; a peer that misses some
 * says so by the number it has without a gap. How it gets them is merged-repair.ts.
 */
import { type Address, freezePlain, HybridClock, type MapKey, type Stamp } from '../../base/index.ts';
import type { Channel, Message, NodeCore, PeerSet } from '../../node/index.ts';
import type { FlushParticipant, Membership, View } from '../membership/index.ts';
import { MergedFarewell } from './merged-farewell.ts';
import { DISCARDED, type Inheritance, inheritanceOf, usable } from './merged-inheritance.ts';
import {
  ASK,
  CAME,
  describeMerged,
  FIRST_PUT,
  HAVE,
  PUT,
  PUTS,
  type PutsHead,
  UP_TO,
  type UpToMessage,
  type WriteMessage,
} from './merged-messages.ts';
import { type Have, MergedRepair, type Progress } from './merged-repair.ts';
import { MergedTable } from './merged-table.ts';
import type { MergedWrite } from './merged-write.ts';

const HAVE_MS = 500;
const TOMBSTONE_MS = 60_000;
const MOST_DEAD_ORIGINS = 256;

type Payload = readonly [written: number, have: Have];

export class MergedTables implements FlushParticipant {
  readonly #core: NodeCore;
  readonly #membership: Membership;
  readonly #channel: Channel;
  readonly #clock: HybridClock;
  /** The wall's time, as this turn of the event loop has it. */
  #wall: number | undefined;
  readonly #tables: MergedTable[] = [];
  readonly #progress = new Map<Address, Progress>();
  /** Writes that came in the present gift of each peer. */
  readonly #givenBy = new Map<Address, number>();
  #everybody: PeerSet;
  #written = 0;
  #haveTold = '';
  #inheritance: Inheritance | undefined;
  readonly #repair: MergedRepair;
  readonly #farewell: MergedFarewell;
  #tooOld = 0;

  constructor(core: NodeCore, membership: Membership) {
    this.#core = core;
    this.#everybody = core.outbox.among([]);
    this.#membership = membership;
    this.#clock = new HybridClock(core.address, () => this.#wallOfTurn());
    this.#channel = core.channel(
      (from, message) => this.#receive(from, message),
      (message) =>
        describeMerged(
          message,
          this.#tables.map(({ name }) => name),
        ),
    );
    this.#repair = new MergedRepair({
      core,
      membership,
      channel: this.#channel,
      tables: this.#tables,
      progress: this.#progress,
      written: () => this.#written,
    });
    this.#farewell = new MergedFarewell({
      core,
      membership,
      channel: this.#channel,
      written: () => this.#written,
      hasOwn: (peer) => this.#repair.hasOf(peer, core.address),
    });
    membership.participate(this);
    core.every(HAVE_MS, () => this.#tick());
  }

  /** Asked for once a turn: to read the clock for each of many puts is a twentieth of their cost. */
  #wallOfTurn(): number {
    if (this.#wall === undefined) {
      const { clock } = this.#core.world;
      this.#wall = clock.wall();
      clock.turn(() => {
        this.#wall = undefined;
      });
    }
    return this.#wall;
  }

  add(name: string): MergedTable {
    const table = new MergedTable(this.#tables.length, name, this.#core.world.freezeValues ? freezePlain : undefined);
    this.#tables.push(table);
    return table;
  }

  get all(): readonly MergedTable[] {
    return this.#tables;
  }

  get counters(): Record<string, number> {
    return { ...this.#repair.counters, mergedTooOld: this.#tooOld };
  }

  get pending(): Record<string, number> {
    let behind = 0;
    for (const peer of this.#everybody.peers)
      if (this.#repair.hasOf(peer, this.#core.address) < this.#written) behind += 1;
    return { peersBehind: behind };
  }

  write(table: MergedTable, key: MapKey, deleted: boolean, value: unknown, expires: number): void {
    this.#written += 1;
    const stamp = this.#clock.next();
    table.put(key, deleted ? undefined : value, expires, stamp.time, stamp.count, stamp.origin, this.#written);
    const peers = this.#core.outbox.withCredit(this.#everybody);
    if (peers !== this.#everybody) this.#skip(table, key, peers);
    if (!deleted && expires === 0) this.#postPut(peers, table.number, key, value, stamp);
    else this.#postOwn(peers, table.number, key, deleted, value, expires, stamp);
  }

  #skip(table: MergedTable, key: MapKey, sent: PeerSet): void {
    for (const peer of this.#everybody.peers) if (!sent.peers.includes(peer)) this.#repair.skip(peer, table, key);
  }

  /** The usual write, beside others like it where that is possible. */
  #postPut(peers: PeerSet, table: number, key: MapKey, value: unknown, { time, count }: Stamp): void {
    const last = this.#channel.last(peers, PUTS);
    const puts = last === undefined ? 0 : (last.length - FIRST_PUT) >> 1;
    if (
      last !== undefined &&
      last[2] === table &&
      last[3] === time &&
      (last[4] as number) + puts === count &&
      (last[5] as number) + puts === this.#written
    ) {
      last.push(key, value);
      this.#channel.lengthened(peers);
    } else this.#channel.postWhole(peers, [this.#channel.number, PUTS, table, time, count, this.#written, key, value]);
  }

  #postOwn(
    peers: PeerSet,
    table: number,
    key: MapKey,
    deleted: boolean,
    value: unknown,
    expires: number,
    { time, count }: Stamp,
  ): void {
    this.#channel.postWhole(peers, [
      this.#channel.number,
      PUT,
      table,
      key,
      deleted,
      value,
      expires,
      null,
      time,
      count,
      this.#written,
    ]);
  }

  #receive(from: Address, message: Message): void {
    if (message[1] === PUTS) this.#receivePuts(from, message);
    else if (message[1] === PUT) this.#receiveWrite(from, message);
    else if (message[1] === UP_TO) this.#upTo(from, message as UpToMessage);
    else if (message[1] === CAME) this.#repair.came(from, message[2] as Address, message[3] as number);
    else if (message[1] === ASK) this.#channel.post(from, HAVE, this.have(), true);
    else this.#learnHave(from, message[2] as Have, message[3] as boolean);
  }

  #learnHave(from: Address, have: Have, isAnswer: boolean): void {
    this.#repair.learnHave(from, have);
    if (isAnswer) this.#farewell.answered(from);
    else this.#farewell.check();
  }

  #receiveWrite(from: Address, message: Message): void {
    const [, , table, key, deleted, value, expires, writer, time, count, sequence] = message as WriteMessage;
    const origin = writer ?? from;
    if (writer !== null) this.#givenBy.set(from, (this.#givenBy.get(from) ?? 0) + 1);
    const write = { key, deleted, value, expires, stamp: { time, count, origin }, sequence };
    this.#take(this.#tables[table]!, this.#progressOf(origin), write, writer === null, from === origin);
  }

  #receivePuts(from: Address, message: Message): void {
    const [, , number, time, first, firstSequence] = message as readonly number[] as PutsHead;
    const table = this.#tables[number]!;
    const progress = this.#progressOf(from);
    const puts = (message.length - FIRST_PUT) >> 1;
    this.#hear(progress, time, first + puts - 1, firstSequence + puts - 1);
    for (let nth = 0, at = FIRST_PUT; nth < puts; nth++, at += 2) {
      const key = message[at] as MapKey;
      if (this.#isTooOld(table, key, false, time)) continue;
      const sequence = firstSequence + nth;
      table.put(key, message[at + 1], 0, time, first + nth, from, sequence);
      progress.live += 1;
      if (sequence === progress.whole + 1) progress.whole = sequence;
    }
  }

  /** `isFresh`: as it was written, not given again; `isOwn`: of the sender. */
  #take(table: MergedTable, progress: Progress, write: MergedWrite, isFresh: boolean, isOwn: boolean): void {
    const { key, deleted, sequence, stamp } = write;
    this.#hear(progress, stamp.time, stamp.count, sequence);
    if (isFresh && this.#isTooOld(table, key, deleted, stamp.time)) return;
    table.apply(write);
    if (isFresh) progress.live += 1;
    if (isOwn && sequence === progress.whole + 1) progress.whole = sequence;
  }

  #hear(progress: Progress, time: number, count: number, sequence: number): void {
    this.#clock.observe(time, count);
    if (sequence > progress.seen) progress.seen = sequence;
  }

  /** On its way for so long that its delete may be forgotten: if it stands, its origin gives it again. */
  #isTooOld(table: MergedTable, key: MapKey, deleted: boolean, time: number): boolean {
    if (!table.isPastHorizon(key, deleted, time)) return false;
    this.#tooOld += 1;
    return true;
  }

  #progressOf(origin: Address): Progress {
    let progress = this.#progress.get(origin);
    if (!progress) {
      progress = { whole: 0, seen: 0, live: 0 };
      this.#progress.set(origin, progress);
    }
    return progress;
  }

  /** How far each origin's writes are here without a gap. */
  have(): [Address, number][] {
    const have = [...this.#progress].map(([origin, { whole }]): [Address, number] => [origin, whole]);
    return [...have, [this.#core.address, this.#written]];
  }

  #tick(): void {
    const have = this.have();
    const text = JSON.stringify(have);
    if (text !== this.#haveTold) {
      this.#haveTold = text;
      this.#channel.post(this.#everybody, HAVE, have, false);
    }
    this.#repair.tick(this.#everybody.peers);
    this.#farewell.ask();
  }

  /** The end of what a peer gave; void when some of it was lost on the way, or some of what it counts on. */
  #upTo(from: Address, [, , origin, sequence, count, live, isAll]: UpToMessage): void {
    const given = this.#givenBy.get(from) ?? 0;
    this.#givenBy.delete(from);
    if (given !== count) return;
    if (from !== origin) {
      this.#channel.post(from, CAME, origin, sequence);
      return;
    }
    const progress = this.#progressOf(origin);
    if (isAll) progress.live = live;
    else if (progress.live !== live) return;
    progress.whole = Math.max(progress.whole, sequence);
    progress.seen = Math.max(progress.seen, sequence);
    this.#haveTold = '';
  }

  installed(view: View, before: View): void {
    // Who had nothing of the dead says so from now on, and gets what the others have.
    for (const gone of before.addresses()) if (!view.has(gone)) this.#progressOf(gone);
    const others = view.addresses().filter((address) => address !== this.#core.address);
    this.#everybody = this.#core.outbox.among(others);
    this.#repair.sendsTo(others);
    this.#farewell.check();
  }

  /** Resolves when every member has what this node wrote, and has taken what it was sent otherwise. */
  said(): Promise<void> {
    return this.#farewell.said();
  }

  payload(): Payload {
    return [this.#written, this.have()];
  }

  absorb(from: Address, payload: unknown): void {
    const [written, have] = payload as Payload;
    this.#repair.learnHave(from, have);
    if (this.#progress.has(from)) return;
    // Nothing of this one came yet; a node that joins is told by its donor what the snapshot brings.
    this.#progress.set(from, { whole: 0, seen: written, live: 0 });
  }

  /** What a donor's tables have forgotten tombstones up to, by number. */
  horizons(): number[] {
    return this.#tables.map((table) => table.horizon);
  }

  /** How many entries each table has, tombstones included, by number. */
  sizes(): number[] {
    return this.#tables.map((table) => table.size + table.tombstones);
  }

  /** Makes room for as many entries as a donor's tables have. */
  makeRoom(sizes: readonly number[]): void {
    sizes.forEach((size, number) => {
      this.#tables[number]!.makeRoom(size);
    });
  }

  learnHorizons(horizons: readonly number[]): void {
    horizons.forEach((time, number) => {
      this.#tables[number]!.raiseHorizon(time);
      this.#clock.observe(time, 0);
    });
  }

  /** All that is here, for the next life of this node. */
  leave(): Inheritance {
    return inheritanceOf(this.#tables, [
      ...[...this.#progress].map(([origin, { whole, seen }]) => [origin, whole, seen] as const),
      [this.#core.address, this.#written, this.#written],
    ]);
  }

  /** What an earlier life left; taken in when this one has caught up. */
  willInherit(inheritance: Inheritance | undefined): void {
    this.#inheritance = inheritance;
  }

  /**
   * Takes in what the earlier life left, and gives it to the others as what the dead leave is given. What is older than a
   * table's horizon and not known here may have been deleted meanwhile: it is discarded, counted and reported.
   */
  inherit(): void {
    const inheritance = this.#inheritance;
    if (!inheritance) return;
    this.#inheritance = undefined;
    const { writes, discarded } = usable(inheritance, this.#tables);
    for (const [table, write] of writes) this.learn(table, write);
    for (const [origin, whole, seen] of inheritance.progress) {
      const progress = this.#progressOf(origin);
      progress.whole = Math.max(progress.whole, whole);
      progress.seen = Math.max(progress.seen, seen);
    }
    this.#haveTold = '';
    this.#tooOld += discarded;
    if (discarded > 0) this.#core.world.log.write('warn', DISCARDED, { discarded });
  }

  /** A donor's progress when its snapshot began: what it did not have then, the origins give again. */
  learnProgress(have: Have): void {
    for (const progress of this.#progress.values()) progress.whole = 0;
    for (const [origin, whole] of have) {
      if (origin === this.#core.address) continue;
      const progress = this.#progressOf(origin);
      progress.whole = whole;
      progress.seen = Math.max(progress.seen, whole);
    }
  }

  flushed(view: View): void {
    this.#haveTold = '';
    this.#repair.flushed(view);
    for (const peer of this.#givenBy.keys()) if (!view.has(peer)) this.#givenBy.delete(peer);
    const dead = [...this.#progress.keys()].filter((origin) => !view.has(origin));
    for (const origin of dead.slice(0, Math.max(0, dead.length - MOST_DEAD_ORIGINS))) this.#progress.delete(origin);
  }

  /** Takes a write from a snapshot, or of an earlier life. */
  learn(table: number, write: MergedWrite): void {
    const { stamp, sequence } = write;
    this.#clock.observe(stamp.time, stamp.count);
    this.#tables[table]!.apply(write);
    if (stamp.origin === this.#core.address) return;
    const progress = this.#progressOf(stamp.origin as Address);
    progress.seen = Math.max(progress.seen, sequence);
  }

  sweep(): void {
    const now = this.#core.world.clock.wall();
    const horizon = now - TOMBSTONE_MS;
    const voters = this.#membership.view.voters().filter((address) => address !== this.#core.address);
    const everybodyHas = (origin: Address, sequence: number): boolean =>
      !this.#membership.view.has(origin) || voters.every((peer) => this.#repair.hasOf(peer, origin) >= sequence);
    for (const table of this.#tables) table.sweep(now, horizon, everybodyHas);
  }
}
