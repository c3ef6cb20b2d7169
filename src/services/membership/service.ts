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
  Refused,
} from '../../base/index.ts';
import type { Admission, Channel, Message, NodeCore, Words } from '../../node/index.ts';
import { describeMembership, INSTALLED, NEED } from './messages.ts';
import {
  AUTHORITY_ADDRESS,
  describeAuthority,
  type FromAuthority,
  membershipCodec,
  SAY_AGAIN_MS,
  type ToAuthority,
} from './protocol.ts';
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
}

export class Membership {
  readonly core: NodeCore;
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
  #leaving = false;

  constructor(core: NodeCore, catalogueHash: string) {
    this.core = core;
    this.#hash = catalogueHash;
    this.#channel = core.channel((from, message) => this.#receive(from, message), describeMembership);
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
    this.core.every(SAY_AGAIN_MS, () => this.#sayAgain());
    await this.#up.promise;
  }

  /** Resolves when a view without this node exists. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /**
   * Asks to go; resolves when a view without this node exists. Nothing of this node may be needed any more. It waits for
   * the flush of the view in which this node is leaving: then all that was sent to it as an owner has come.
   */
  async leave(): Promise<void> {
    await Promise.race([this.#letGo.promise, this.#gone.promise]);
    this.#leaving = true;
    this.#say({ kind: 'left' });
    await this.#gone.promise;
  }

  /** A server moved here. */
  reportMove(server: string, from: Address): void {
    this.#say({ kind: 'moved', server, from });
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
    else if (this.#view !== NO_VIEW) this.#gone.resolve();
  }

  #install(view: View): void {
    const before = this.#view;
    for (const address of before.addresses()) {
      if (!view.has(address)) this.core.world.transport.drain(address);
    }
    this.#view = view;
    for (const member of view.members) {
      this.#highest.set(member.id, Math.max(member.incarnation, this.#highest.get(member.id) ?? 0));
    }
    for (const participant of this.#participants) participant.installed?.(view, before);
    for (const address of before.addresses()) if (!view.has(address)) this.core.outbox.forget(address);
    this.#payloads = this.#participants.map((participant) => participant.payload?.() ?? null);
    for (const address of view.addresses()) {
      if (address !== this.core.address) this.#sendInstalled(address);
    }
    this.core.releaseHeld();
    this.#completeFlush();
  }

  #sendInstalled(to: Address): void {
    this.#channel.post(to, INSTALLED, this.#view.epoch, this.#payloads);
  }

  #receive(from: Address, message: Message): void {
    const [, kind, epoch, payloads] = message as [number, number, number, readonly unknown[]];
    if (kind === NEED) {
      if (epoch === this.#view.epoch) this.#sendInstalled(from);
      return;
    }
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
    if (!this.isLearner) this.#up.resolve();
    if (view.state(this.core.address) === 'leaving') this.#letGo.resolve();
  }

  /** Whether a learner lacks nothing any more; the services call it when they made progress. */
  checkCaughtUp(): void {
    if (this.isLearner && this.isFlushed && this.#lacking() === 0)
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
    else if (!this.isFlushed)
      for (const address of this.#missing()) this.#channel.post(address, NEED, this.#view.epoch);
    this.checkCaughtUp();
    if (this.#leaving) this.#say({ kind: 'left' });
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

  /** Refuses work on a node that is no member. */
  assertMember(what: string): void {
    const state = this.#view.state(this.core.address);
    if (state !== 'up' && state !== 'leaving') throw new Refused(`${what}: node ${this.core.id} is not a member yet`);
  }
}
