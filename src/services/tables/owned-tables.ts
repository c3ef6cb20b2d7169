/**
 * Owned tables on a node: the owner's stream of strong writes, what replicas do with it, and its part in the flush. This
 * is the only place that knows acknowledgement. The protocol: DESIGN section 5; the decisions: owner.ts.
 */
import { type Address, freezePlain, type MapKey, NotPrimary } from '../../base/index.ts';
import { type Channel, type Message, type NodeCore, PeerSet } from '../../node/index.ts';
import { type FlushParticipant, type Membership, SAY_AGAIN_MS, type View } from '../membership/index.ts';
import { AppliedRequests } from './applied-requests.ts';
import { Caller, type LoadData } from './caller.ts';
import type { Answer, Asked, Operation } from './operations.ts';
import { OutgoingStream } from './outgoing-stream.ts';
import { ANSWER, APPLIED, ASK, describeOwned, GIVE_BACK, PROBE, STABLE, WRITE } from './owned-messages.ts';
import { OwnedTable, versionOf } from './owned-table.ts';
import { Owner } from './owner.ts';
import {
  type RequestMark,
  StrongLog,
  type StrongWrite,
  type WriteData,
  writeFromData,
  writeToData,
} from './strong-log.ts';
import { Updates } from './updates.ts';

const STABLE_MS = 100;
const MOST_WAITING = 100_000;
const MOST_RESENT = 2_000;

type Payload = readonly [sent: number, unstable: readonly [Address, WriteData[]][], loads: readonly LoadData[]];

export class OwnedTables implements FlushParticipant {
  readonly caller: Caller;
  readonly updates: Updates;
  readonly applied = new AppliedRequests();
  readonly #core: NodeCore;
  readonly #membership: Membership;
  readonly #channel: Channel;
  readonly #tables: OwnedTable[] = [];
  readonly #outgoing = new OutgoingStream();
  readonly #log: StrongLog;
  readonly #owner: Owner;
  readonly #acknowledge = new Set<Address>();
  readonly #flushedAt = new Map<Address, number>();
  readonly #loads = new Map<Address, readonly LoadData[]>();
  /** Owners that are gone, with the epoch without them; forgotten when all members have flushed it. */
  readonly #retired = new Map<Address, number>();
  /** The first write that each peer has not acknowledged, and since when it is the first. */
  readonly #unacknowledged = new Map<Address, { first: number; since: number }>();
  #everybody = new PeerSet([]);
  #waitingAsks: Asked[] = [];
  #orphans: { owner: Address; write: StrongWrite }[] = [];
  #untilAllFlushed: (() => void)[] = [];
  #flushedEpoch = 0;
  #servingEpoch = 0;
  /** The first view this node was in. */
  #firstEpoch = 0;
  /** For a learner: whether somebody left the view since its last flush, or it has not flushed any yet. */
  #mustBeginAnew = true;
  #beganAnew = false;
  #stableTold = 0;

