/**
 * The authority: decides who is in the cluster, under epochs that only grow. It hears of nodes through its lane on the
 * transport (hello, flushed, caught up, left) and from the host, which sees their lives end. It knows no app and no service.
 */
import { type Address, type Codec, idOf, incarnationOf } from '../base/index.ts';
import type { Cancel, World } from '../ports/index.ts';
import { every } from '../ports/index.ts';
import {
  type Beat,
  type FromAuthority,
  type Member,
  type MemberState,
  membershipCodec,
  SAY_AGAIN_MS,
  type Timing,
  type ToAuthority,
  type ViewData,
} from '../services/index.ts';
import { type Eviction, Reach, type Roll } from './reach.ts';

export interface AuthorityListener {
  onView(view: ViewData): void;
  onMoved(server: string, from: Address, to: Address): void;
  /** All members of the newest view have flushed it. */
  onFlushed(view: ViewData): void;
  onMismatch(address: Address, ours: string, theirs: string): void;
  /** These lives are about to be evicted: nothing outside the cluster may take anything from them when this resolves. */
  fence(addresses: readonly Address[]): Promise<void>;
  onEvicted(evicted: readonly Eviction[]): void;
  /** There is no primary component any more, so nobody gets a lease; or there is one again. */
  onPrimary(exists: boolean, reached: readonly Address[], unreached: readonly Address[]): void;
  /** A life that was evicted is within reach again, both ways. */
  onReturned(address: Address): void;
  /** The event loop of this node stands still. */
  onHung(address: Address): void;
  /** A learner has `entries` of about `of`, after `ms`. */
  onCatchUp(address: Address, entries: number, of: number, ms: number): void;
}

export class Authority {
  readonly #world: World;
  readonly #listener: AuthorityListener;
  readonly #codec: Codec = membershipCodec();
  readonly #members = new Map<Address, MemberState>();
  /** Nodes of the first view that have not said hello yet. */
  readonly #founders = new Set<Address>();
  readonly #founded = new Set<Address>();
  readonly #expected = new Set<Address>();
  readonly #flushed = new Map<Address, number>();
  /** Learners that have everything, and of which view. */
  readonly #caughtUp = new Map<Address, number>();
  readonly #marks = new Map<string, number>();
  readonly #reserved = new Map<string, number>();
  readonly #timing: Timing;
  readonly #reach: Reach;
  /** What was last told of the primary component. */
  #toldPrimary = true;
  /** The last number seen of each node's loop. */
  readonly #beats = new Map<Address, number>();
  readonly #hung = new Set<Address>();
  /** Lives being fenced, and those that are out of the view and may not know it. */
  readonly #evicting = new Set<Address>();
  readonly #evicted = new Set<Address>();
  readonly #cancels: readonly Cancel[];
  #hash: string | undefined;
  #view: ViewData = { epoch: 0, cause: 'none', members: [] };

