/**
 * Owned tables on a node: brings what callers ask to the owner of the key and the answers back, and begins to serve under a
 * view when its flush is complete. What the owner decides is owner.ts; how its writes come to every member, strong-writes.ts.
 */
import { type Address, freezePlain, type MapKey, NotPrimary } from '../../base/index.ts';
import type { Channel, Message, NodeCore, PeerSet } from '../../node/index.ts';
import { type FlushParticipant, type Membership, SAY_AGAIN_MS, type View } from '../membership/index.ts';
import { AppliedRequests } from './applied-requests.ts';
import { Caller, type LoadData } from './caller.ts';
import type { Answer, Asked, Operation } from './operations.ts';
import { ANSWER, ASK, describeOwned, FIRST_ANSWER, FIRST_ASK, GIVE_BACK } from './owned-messages.ts';
import { OwnedTable } from './owned-table.ts';
import { Owner } from './owner.ts';
import { StrongWrites, type WritesPayload } from './strong-writes.ts';
import { Updates } from './updates.ts';

const MOST_WAITING = 100_000;

type Payload = readonly [...writes: WritesPayload, loads: readonly LoadData[]];

export class OwnedTables implements FlushParticipant {
  readonly caller: Caller;
  readonly updates: Updates;
  readonly applied = new AppliedRequests();
  readonly #core: NodeCore;
  readonly #membership: Membership;
  readonly #channel: Channel;
  readonly #tables: OwnedTable[] = [];
  readonly #writes: StrongWrites;
  readonly #owner: Owner;
  readonly #loads = new Map<Address, readonly LoadData[]>();
  #waitingAsks: Asked[] = [];
  #servingEpoch = 0;

