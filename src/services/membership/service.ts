/**
 * Membership on a node: installs views, runs the flush, and tells the services.
 *
 * The flush, after virtual synchrony (Birman and Joseph, 1987): on installing a view a node sends `installed` on every
 * link, with what each service wants the others to know. Links are first in first out, so who has `installed` from all
 * members has everything they sent before it. Then, and only then, work under the new view begins.
 */
import {
  type Address,
  AUTHORITY,
  CatalogueMismatch,
  Closed,
  deferred,
  idOf,
  incarnationOf,
  NotPrimary,
} from '../../base/index.ts';
import type { Admission, Channel, Message, NodeCore, Words } from '../../node/index.ts';
import { Lease } from './lease.ts';
import { describeMembership, INSTALLED, NEED, PING, PONG } from './messages.ts';
import { Peers } from './peers.ts';
import {
  AUTHORITY_ADDRESS,
  describeAuthority,
  type FromAuthority,
  membershipCodec,
  SAY_AGAIN_MS,
  type ToAuthority,
} from './protocol.ts';
import { beatMs, type Timing } from './timing.ts';
import { NO_VIEW, View } from './view.ts';

/** What a service does around views. */
export interface FlushParticipant {
  /** A view was installed; its flush begins. Nothing may be started under it yet. */
  installed?(view: View, before: View): void;
  /** What the others must know to complete the flush: plain data of no declared shape. */
  payload?(): unknown;
  /** One member's payload, as soon as it is here; those of all members before `flushed`. */
  absorb?(from: Address, payload: unknown): void;
  /** The flush is complete: everybody who goes on knows the same. */
  flushed?(view: View, before: View): void;
  /** Work that keeps a learner from being caught up. */
  lacking?(): number;
  /** Members that have left something of this node unacknowledged for `ms` or longer. */
  owing?(ms: number): Iterable<Address>;
  /** The node may act again after its lease had run out. */
  resumed?(): void;
}

const PINGS_PER_LEASE = 4;

export class Membership {
  readonly core: NodeCore;
  readonly lease: Lease;
  readonly #timing: Timing;
  readonly #peers = new Peers();
  readonly #hash: string;
  readonly #channel: Channel;
  readonly #codec = membershipCodec();
  readonly #participants: FlushParticipant[] = [];
  readonly #highest = new Map<string, number>();
  readonly #installedBy = new Map<Address, number>();
  readonly #reservations = new Map<number, { name: string; count: number; resolve: (first: number) => void }>();
  readonly #up = deferred<void>();
  readonly #letGo = deferred<void>();
  readonly #gone = deferred<void>();
  #view: View = NO_VIEW;
  #lastFlushed: View = NO_VIEW;
  #payloads: readonly unknown[] = [];
  /** Set when it wants to go: whether nothing is left to hand over. */
  #leaving: (() => boolean) | undefined;
  #installedAt = 0;