  constructor(world: World, timing: Timing, listener: AuthorityListener) {
    this.#world = world;
    this.#timing = timing;
    this.#listener = listener;
    this.#reach = new Reach(timing);
    world.transport.onFrame((from, frame) => this.#receive(from, this.#codec.decode(frame) as ToAuthority));
    this.#cancels = [
      every(world.clock, SAY_AGAIN_MS, () => this.#sayAgain()),
      every(world.clock, this.#reach.everyMs, () => this.#round()),
    ];
  }

  get view(): ViewData {
    return this.#view;
  }

  /** Whether every member has flushed the newest view. */
  get isFlushed(): boolean {
    return [...this.#members.keys()].every((address) => this.#flushed.get(address) === this.#view.epoch);
  }

  /** Nodes that make up the first view together; it is made when all of them are here. */
  found(addresses: readonly Address[]): void {
    for (const address of addresses) {
      this.#founders.add(address);
      this.#expected.add(address);
    }
  }

  /** A life that may say hello. */
  expect(address: Address): void {
    this.#expected.add(address);
  }

  /** Whether the cluster goes on without this life, which may run. */
  hasEvicted(address: Address): boolean {
    return this.#evicted.has(address);
  }

  /** Whether this life is a member that others may learn from. */
  isUp(address: Address): boolean {
    return this.#members.get(address) === 'up';
  }

  /** The host saw that this life has ended. */
  died(address: Address): void {
    this.#founders.delete(address);
    this.#founded.delete(address);
    this.#evicted.delete(address);
    this.#forget(address);
    if (this.#members.delete(address)) this.#decide(`death ${idOf(address)}`);
  }

  #forget(address: Address): void {
    this.#expected.delete(address);
    this.#flushed.delete(address);
    this.#caughtUp.delete(address);
    this.#reach.forget(address);
    this.#beats.delete(address);
    this.#hung.delete(address);
    this.#evicting.delete(address);
  }

  /** The node hands over and goes. */
  leave(address: Address): void {
    if (this.#members.get(address) !== 'up') return;
    this.#members.set(address, 'leaving');
    this.#decide(`leave ${idOf(address)}`);
  }

  /** Looks who is there, renews leases where that takes no message, and evicts whose time is over. */
  #round(): void {
    const roll = [...this.#members];
    this.#readPulses(roll.map(([address]) => address));
    const due = this.#reach.round(this.#world.clock.now(), roll).filter(({ address }) => !this.#evicting.has(address));
    this.#tellPrimary(roll);
    for (const address of this.#reach.hung(roll)) this.#noticeHung(address);
    this.#grantByPulse(new Set([...this.#members.keys(), ...this.#expected]));
    if (due.length > 0) void this.#evict(due);
  }

  #tellPrimary(roll: Roll): void {
    const { hasPrimary } = this.#reach;
    if (hasPrimary === this.#toldPrimary) return;
    this.#toldPrimary = hasPrimary;
    const { reached, unreached } = this.#reach.membersByReach(roll);
    this.#listener.onPrimary(hasPrimary, reached, unreached);
  }

  /** Where loops can be seen, a node is within reach while it can be seen, and its loop moves or not. Elsewhere beats tell. */
  #readPulses(addresses: readonly Address[]): void {
    const { pulses } = this.#world;
    for (const address of addresses) {
      const beats = pulses?.beats(address);
      if (!pulses || beats === undefined || beats !== this.#beats.get(address)) this.#reach.moved(address);
      if (beats === undefined) continue;
      this.#beats.set(address, beats);
      if (pulses?.reaches(address)) this.#reach.heard(address);
    }
  }

  #grantByPulse(addresses: Iterable<Address>): void {
    const { pulses } = this.#world;
    if (!pulses) return;
    const until = this.#world.clock.now() + this.#timing.leaseMs;
    for (const address of addresses) {
      if (this.#mayAct(address) && pulses.grant(address, until)) this.#reach.granted(address, until);
    }
  }

  #mayAct(address: Address): boolean {
    return this.#reach.mayAct(address) && !this.#evicting.has(address);
  }

  #noticeHung(address: Address): void {
    if (this.#hung.has(address)) return;
    this.#hung.add(address);
    this.#listener.onHung(address);
  }

  /** Their leases and the margin have run out. Who came back meanwhile is out all the same: it may not act any more. */
  async #evict(due: readonly Eviction[]): Promise<void> {
    const addresses = due.map(({ address }) => address);
    for (const address of addresses) this.#evicting.add(address);
    await this.#listener.fence(addresses);
    const evicted = due.filter(({ address }) => this.#members.delete(address));
    for (const { address } of evicted) {
      this.#forget(address);
      this.#evicted.add(address);
    }
    if (evicted.length === 0) return;
    this.#listener.onEvicted(evicted);
    this.#decide(`eviction ${evicted.map(({ address }) => idOf(address)).join(' ')}`);
  }

  #heardBeat(from: Address, { at, answerAge, silent, owing }: Beat): void {
    if (!this.#members.has(from) && !this.#expected.has(from)) return;
    const isHeardThere = this.#isHeardThere(answerAge);
    if (isHeardThere && !this.#world.pulses) this.#reach.heard(from);
    this.#reach.complained(from, silent, owing);
    const grants = isHeardThere && !this.#world.pulses && this.#mayAct(from);
    if (grants) this.#reach.granted(from, this.#world.clock.now() + this.#timing.leaseMs);
    this.#tell(from, { kind: 'lease', echo: at, ms: grants ? this.#timing.leaseMs : 0 });
  }

  /** An old answer means that what is said here does not come there. */
  #isHeardThere(answerAge: number): boolean {
    return answerAge <= this.#timing.leaseMs / 2;
  }

  /** Its next life is of use only once what is said here comes there as well: else it would be cut off while it starts. */
  #heardEvicted(from: Address, message: ToAuthority): void {
    this.#tell(from, { kind: 'view', view: this.#view });
    if (message.kind !== 'beat') return;
    this.#tell(from, { kind: 'lease', echo: message.at, ms: 0 });
    if (this.#isHeardThere(message.answerAge)) this.#listener.onReturned(from);
  }

  #receive(from: Address, message: ToAuthority): void {
    if (this.#evicted.has(from)) {
      this.#heardEvicted(from, message);
      return;
    }
    switch (message.kind) {
      case 'beat':
        this.#heardBeat(from, message);
        return;
      case 'hello':
        this.#hello(from, message.hash);
        return;
      case 'flushed':
        this.#heardFlushed(from, message.epoch);
        return;
      case 'caught-up':
        this.#caughtUp.set(from, message.epoch);
        this.#admitCaughtUp();
        return;
      case 'catching-up':
        if (this.#members.has(from)) this.#listener.onCatchUp(from, message.entries, message.of, message.ms);
        return;
      case 'left':
        this.#left(from, message.under);
        return;
      case 'moved':
        this.#listener.onMoved(message.server, message.from, from);
        return;
      case 'reserve':
        if (!this.#members.has(from) || this.#evicting.has(from)) return;
        this.#tell(from, { kind: 'reserved', request: message.request, first: this.#reserve(from, message) });
    }
  }

  /** It says so again until it is let go: not before whoever learns from it has learnt it. */
  #left(from: Address, under: number | null): void {
    const holds = under === null || under === this.#view.epoch;
    if (holds && this.#members.get(from) === 'leaving' && !this.isLastToKnow(from)) {
      this.#members.delete(from);
      this.#forget(from);
      this.#decide(`left ${idOf(from)}`);
    }
    if (!this.#members.has(from)) this.#tell(from, { kind: 'view', view: this.#view });
  }

  /** Whether somebody is here, or will be, who has yet to learn, and without it there would be nobody to learn from. */
  isLastToKnow(leaving: Address): boolean {
    const others = [...this.#members].filter(([address]) => address !== leaving).map(([, state]) => state);
    if (others.includes('up')) return false;
    const isComing = [...this.#expected].some((address) => !this.#members.has(address));
    return others.includes('joining') || isComing || this.#evicted.size > 0;
  }

  #hello(from: Address, hash: string): void {
    if (!this.#expected.has(from)) return;
    // Not only with the next round: until it has a lease a node is not up.
    this.#grantByPulse([from]);
    if (this.#members.has(from)) {
      this.#tell(from, { kind: 'view', view: this.#view });
      return;
    }
    this.#hash ??= hash;
    if (hash !== this.#hash) {
      this.#tell(from, { kind: 'mismatch', ours: this.#hash, theirs: hash });
      this.#listener.onMismatch(from, this.#hash, hash);
      return;
    }
    if (this.#founders.has(from)) this.#foundedBy(from);
    else if (this.#view.epoch > 0) this.#admit(from);
  }

  #foundedBy(from: Address): void {
    this.#founded.add(from);
    if (this.#founded.size < this.#founders.size) return;
    for (const address of this.#founders) this.#members.set(address, 'up');
    this.#founders.clear();
    this.#founded.clear();
    this.#decide('boot');
  }

  /** As a learner; alone, there is nobody to learn from. */
  #admit(from: Address): void {
    const isFirst = [...this.#members.values()].every((state) => state === 'joining');
    this.#members.set(from, isFirst ? 'up' : 'joining');
    this.#decide(isFirst ? `join ${idOf(from)}` : `joining ${idOf(from)}`);
  }

  /** One atomic step on a high-water mark; the same request gets the same block. */
  #reserve(from: Address, { request, name, count }: { request: number; name: string; count: number }): number {
    const id = `${from} ${request}`;
    const known = this.#reserved.get(id);
    if (known !== undefined) return known;
    const first = this.#marks.get(name) ?? 1;
    this.#marks.set(name, first + count);
    this.#reserved.set(id, first);
    if (this.#reserved.size > 10_000) this.#reserved.delete(this.#reserved.keys().next().value!);
    return first;
  }

  #heardFlushed(from: Address, epoch: number): void {
    if (!this.#members.has(from) || epoch <= (this.#flushed.get(from) ?? 0)) return;
    this.#flushed.set(from, epoch);
    if (this.isFlushed) this.#listener.onFlushed(this.#view);
    this.#admitCaughtUp();
  }

  /**
   * Makes members of learners that have everything, once all members have flushed the view under which they got it. Else a
   * learner could have what a member told it that died before the others had it, and nobody would complete it for them.
   */
  #admitCaughtUp(): void {
    const { epoch } = this.#view;
    const isPending = [...this.#members].some(
      ([address, state]) => state !== 'joining' && this.#flushed.get(address) !== epoch,
    );
    if (isPending) return;
    for (const [address, state] of this.#members) {
      if (state !== 'joining' || this.#caughtUp.get(address) !== epoch) continue;
      this.#caughtUp.delete(address);
      this.#members.set(address, 'up');
      this.#decide(`join ${idOf(address)}`);
      return;
    }
  }

  #decide(cause: string): void {
    this.#promoteIfNobodyIsUp();
    const members = [...this.#members].map(
      ([address, state]): Member => ({ id: idOf(address), incarnation: incarnationOf(address), state }),
    );
    this.#view = { epoch: this.#view.epoch + 1, cause, members };
    this.#world.transport.broadcast(this.#codec.encode({ kind: 'view', view: this.#view } satisfies FromAuthority));
    this.#listener.onView(this.#view);
  }

  /** Learners that have nobody left to learn from are the cluster now, with what they have. */
  #promoteIfNobodyIsUp(): void {
    const states = [...this.#members.values()];
    if (states.some((state) => state !== 'joining')) return;
    for (const address of this.#members.keys()) this.#members.set(address, 'up');
  }

  /** The newest view again, to members that have not flushed it. */
  #sayAgain(): void {
    for (const address of this.#members.keys()) {
      if (this.#flushed.get(address) !== this.#view.epoch) this.#tell(address, { kind: 'view', view: this.#view });
    }
  }

  #tell(to: Address, message: FromAuthority): void {
    this.#world.transport.send(to, this.#codec.encode(message));
  }

  close(): void {
    for (const cancel of this.#cancels) cancel();
    this.#world.transport.close();
  }
}