  constructor(core: NodeCore, membership: Membership) {
    this.#core = core;
    this.#membership = membership;
    this.#channel = core.channel(
      (from, message) => this.#receive(from, message),
      (message) => describeOwned(message, namesOf(this.#tables)),
    );
    this.#log = new StrongLog((owner, write) => this.#applyRemote(owner, write));
    this.caller = new Caller({
      requests: core.requests,
      now: () => core.world.clock.now(),
      ask: (number, table, key, operation) => this.#ask(number, table, key, operation),
      refusal: (what) => (membership.mayAct ? undefined : new NotPrimary(what, core.id, 'not-run')),
      isFlushed: () => membership.isFlushed,
      giveBack: (number, table, key) => this.#giveBack(number, table, key),
    });
    this.updates = new Updates(this.caller, core.world.clock);
    this.#owner = this.#makeOwner();
    membership.participate(this);
    core.outbox.beforeFlush(() => this.#sendAcknowledgements());
    core.every(STABLE_MS, () => this.#tellStable());
    core.every(SAY_AGAIN_MS, () => this.#sayAgain());
  }

  #makeOwner(): Owner {
    return new Owner({
      table: (number) => this.#tables[number]!,
      wall: () => this.#core.world.clock.wall(),
      now: () => this.#core.world.clock.now(),
      write: (table, key, change, mark) => this.#write(table, key, change, mark),
      pendingWrites: () => this.#outgoing.pending,
      whenSafe: (done) => {
        const epoch = this.#flushedEpoch;
        this.#whenSafe(() => {
          if (this.#membership.view.epoch === epoch) done();
        });
      },
      applied: (caller, number) =>
        this.applied.has(caller, number) ? { outcome: this.applied.outcome(caller, number) } : undefined,
      isDone: (caller, number) => this.applied.isDone(caller, number),
      answer: (to, number, answer) => this.#answer(to, number, answer),
    });
  }

  /** Adds a table; in the same order on every node. */
  add(name: string, options: { route?: (key: MapKey) => string; tag?: (value: unknown) => string } = {}): OwnedTable {
    const number = this.#tables.length;
    const route = options.route ?? ((key: MapKey) => `${name}|${String(key)}`);
    const table = new OwnedTable(
      number,
      name,
      route,
      options.tag ?? (() => ''),
      this.#core.world.freezeValues ? freezePlain : undefined,
    );
    this.#tables.push(table);
    return table;
  }

  get all(): readonly OwnedTable[] {
    return this.#tables;
  }

  /** Writes that are kept because not every node is known to have them. */
  get retained(): number {
    return this.#outgoing.unstable().length + this.#log.unstableCount;
  }

  get pending(): Record<string, number> {
    return {
      writes: this.#outgoing.pending,
      writesHeld: this.#log.heldCount,
      asks: this.caller.size + this.#waitingAsks.length,
      owner: this.#owner.waiting,
    };
  }

  /**
   * Whether work under the present view has begun. Not yet while the flush is being completed: what an application hears of
   * the writes that are applied one by one then must not be answered by work on half of them. Not without a lease: there may
   * be another owner.
   */
  get #isServing(): boolean {
    return this.#servingEpoch === this.#membership.view.epoch && this.#membership.mayAct;
  }

  #ask(number: number, table: number, key: MapKey, operation: Operation): boolean {
    if (!this.#isServing) return false;
    const owner = this.#membership.view.owner(this.#tables[table]!.route(key));
    if (owner === undefined) return false;
    const doneBelow = this.#core.requests.doneBelow;
    const { epoch } = this.#membership.view;
    if (owner === this.#core.address) this.#serve({ from: owner, number, doneBelow, epoch, table, key, operation });
    else this.#channel.post(owner, ASK, number, doneBelow, epoch, table, key, operation);
    return true;
  }

  #serve(asked: Asked): void {
    if (!this.#isServing || asked.epoch > this.#flushedEpoch) {
      if (this.#waitingAsks.length < MOST_WAITING) this.#waitingAsks.push(asked);
      return;
    }
    // Asked under an older view: it is asked again when the asker has flushed this one, and by then it may ask otherwise.
    if (asked.epoch < this.#flushedEpoch || !this.#membership.view.has(asked.from)) return;
    const table = this.#tables[asked.table]!;
    if (this.#membership.view.owner(table.route(asked.key)) === this.#core.address) this.#owner.serve(asked);
    else this.#answer(asked.from, asked.number, { kind: 'elsewhere' });
  }

  #answer(to: Address, number: number, answer: Answer): void {
    if (to === this.#core.address) this.caller.answered(number, answer);
    else this.#channel.post(to, ANSWER, number, answer);
  }

  #giveBack(number: number, table: number, key: MapKey): void {
    const owner = this.#membership.view.owner(this.#tables[table]!.route(key));
    if (owner === this.#core.address) this.#owner.giveBack(table, key, { from: owner, number });
    else if (owner !== undefined) this.#channel.post(owner, GIVE_BACK, number, table, key);
  }

  #write(
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
    this.#channel.postWhole(this.#everybody, [this.#channel.number, WRITE, writeToData(write)]);
    this.#apply(write);
    this.#outgoing.advance();
  }

  #apply(write: StrongWrite): void {
    if (write.mark) this.applied.record(write.mark);
    if (write.mark?.by) this.applied.record({ ...write.mark.by, outcome: null });
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
  #whenSafe(done: () => void): void {
    if (this.#allFlushed(this.#flushedEpoch)) this.#outgoing.whenCommitted(done);
    else this.#untilAllFlushed.push(() => this.#outgoing.whenCommitted(done));
  }

  /** Everything this node's owner side has decided up to now is on every member. */
  whenSafe(done: () => void): void {
    this.#whenSafe(done);
  }

  #allFlushed(epoch: number): boolean {
    return (
      this.#membership.isFlushed &&
      this.#membership.view
        .voters()
        .every((address) => address === this.#core.address || (this.#flushedAt.get(address) ?? 0) >= epoch)
    );
  }

  #receive(from: Address, message: Message): void {
    switch (message[1]) {
      case ASK: {
        const [, , number, doneBelow, epoch, table, key, operation] = message as never[];
        this.#serve({
          from,
          number: number!,
          doneBelow: doneBelow!,
          epoch: epoch!,
          table: table!,
          key: key!,
          operation: operation!,
        });
        return;
      }
      case ANSWER:
        this.caller.answered(message[2] as number, message[3] as Answer);
        return;
      case WRITE:
        this.#log.receive(from, writeFromData(message[2] as WriteData));
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
        return;
      default: {
        const [, , number, table, key] = message as [number, number, number, number, MapKey];
        this.#owner.giveBack(table, key, { from, number });
      }
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
    this.#everybody = new PeerSet(others);
    this.#outgoing.setPeers(
      others,
      view.voters().filter((address) => address !== this.#core.address),
    );
    for (const address of before.addresses()) {
      if (view.has(address)) continue;
      this.#mustBeginAnew = true;
      this.#retired.set(address, view.epoch);
      this.#loads.delete(address);
      this.#flushedAt.delete(address);
      this.#unacknowledged.delete(address);
    }
    if (view.state(this.#core.address) === 'joining') for (const table of this.#tables) table.beginLearning();
  }

  payload(): Payload {
    const own: [Address, WriteData[]] = [this.#core.address, this.#outgoing.unstable().map(writeToData)];
    // Nobody waits for a learner: what only it has would come to some members before they agree, and to some after.
    if (this.#membership.isLearner) return [this.#outgoing.sequence, [], this.caller.loads()];
    return [this.#outgoing.sequence, [...this.#log.unstable(), own], this.caller.loads()];
  }

  absorb(from: Address, payload: unknown): void {
    const [sent, unstable, loads] = payload as Payload;
    this.#loads.set(from, loads);
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

  flushed(view: View): void {
    this.#flushedEpoch = view.epoch;
    this.#adoptOrphans();
    if (view.state(this.#core.address) === 'joining') this.#beginAnewIfNeeded(view);
    else for (const table of this.#tables) table.endLearning();
    this.#log.flushed(view.epoch);
    for (const caller of this.applied.callers()) if (!view.has(caller)) this.applied.forget(caller);
    for (const address of this.#everybody.peers) this.#owe(address);
    this.#checkAllFlushed();
    this.#takeOver(view);
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
    this.applied.clear();
    this.#beganAnew = true;
  }

  /** Whether this learner has begun anew since this was asked last. */
  tookBeganAnew(): boolean {
    const began = this.#beganAnew;
    this.#beganAnew = false;
    return began;
  }

  /** Takes over the keys that this node owns now. */
  #takeOver(view: View): void {
    const isOwned = (table: number, key: MapKey): boolean =>
      view.owner(this.#tables[table]!.route(key)) === this.#core.address;
    const own: [Address, LoadData[]] = [this.#core.address, this.caller.loads()];
    for (const [from, loads] of [...this.#loads, own]) {
      for (const [number, table, key] of loads) {
        if (isOwned(table, key)) this.#owner.adoptLoad(table, key, { from, number });
      }
    }
    this.#owner.reassign(isOwned, (address) => view.has(address));
  }

  /** Begins to serve under the flushed view. */
  serve(): void {
    this.#servingEpoch = this.#flushedEpoch;
    this.resumed();
  }

  /** Serves what waited for the flush or for a lease, here and towards others. */
  resumed(): void {
    if (!this.#isServing) return;
    const waiting = this.#waitingAsks;
    this.#waitingAsks = [];
    for (const asked of waiting) this.#serve(asked);
    this.caller.sendAgain(Number.POSITIVE_INFINITY);
  }

  #tellStable(): void {
    const stable = this.#outgoing.trim();
    if (stable === this.#stableTold) return;
    this.#stableTold = stable;
    this.#channel.post(this.#everybody, STABLE, stable);
  }

  /** What got lost on the way is sent again: writes without acknowledgement, questions without answer. */
  #sayAgain(): void {
    for (const peer of this.#everybody.peers) {
      this.#resend(peer);
    }
    for (const peer of this.#everybody.peers) {
      if ((this.#flushedAt.get(peer) ?? 0) < this.#flushedEpoch) this.#channel.post(peer, PROBE);
    }
    if (this.#isServing) {
      this.#owner.tick();
    }
    this.caller.sendAgain(this.#core.world.clock.now() - SAY_AGAIN_MS);
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

  sweep(): void {
    const now = this.#core.world.clock.wall();
    for (const table of this.#tables) table.sweep(now);
  }
}

function namesOf(tables: readonly OwnedTable[]): string[] {
  return tables.map(({ name }) => name);
}
