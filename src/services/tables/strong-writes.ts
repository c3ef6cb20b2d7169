/**
 * Strong writes between the members: this node's own, as an owner, go out and are kept until everybody has applied them;
 * those of others are applied in order and acknowledged; and the flush completes what the dead have left. This is the only
 * place that knows acknowledgement. The protocol: DESIGN section 5.
 */
import type { Address, MapKey } from '../../base/index.ts';
import type { Channel, Message, NodeCore, PeerSet } from '../../node/index.ts';
import type { Membership, View } from '../membership/index.ts';
import type { AppliedRequests } from './applied-requests.ts';
import { OutgoingStream } from './outgoing-stream.ts';
import { APPLIED, FIRST_WRITE, PROBE, STABLE, WRITE } from './owned-messages.ts';
import { type OwnedTable, versionOf } from './owned-table.ts';
import {
  type RequestMark,
  StrongLog,
  type StrongWrite,
  type WriteData,
  writeFromData,
  writeToData,
} from './strong-log.ts';

/** What a member knows of writes that may not be everywhere: how many it has made, and those of each owner. */
export type WritesPayload = readonly [sent: number, unstable: readonly [Address, WriteData[]][]];

const STABLE_MS = 100;
const MOST_RESENT = 2_000;

export class StrongWrites {
  readonly #core: NodeCore;
  readonly #membership: Membership;
  readonly #channel: Channel;
  readonly #tables: readonly OwnedTable[];
  readonly #applied: AppliedRequests;
  readonly #outgoing = new OutgoingStream();
  readonly #log = new StrongLog((owner, write) => this.#applyRemote(owner, write));
  readonly #acknowledge = new Set<Address>();
  readonly #flushedAt = new Map<Address, number>();
  /** Owners that are gone, with the epoch without them; forgotten when all members have flushed it. */
  readonly #retired = new Map<Address, number>();
  /** The first write that each peer has not acknowledged, and since when it is the first. */
  readonly #unacknowledged = new Map<Address, { first: number; since: number }>();
  #everybody: PeerSet;
  #orphans: { owner: Address; write: StrongWrite }[] = [];
  #untilAllFlushed: (() => void)[] = [];
  #flushedEpoch = 0;
  /** The first view this node was in. */
  #firstEpoch = 0;
  /** For a learner: whether somebody left since its last flush, as far as it knows, or it has not flushed any view yet. */
  #mustBeginAnew = true;
  #beganAnew = false;
  #stableTold = 0;