  constructor(core: NodeCore, catalogueHash: string, timing: Timing) {
    this.core = core;
    this.#timing = timing;
    this.lease = new Lease(core, timing);
    this.lease.watch((standing) => this.#onStanding(standing));
    this.#hash = catalogueHash;
    this.#channel = core.channel((from, message) => this.#receive(from, message), describeMembership);
    // A node may end before anybody waits for these; whoever does is told all the same.
    for (const wait of [this.#up, this.#letGo, this.#gone]) wait.promise.catch(() => undefined);
  }

  /** The view this node has installed. */
  get view(): View {
    return this.#view;
  }

  /** The newest view whose flush is complete here. */
  get flushedView(): View {
    return this.#lastFlushed;
  }

  get isFlushed(): boolean {
    return this.#lastFlushed === this.#view;
  }

  get isLearner(): boolean {
    return this.#view.state(this.core.address) === 'joining';
  }

  /** Whether this node may act for the cluster now: decide, answer, run what runs once. */
  get mayAct(): boolean {
    return this.lease.isValid;
  }

  /** Throws `NotPrimary` when strong work is of no use: nobody would answer, or nobody should. */
  assertPrimary(what: string): void {
    if (!this.mayAct) throw new NotPrimary(what, this.core.id, 'not-run');
  }

  #onStanding(standing: string): void {
    if (standing === 'outside') {
      this.core.requests.giveUpStrong(({ what, outcome }) => new NotPrimary(what, this.core.id, outcome));
      return;
    }
    this.#checkUp();
    for (const participant of this.#participants) participant.resumed?.();
  }

  participate(participant: FlushParticipant): void {
    this.#participants.push(participant);
  }

  /** Says hello until a view has this node as a member that is up. Rejects with `CatalogueMismatch` or `Closed`. */
  async join(): Promise<void> {
    this.core.listen(
      (from) => this.#admit(from),
      (from, frame) => this.#takeAside(from, frame),
    );
    this.#say({ kind: 'hello', hash: this.#hash });
    this.#beat();
    this.core.every(SAY_AGAIN_MS, () => this.#sayAgain());
    this.core.every(beatMs(this.#timing), () => this.#beat());
    this.core.every(this.#timing.leaseMs / PINGS_PER_LEASE, () => this.#ping());
    await this.#up.promise;
  }

  #beat(): void {
    const now = this.core.world.clock.now();
    const silent = this.#peers.silent();
    this.#say({ kind: 'beat', at: now, answerAge: this.lease.answerAge(now), silent, owing: this.#owing() });
  }

  #owing(): Address[] {
    const { ackMs } = this.#timing;
    const owing = new Set(this.#participants.flatMap((participant) => [...(participant.owing?.(ackMs) ?? [])]));
    if (this.core.world.clock.now() - this.#installedAt >= ackMs)
      for (const address of this.#missing()) owing.add(address);
    return [...owing].filter((address) => this.#view.has(address));
  }

  #ping(): void {
    for (const peer of this.#peers.round(this.#otherVoters())) this.#channel.post(peer, PING, 0, 0);
  }

  #otherVoters(): Address[] {
    return this.#view.voters().filter((address) => address !== this.core.address);
  }

  /**
   * A learner is no member before frames go both ways between it and each of them: else all would wait for it to flush the view that makes
   * it one, until it is evicted again.
   */
  #meetIfLearner(): void {
    if (!this.isLearner) return;
    for (const peer of this.#peers.unreached(this.#otherVoters())) this.#channel.post(peer, PING, 0, 0);
  }

  /** Resolves when a view without this node exists. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /**
   * Asks to go; resolves when a view without this node exists. It waits for the flush of the view in which this node is
   * leaving: then all that was sent to it as an owner has come; and then for `hasHandedOver`, while somebody is up to hand
   * over to: also somebody who comes later, when there was nobody at first.
   */
  async leave(hasHandedOver: () => boolean): Promise<void> {
    await Promise.race([this.#letGo.promise, this.#gone.promise]);
    this.#leaving = hasHandedOver;
    this.#sayLeft();
    await this.#gone.promise;
  }

  #sayLeft(): void {
    if (!this.#leaving) return;
    const isAlone = !this.#view.members.some(({ state }) => state === 'up');
    if (this.#leaving()) this.#say({ kind: 'left', under: null });
    else if (isAlone && this.isFlushed) this.#say({ kind: 'left', under: this.#view.epoch });
  }

  /** A server moved here. */
  reportMove(server: string, from: Address): void {
    this.#say({ kind: 'moved', server, from });
  }

  /** How far this learner is, for people. */
  reportCatchUp(entries: number, of: number, ms: number): void {
    this.#say({ kind: 'catching-up', entries, of, ms });
  }

  /** The first id of a block that nobody else gets, from the authority. Asked again until answered or cancelled. */
  reserve(request: number, name: string, count: number, resolve: (first: number) => void): () => void {
    this.#reservations.set(request, { name, count, resolve });
    this.#say({ kind: 'reserve', request, name, count });
    return () => this.#reservations.delete(request);
  }

  /** A frame of the authority's lane. */
  #fromAuthority(message: FromAuthority): void {
    if (message.kind === 'view') this.#onView(new View(message.view));
    else if (message.kind === 'lease') this.lease.answered(message.echo, message.ms);
    else if (message.kind === 'mismatch') this.#up.reject(new CatalogueMismatch(message.ours, message.theirs));
    else {
      const reservation = this.#reservations.get(message.request);
      this.#reservations.delete(message.request);
      reservation?.resolve(message.first);
    }
  }

  #onView(view: View): void {
    if (this.core.closed) return;
    if (view.epoch <= this.#view.epoch) {
      if (view.epoch === this.#view.epoch && this.isFlushed) this.#say({ kind: 'flushed', epoch: view.epoch });
      return;
    }
    if (view.has(this.core.address)) this.#install(view);
    else if (this.#view !== NO_VIEW) this.retire();
  }

  /** The cluster goes on without this life: it left, or it was evicted and may do nothing any more. */
  retire(): void {
    this.lease.revoke();
    this.#gone.resolve();
  }

  #install(view: View): void {
    const before = this.#view;
    for (const address of before.addresses()) {
      if (!view.has(address)) this.core.world.transport.drain(address);
    }
    this.#view = view;
    this.#installedAt = this.core.world.clock.now();
    for (const member of view.members) {
      this.#highest.set(member.id, Math.max(member.incarnation, this.#highest.get(member.id) ?? 0));
    }
    for (const participant of this.#participants) participant.installed?.(view, before);
    for (const address of before.addresses()) if (!view.has(address)) this.core.outbox.forget(address);
    this.#payloads = this.#participants.map((participant) => participant.payload?.() ?? null);
    for (const address of view.addresses()) {
      if (address !== this.core.address) this.#sendInstalled(address);
    }
    this.#meetIfLearner();
    this.core.releaseHeld();
    this.#completeFlush();
  }

  #sendInstalled(to: Address): void {
    this.#channel.post(to, INSTALLED, this.#view.epoch, this.#payloads);
  }

  #receive(from: Address, message: Message): void {
    const [, kind, epoch, payloads] = message as [number, number, number, readonly unknown[]];
    if (kind === PING) this.#channel.post(from, PONG, 0, 0);
    else if (kind === PONG) this.#answered(from);
    else if (kind === NEED) this.#needed(from, epoch);
    else this.#heardInstalled(from, epoch, payloads);
  }

  #answered(from: Address): void {
    this.#peers.answered(from);
    this.checkCaughtUp();
  }

  #needed(from: Address, epoch: number): void {
    if (epoch === this.#view.epoch) this.#sendInstalled(from);
  }

  #heardInstalled(from: Address, epoch: number, payloads: readonly unknown[]): void {
    if ((this.#installedBy.get(from) ?? 0) >= epoch) return;
    this.#installedBy.set(from, epoch);
    this.#participants.forEach((participant, at) => {
      participant.absorb?.(from, payloads[at]);
    });
    this.#completeFlush();
  }

  /** Members whose `installed` for the present view is not here yet. */
  #missing(): Address[] {
    return this.#view
      .voters()
      .filter((address) => address !== this.core.address && this.#installedBy.get(address) !== this.#view.epoch);
  }

  #completeFlush(): void {
    if (this.#view === NO_VIEW || this.isFlushed || this.#missing().length > 0) return;
    const view = this.#view;
    const before = this.#lastFlushed;
    for (const address of [...this.#installedBy.keys()]) if (!view.has(address)) this.#installedBy.delete(address);
    this.#lastFlushed = view;
    for (const participant of this.#participants) participant.flushed?.(view, before);
    this.#say({ kind: 'flushed', epoch: view.epoch });
    this.checkCaughtUp();
    this.#checkUp();
    if (view.state(this.core.address) === 'leaving') this.#letGo.resolve();
    this.#sayLeft();
  }

  #checkUp(): void {
    if (this.#view !== NO_VIEW && this.isFlushed && !this.isLearner && this.mayAct) this.#up.resolve();
  }

  /** Whether a learner lacks nothing any more, and no member; the services call it when they made progress. */
  checkCaughtUp(): void {
    if (!this.isLearner || !this.isFlushed || this.#lacking() > 0) return;
    if (this.#peers.unreached(this.#otherVoters()).length === 0)
      this.#say({ kind: 'caught-up', epoch: this.#view.epoch });
  }

  #lacking(): number {
    return this.#participants.reduce((sum, participant) => sum + (participant.lacking?.() ?? 0), 0);
  }

  #admit(from: Address): Admission {
    if (this.#view.has(from)) return 'take';
    return incarnationOf(from) > (this.#highest.get(idOf(from)) ?? 0) ? 'hold' : 'refuse';
  }

  #sayAgain(): void {
    if (this.#view === NO_VIEW) this.#say({ kind: 'hello', hash: this.#hash });
    else if (!this.isFlushed && this.core.world.clock.now() - this.#installedAt >= SAY_AGAIN_MS)
      for (const address of this.#missing()) this.#channel.post(address, NEED, this.#view.epoch);
    this.#meetIfLearner();
    this.checkCaughtUp();
    this.#sayLeft();
    for (const [request, { name, count }] of this.#reservations) this.#say({ kind: 'reserve', request, name, count });
  }

  #say(message: ToAuthority): void {
    if (!this.core.closed) this.core.world.transport.send(AUTHORITY_ADDRESS, this.#codec.encode(message));
  }

  /** Takes the authority's frames; everything else goes to the node's channels. */
  #takeAside(from: Address, frame: Uint8Array): boolean {
    if (idOf(from) !== AUTHORITY) return false;
    this.#fromAuthority(this.#codec.decode(frame) as FromAuthority);
    return true;
  }

  /** What a frame says; `isAuthoritys` when one end of it is the authority. */
  describe(frame: Uint8Array, isAuthoritys: boolean): Words[] {
    return isAuthoritys ? [describeAuthority(this.#codec, frame)] : this.core.describe(frame);
  }

  close(): void {
    this.#up.reject(new Closed(`node ${this.core.address}`));
    this.#gone.resolve();
  }
}
