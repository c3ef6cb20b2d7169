/**
 * What peers lack of merged tables, and how they get it. What was skipped for want of credit is sent key by key as soon as there is
 * room, each key once however often it was written meanwhile (P12). What got lost on the way is noticed by what a peer says it has;
 * all that still stands is given again. What a dead origin leaves is given by those who have more of it to those who have less.
 *
 * All that is given is counted, and ends with a message that says how far it goes and how many it was: it is void when some of it
 * got lost. So two gifts to one peer are never under way at once. What was skipped is all that a peer lacks only if nothing of what
 * was sent it got lost; so that message also says how many writes of the live stream there were until then.
 */
import { type Address, type MapKey, roughSize } from '../../base/index.ts';
import type { Channel, NodeCore } from '../../node/index.ts';
import type { Membership, View } from '../membership/index.ts';
import { PUT, UP_TO } from './merged-messages.ts';
import type { MergedTable } from './merged-table.ts';
import type { MergedWrite } from './merged-write.ts';

/** A peer that is busy tells late what it has; who is as far behind as so many looks ago misses something. */
const STUCK_LOOKS = 2;
const CREDIT_AGAIN_MS = 2;
/** Of what was skipped, sent in one turn; the live stream goes on beside it. */
const TURN_BYTES = 256 * 1024;

/** How far an origin's writes are here: without a gap up to `whole`, at most `seen`. */
export interface Progress {
  whole: number;
  seen: number;
  /** Writes of its live stream that came. */
  live: number;
}

export type Have = readonly (readonly [Address, number])[];

/** What one peer was not told. */
interface Skipped {
  /** Keys by table, in the order in which they were first skipped. */
  keys: Map<MergedTable, Set<MapKey>>;
  /** The number of the first write among them. */
  first: number;
  /** The keys that are being sent, and how many were. */
  round: { readonly keys: Iterator<[MergedTable, MapKey]>; sent: number } | undefined;
  /** What the dead left is to be given when the round has ended. */
  owesBequests: boolean;
}

/** How many writes of the live stream went to a peer: all since it is there, but for those that were skipped. */
interface Live {
  readonly since: number;
  skipped: number;
}

export interface RepairPort {
  readonly core: NodeCore;
  readonly membership: Membership;
  readonly channel: Channel;
  /** By number. */
  readonly tables: readonly MergedTable[];
  /** Of the other origins. */
  readonly progress: ReadonlyMap<Address, Readonly<Progress>>;
  /** The number of this node's last write. */
  readonly written: () => number;
}

export class MergedRepair {
  readonly #port: RepairPort;
  /** What each peer has of each origin, as it told. */
  readonly #haveBy = new Map<Address, ReadonlyMap<Address, number>>();
  /** How far each peer was when it was last looked at, and for how many looks it had been there and behind. */
  readonly #lookedAt = new Map<Address, { readonly has: number; readonly looks: number }>();
  /** What of each dead origin has certainly come to each peer from here. */
  readonly #bequeathed = new Map<Address, Map<Address, number>>();
  readonly #skipped = new Map<Address, Skipped>();
  readonly #live = new Map<Address, Live>();
  /** Writes that were skipped for want of credit, that were sent when there was some, and that were given again. */
  readonly counters = { mergedSkipped: 0, mergedSentLate: 0, mergedRepaired: 0 };

  constructor(port: RepairPort) {
    this.#port = port;
  }