  /** `tables` by number; it may grow. Requests that writes answer are recorded in `applied`. */
  constructor(
    core: NodeCore,
    membership: Membership,
    channel: Channel,
    tables: readonly OwnedTable[],
    applied: AppliedRequests,
  ) {
    this.#core = core;
    this.#everybody = core.outbox.among([]);
    this.#membership = membership;
    this.#channel = channel;
    this.#tables = tables;
    this.#applied = applied;
    core.outbox.beforeFlush(() => this.#sendAcknowledgements());
    core.every(STABLE_MS, () => this.#tellStable());
  }

  /** Of the view whose flush was completed last. */
  get flushedEpoch(): number {
    return this.#flushedEpoch;
  }

  /** Writes made here that not every member has yet. */
  get pending(): number {
    return this.#outgoing.pending;
  }

  /** Writes of others that wait for the flush of their view. */
  get held(): number {
    return this.#log.heldCount;
  }

  /** Writes that are kept because not every node is known to have them. */
  get retained(): number {
    return this.#outgoing.unstable().length + this.#log.unstableCount;
  }

  /** Makes a write as the owner of the key, applies it here and sends it. */
  write(
    table: OwnedTable,
    key: MapKey,
    change: { deleted: boolean; value: unknown; expires: number },
    mark: RequestMark | null,
  ): void {
    const { deleted, value, expires } = change;
    const epoch = this.#flushedEpoch;
    const write = this.#outgoing.next((sequence) => ({
      sequence,
      epoch,
      table: table.number,
      key,
      deleted,
      value,
      expires,
      mark,
    }));
    const last = this.#channel.last(this.#everybody, WRITE);
    if (last !== undefined) {
      last.push(writeToData(write));
      this.#channel.lengthened(this.#everybody);
    } else this.#channel.postWhole(this.#everybody, [this.#channel.number, WRITE, writeToData(write)]);
    this.#apply(write);
    this.#outgoing.advance();
  }

  #apply(write: StrongWrite): void {
    if (write.mark) this.#applied.record(write.mark);
    if (write.mark?.by) this.#applied.record({ ...write.mark.by, outcome: null });
    const table = this.#tables[write.table]!;
    const version = versionOf(write.epoch, write.sequence);
    if (write.deleted) table.delete(write.key, version);
    else table.put(write.key, { value: write.value, version, expires: write.expires });
  }

  #applyRemote(owner: Address, write: StrongWrite): void {
    this.#apply(write);
    this.#owe(owner);
  }

  #owe(owner: Address): void {
    this.#acknowledge.add(owner);
    this.#core.outbox.schedule();
  }

  #sendAcknowledgements(): void {
    for (const owner of this.#acknowledge) {
      if (owner !== this.#core.address && this.#membership.view.has(owner)) {
        this.#channel.post(owner, APPLIED, this.#log.applied(owner), this.#flushedEpoch);
      }
    }
    this.#acknowledge.clear();
  }

  /** Calls `done` when everything that is here now is on every member. */
  whenSafe(done: () => void): void {
    if (this.#allFlushed(this.#flushedEpoch)) this.#outgoing.whenCommitted(done);
    else this.#untilAllFlushed.push(() => this.#outgoing.whenCommitted(done));
  }

  #allFlushed(epoch: number): boolean {
    if (!this.#membership.isFlushed) return false;
    for (const address of this.#membership.view.voters()) {
      if (address !== this.#core.address && (this.#flushedAt.get(address) ?? 0) < epoch) return false;
    }
    return true;
  }

  receive(from: Address, message: Message): void {
    switch (message[1]) {
      case WRITE:
        for (let at = FIRST_WRITE; at < message.length; at++) {
          this.#log.receive(from, writeFromData(message[at] as WriteData));
        }
        this.#owe(from);
        return;
      case APPLIED:
        this.#heardApplied(from, message[2] as number, message[3] as number);
        return;
      case STABLE:
        this.#log.stable(from, message[2] as number);
        return;
      case PROBE:
        this.#owe(from);
    }
  }

  #heardApplied(from: Address, sequence: number, flushed: number): void {
    this.#outgoing.acknowledge(from, sequence);
    if (flushed <= (this.#flushedAt.get(from) ?? 0)) return;
    this.#flushedAt.set(from, flushed);
    this.#checkAllFlushed();
  }

  #checkAllFlushed(): void {
    if (!this.#allFlushed(this.#flushedEpoch)) return;
    const due = this.#untilAllFlushed;
    this.#untilAllFlushed = [];
    for (const act of due) act();
    for (const [owner, epoch] of [...this.#retired]) {
      if (epoch > this.#flushedEpoch) continue;
      this.#retired.delete(owner);
      this.#log.forget(owner);
    }
  }

  installed(view: View, before: View): void {
    if (this.#firstEpoch === 0) this.#firstEpoch = view.epoch;
    const others = view.addresses().filter((address) => address !== this.#core.address);
    this.#everybody = this.#core.outbox.among(others);
    this.#outgoing.setPeers(
      others,
      view.voters().filter((address) => address !== this.#core.address),
    );
    // In views that it missed somebody may have come, written and gone.
    if (view.epoch > before.epoch + 1) this.#mustBeginAnew = true;
    for (const address of before.addresses()) {
      if (view.has(address)) continue;
      this.#mustBeginAnew = true;
      this.#retired.set(address, view.epoch);
      this.#flushedAt.delete(address);
      this.#unacknowledged.delete(address);
    }
    if (view.state(this.#core.address) === 'joining') for (const table of this.#tables) table.beginLearning();
  }

  payload(): WritesPayload {
    const own: [Address, WriteData[]] = [this.#core.address, this.#outgoing.unstable().map(writeToData)];
    // Nobody waits for a learner: what only it has would come to some members before they agree, and to some after.
    if (this.#membership.isLearner) return [this.#outgoing.sequence, []];
    return [this.#outgoing.sequence, [...this.#log.unstable(), own]];
  }

  absorb(from: Address, [sent, unstable]: WritesPayload): void {
    const known = new Map(unstable.map(([owner, writes]) => [owner, writes.map(writeFromData)]));
    // An owner heard of for the first time may have written under views that this node was in: it is owed that.
    const owed = known.get(from)?.find(({ epoch }) => epoch >= this.#firstEpoch);
    this.#log.begin(from, owed ? owed.sequence - 1 : sent);
    for (const [owner, writes] of known) {
      if (owner === this.#core.address) continue;
      if (!this.#log.has(owner) && !this.#membership.isLearner)
        this.#orphans.push(...writes.map((write) => ({ owner, write })));
      for (const write of writes) this.#log.receive(owner, write);
    }
  }

  flushed(view: View): void {
    this.#flushedEpoch = view.epoch;
    this.#adoptOrphans();
    if (view.state(this.#core.address) === 'joining') this.#beginAnewIfNeeded(view);
    else for (const table of this.#tables) table.endLearning();
    this.#log.flushed(view.epoch);
    for (const caller of this.#applied.callers()) if (!view.has(caller)) this.#applied.forget(caller);
    for (const address of this.#everybody.peers) this.#owe(address);
    this.#checkAllFlushed();
  }

  /**
   * Writes of owners that were in this node's view and died before it heard of them: the others have seen them, so they are
   * completed here too. Not what was written before it joined: that is in what it was given, and may be deleted since.
   */
  #adoptOrphans(): void {
    const orphans = this.#orphans.sort((a, b) => a.write.sequence - b.write.sequence);
    this.#orphans = [];
    for (const { owner, write } of orphans) {
      if (!this.#retired.has(owner) || write.epoch < this.#firstEpoch) continue;
      this.#log.begin(owner, write.sequence - 1);
      this.#log.receive(owner, write);
    }
  }

  /**
   * A learner may have writes of an owner that died which reached no member, and lack writes of one that left without
   * waiting for a learner. Nobody knows which, so it learns everything again from those who agreed. What was written since
   * stands: it is applied after this.
   */
  #beginAnewIfNeeded(view: View): void {
    if (!this.#mustBeginAnew) return;
    this.#mustBeginAnew = false;
    for (const owner of this.#log.owners()) if (!view.has(owner)) this.#log.forget(owner);
    // What was held until now and is older is in what the members agreed on, or was deleted since.
    this.#log.flushed(view.epoch - 1);
    for (const table of this.#tables) table.clear();
    this.#applied.clear();
    this.#beganAnew = true;
  }

  /** Whether this learner has begun anew since this was asked last. */
  tookBeganAnew(): boolean {
    const began = this.#beganAnew;
    this.#beganAnew = false;
    return began;
  }

  #tellStable(): void {
    const stable = this.#outgoing.trim();
    if (stable === this.#stableTold) return;
    this.#stableTold = stable;
    this.#channel.post(this.#everybody, STABLE, stable);
  }

  /** What got lost on the way is sent again: writes without acknowledgement, questions of who has flushed. */
  sayAgain(): void {
    for (const peer of this.#everybody.peers) this.#resend(peer);
    for (const peer of this.#everybody.peers) {
      if ((this.#flushedAt.get(peer) ?? 0) < this.#flushedEpoch) this.#channel.post(peer, PROBE);
    }
  }

  #resend(peer: Address): void {
    const missing = this.#outgoing.unacknowledged(peer);
    const first = missing[0]?.sequence;
    if (first === undefined) {
      this.#unacknowledged.delete(peer);
    } else if (this.#unacknowledged.get(peer)?.first === first) {
      for (const write of missing.slice(0, MOST_RESENT)) this.#channel.post(peer, WRITE, writeToData(write));
    } else {
      this.#unacknowledged.set(peer, { first, since: this.#core.world.clock.now() });
    }
  }

  /** Members that have not acknowledged a write for `ms`. */
  owing(ms: number): Address[] {
    const before = this.#core.world.clock.now() - ms;
    return [...this.#unacknowledged].filter(([, { since }]) => since <= before).map(([peer]) => peer);
  }
}
