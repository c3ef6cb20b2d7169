/**
 * The authority: decides who is in the cluster, under epochs that only grow. It hears of nodes through its lane on the
 * transport (hello, flushed, caught up, left) and from the host, which sees their lives end. It knows no app and no service.
 */
import { type Address, addressOf, type Codec, idOf, incarnationOf, type NodeId } from '../base/index.ts';
import type { Cancel, World } from '../ports/index.ts';
import { every } from '../ports/index.ts';
import {
  type FromAuthority,
  type Member,
  type MemberState,
  membershipCodec,
  SAY_AGAIN_MS,
  type ToAuthority,
  type ViewData,
} from '../services/index.ts';

export interface AuthorityListener {
  onView(view: ViewData): void;
  onMoved(server: string, from: Address, to: Address): void;
  /** All members of the newest view have flushed it. */
  onFlushed(view: ViewData): void;
  onMismatch(address: Address, ours: string, theirs: string): void;
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
  readonly #cancel: Cancel;
  #hash: string | undefined;
  #view: ViewData = { epoch: 0, cause: 'none', members: [] };

  constructor(world: World, listener: AuthorityListener) {
    this.#world = world;
    this.#listener = listener;
    world.transport.onFrame((from, frame) => this.#receive(from, this.#codec.decode(frame) as ToAuthority));
    this.#cancel = every(world.clock, SAY_AGAIN_MS, () => this.#sayAgain());
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

  /** The host saw that this life has ended. */
  died(address: Address): void {
    this.#expected.delete(address);
    this.#founders.delete(address);
    this.#founded.delete(address);
    this.#flushed.delete(address);
    this.#caughtUp.delete(address);
    if (this.#members.delete(address)) this.#decide(`death ${idOf(address)}`);
  }

  /** The node hands over and goes. */
  leave(address: Address): void {
    if (this.#members.get(address) !== 'up') return;
    this.#members.set(address, 'leaving');
    this.#decide(`leave ${idOf(address)}`);
  }

  stateOf(address: Address): MemberState | undefined {
    return this.#members.get(address);
  }

  #receive(from: Address, message: ToAuthority): void {
    switch (message.kind) {
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
      case 'left':
        if (this.#members.get(from) !== 'leaving') {
          if (!this.#members.has(from)) this.#tell(from, { kind: 'view', view: this.#view });
          return;
        }
        this.#members.delete(from);
        this.#expected.delete(from);
        this.#decide(`left ${idOf(from)}`);
        this.#tell(from, { kind: 'view', view: this.#view });
        return;
      case 'moved':
        this.#listener.onMoved(message.server, message.from, from);
        return;
      case 'reserve':
        this.#tell(from, { kind: 'reserved', request: message.request, first: this.#reserve(from, message) });
    }
  }

  #hello(from: Address, hash: string): void {
    if (!this.#expected.has(from)) return;
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
    const isFirst = ![...this.#members.values()].includes('up');
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
    this.#cancel();
    this.#world.transport.close();
  }
}

/** The address of a node in a view. */
export function addressIn(view: ViewData, id: NodeId): Address | undefined {
  const member = view.members.find((candidate) => candidate.id === id);
  return member && addressOf(member.id, member.incarnation);
}