  /** Who gets the live stream from now on. */
  sendsTo(peers: readonly Address[]): void {
    for (const peer of this.#live.keys()) if (!peers.includes(peer)) this.#live.delete(peer);
    for (const peer of peers) {
      if (!this.#live.has(peer)) this.#live.set(peer, { since: this.#port.written(), skipped: 0 });
    }
  }

  /** A peer says what it has. */
  learnHave(from: Address, have: Have): void {
    this.#haveBy.set(from, new Map(have));
  }

  hasOf(peer: Address, origin: Address): number {
    return this.#haveBy.get(peer)?.get(origin) ?? 0;
  }

  /** This node's last write was not sent to the peer, which has no credit. */
  skip(peer: Address, table: MergedTable, key: MapKey): void {
    this.counters.mergedSkipped += 1;
    this.#live.get(peer)!.skipped += 1;
    let skipped = this.#skipped.get(peer);
    if (!skipped) {
      skipped = { keys: new Map(), first: 0, round: undefined, owesBequests: false };
      this.#skipped.set(peer, skipped);
      this.#port.core.after(CREDIT_AGAIN_MS, () => this.#sendSkipped(peer));
    }
    if (skipped.keys.size === 0) skipped.first = this.#port.written();
    const keys = skipped.keys.get(table);
    if (keys) keys.add(key);
    else skipped.keys.set(table, new Set([key]));
  }

  /** Sends a turn's worth of what was skipped, and goes on while there is credit and something left. */
  #sendSkipped(peer: Address): void {
    const { core } = this.#port;
    const skipped = this.#skipped.get(peer);
    if (!skipped || core.closed) return;
    if (!core.outbox.hasCredit(peer)) {
      core.after(CREDIT_AGAIN_MS, () => this.#sendSkipped(peer));
      return;
    }
    for (let bytes = 0; bytes < TURN_BYTES; ) {
      skipped.round ??= this.#nextRound(skipped);
      if (!skipped.round) {
        this.#skipped.delete(peer);
        return;
      }
      const next = skipped.round.keys.next();
      if (next.done) this.#endRound(peer, skipped);
      else bytes += this.#sendLate(peer, skipped.round, next.value);
    }
    core.world.clock.turn(() => this.#sendSkipped(peer));
  }

  #nextRound(skipped: Skipped): Skipped['round'] {
    if (skipped.keys.size === 0) return undefined;
    const { keys } = skipped;
    skipped.keys = new Map();
    return { keys: eachOf(keys), sent: 0 };
  }

  /** Sends what is under the key now, if it is of this node: what is newer, its origin sends. Returns about how many bytes that were. */
  #sendLate(peer: Address, round: { sent: number }, [table, key]: [MergedTable, MapKey]): number {
    const write = table.held(key);
    if (write?.stamp.origin !== this.#port.core.address) return 0;
    this.#post(peer, table.number, write);
    round.sent += 1;
    this.counters.mergedSentLate += 1;
    return roughSize(write);
  }

  #endRound(peer: Address, skipped: Skipped): void {
    const { core, written } = this.#port;
    // What was skipped since it began is in the next.
    const upTo = skipped.keys.size === 0 ? written() : skipped.first - 1;
    this.#end(peer, core.address, upTo, skipped.round!.sent, false);
    skipped.round = undefined;
    if (!skipped.owesBequests) return;
    skipped.owesBequests = false;
    this.#bequeathAll(peer);
  }

  /** Looks at each peer, now and then. */
  tick(peers: readonly Address[]): void {
    for (const peer of peers) {
      if (!this.#port.core.outbox.hasCredit(peer)) continue;
      this.#repairIfStuck(peer);
      this.#bequeathAll(peer);
    }
  }

  #repairIfStuck(peer: Address): void {
    const { core, written } = this.#port;
    const has = this.hasOf(peer, core.address);
    const before = this.#lookedAt.get(peer);
    const isBehind = has < written() && before?.has === has && !this.#skipped.has(peer);
    const looks = isBehind ? before.looks + 1 : 0;
    const isStuck = looks === STUCK_LOOKS;
    if (isStuck) this.#give(peer, core.address, has, written());
    this.#lookedAt.set(peer, { has, looks: isStuck ? 0 : looks });
  }

  /** Gives a peer what is here of nodes that are gone, which they cannot send again. */
  #bequeathAll(peer: Address): void {
    const { membership, progress } = this.#port;
    const skipped = this.#skipped.get(peer);
    if (skipped?.round) {
      skipped.owesBequests = true;
      return;
    }
    for (const origin of progress.keys()) if (!membership.view.has(origin)) this.#bequeath(peer, origin);
  }

  /**
   * Gives a peer what is here of a dead origin, until it says that it came. What the peer has without a gap does not grow
   * by that: nobody knows whether all is here, and others give theirs too.
   */
  #bequeath(peer: Address, origin: Address): void {
    // Whoever never heard of the origin has nothing of it: it may have died on the other side of a partition.
    const has = this.#haveBy.has(peer) ? this.hasOf(peer, origin) : undefined;
    const seen = this.#port.progress.get(origin)?.seen ?? 0;
    if (has === undefined || has >= seen || (this.#bequeathed.get(peer)?.get(origin) ?? 0) >= seen) return;
    this.#give(peer, origin, has, seen);
  }

  /** Sends the peer all writes of an origin after `after` that still stand, and how many that were. */
  #give(peer: Address, origin: Address, after: number, upTo: number): void {
    let count = 0;
    for (const table of this.#port.tables) {
      for (const write of table.writes()) {
        if (write.stamp.origin !== origin || write.sequence <= after) continue;
        count += 1;
        this.#post(peer, table.number, write);
      }
    }
    this.counters.mergedRepaired += count;
    this.#end(peer, origin, upTo, count, true);
  }

  #post(peer: Address, table: number, write: MergedWrite): void {
    const { key, deleted, value, expires, stamp, sequence } = write;
    const { channel } = this.#port;
    channel.post(peer, PUT, table, key, deleted, value, expires, stamp.origin, stamp.time, stamp.count, sequence);
  }

  #end(peer: Address, origin: Address, upTo: number, count: number, isAll: boolean): void {
    const { since, skipped } = this.#live.get(peer)!;
    this.#port.channel.post(peer, UP_TO, origin, upTo, count, this.#port.written() - since - skipped, isAll);
  }

  /** A peer says that it has what was given of a dead origin. */
  came(from: Address, origin: Address, sequence: number): void {
    const told = this.#bequeathed.get(from) ?? new Map<Address, number>();
    this.#bequeathed.set(from, told.set(origin, sequence));
  }

  /** Gives what the dead left here to those who miss it, and forgets who is gone. */
  flushed(view: View): void {
    for (const known of [this.#haveBy, this.#bequeathed, this.#lookedAt, this.#skipped]) {
      for (const peer of known.keys()) if (!view.has(peer)) known.delete(peer);
    }
    for (const peer of view.voters()) if (peer !== this.#port.core.address) this.#bequeathAll(peer);
  }
}

function* eachOf(keys: ReadonlyMap<MergedTable, ReadonlySet<MapKey>>): Generator<[MergedTable, MapKey]> {
  for (const [table, ofTable] of keys) for (const key of ofTable) yield [table, key];
}