  constructor(core: NodeCore, membership: Membership) {
    this.#core = core;
    this.#membership = membership;
    this.#channel = core.channel(
      (from, message) => this.#receive(from, message),
      (message) => describeOwned(message, namesOf(this.#tables)),
    );
    this.#writes = new StrongWrites(core, membership, this.#channel, this.#tables, this.applied);
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
    core.every(SAY_AGAIN_MS, () => this.#sayAgain());
  }

  #makeOwner(): Owner {
    return new Owner({
      table: (number) => this.#tables[number]!,
      wall: () => this.#core.world.clock.wall(),
      now: () => this.#core.world.clock.now(),
      write: (table, key, change, mark) => this.#writes.write(table, key, change, mark),
      pendingWrites: () => this.#writes.pending,
      whenSafe: (done) => {
        const epoch = this.#writes.flushedEpoch;
        this.#writes.whenSafe(() => {
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
    return this.#writes.retained;
  }

  get pending(): Record<string, number> {
    return {
      writes: this.#writes.pending,
      writesHeld: this.#writes.held,
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
    else this.#postAsk(this.#core.outbox.single(owner), doneBelow, epoch, table, number, key, operation);
    return true;
  }

  #postAsk(
    owner: PeerSet,
    doneBelow: number,
    epoch: number,
    table: number,
    number: number,
    key: MapKey,
    operation: Operation,
  ): void {
    const last = this.#channel.last(owner, ASK);
    if (last !== undefined && last[3] === epoch && last[4] === table) {
      last.push(number, key, operation);
      this.#channel.lengthened(owner);
    } else this.#channel.postWhole(owner, [this.#channel.number, ASK, doneBelow, epoch, table, number, key, operation]);
  }

  #serve(asked: Asked): void {
    if (!this.#isServing || asked.epoch > this.#writes.flushedEpoch) {
      if (this.#waitingAsks.length < MOST_WAITING) this.#waitingAsks.push(asked);
      return;
    }
    // Asked under an older view: it is asked again when the asker has flushed this one, and by then it may ask otherwise.
    if (asked.epoch < this.#writes.flushedEpoch || !this.#membership.view.has(asked.from)) return;
    const table = this.#tables[asked.table]!;
    if (this.#membership.view.owner(table.route(asked.key)) === this.#core.address) this.#owner.serve(asked);
    else this.#answer(asked.from, asked.number, { kind: 'elsewhere' });
  }

  #answer(to: Address, number: number, answer: Answer): void {
    if (to === this.#core.address) {
      this.caller.answered(number, answer);
      return;
    }
    const peer = this.#core.outbox.single(to);
    const last = this.#channel.last(peer, ANSWER);
    if (last !== undefined) {
      last.push(number, answer);
      this.#channel.lengthened(peer);
    } else this.#channel.postWhole(peer, [this.#channel.number, ANSWER, number, answer]);
  }

  #giveBack(number: number, table: number, key: MapKey): void {
    const owner = this.#membership.view.owner(this.#tables[table]!.route(key));
    if (owner === this.#core.address) this.#owner.giveBack(table, key, { from: owner, number });
    else if (owner !== undefined) this.#channel.post(owner, GIVE_BACK, number, table, key);
  }

  /** Everything this node's owner side has decided up to now is on every member. */
  whenSafe(done: () => void): void {
    this.#writes.whenSafe(done);
  }

  #receive(from: Address, message: Message): void {
    switch (message[1]) {
      case ASK:
        this.#receiveAsks(from, message);
        return;
      case ANSWER:
        for (let at = FIRST_ANSWER; at < message.length; at += 2) {
          this.caller.answered(message[at] as number, message[at + 1] as Answer);
        }
        return;
      case GIVE_BACK: {
        const [, , number, table, key] = message as [number, number, number, number, MapKey];
        this.#owner.giveBack(table, key, { from, number });
        return;
      }
      default:
        this.#writes.receive(from, message);
    }
  }

  #receiveAsks(from: Address, message: Message): void {
    const [, , doneBelow, epoch, table] = message as readonly number[];
    for (let at = FIRST_ASK; at < message.length; at += 3) {
      this.#serve({
        from,
        number: message[at] as number,
        doneBelow: doneBelow!,
        epoch: epoch!,
        table: table!,
        key: message[at + 1] as MapKey,
        operation: message[at + 2] as Operation,
      });
    }
  }

  installed(view: View, before: View): void {
    this.#writes.installed(view, before);
    for (const address of before.addresses()) if (!view.has(address)) this.#loads.delete(address);
  }

  payload(): Payload {
    return [...this.#writes.payload(), this.caller.loads()];
  }

  absorb(from: Address, payload: unknown): void {
    const [sent, unstable, loads] = payload as Payload;
    this.#loads.set(from, loads);
    this.#writes.absorb(from, [sent, unstable]);
  }

  flushed(view: View): void {
    this.#writes.flushed(view);
    this.#takeOver(view);
  }

  /** Whether this learner has begun anew since this was asked last. */
  tookBeganAnew(): boolean {
    return this.#writes.tookBeganAnew();
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
    this.#servingEpoch = this.#writes.flushedEpoch;
    this.resumed();
  }

  /** Serves what waited for the flush or for a lease, here and towards others. */
  resumed(): void {
    if (!this.#isServing) return;
    const waiting = this.#waitingAsks;
    this.#waitingAsks = [];
    for (const asked of waiting) this.#serve(asked);
    this.caller.sendAll();
  }

  /** What got lost on the way is sent again: writes without acknowledgement, questions without answer. */
  #sayAgain(): void {
    this.#writes.sayAgain();
    if (this.#isServing) this.#owner.tick();
    this.caller.sayAgain();
  }

  /** Members that have not acknowledged a write for `ms`. */
  owing(ms: number): Address[] {
    return this.#writes.owing(ms);
  }

  sweep(): void {
    const now = this.#core.world.clock.wall();
    for (const table of this.#tables) table.sweep(now);
  }
}

function namesOf(tables: readonly OwnedTable[]): string[] {
  return tables.map(({ name }) => name);
}
