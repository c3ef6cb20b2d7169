/**
 * Publish and subscribe on a node. A message goes only where somebody listens (P3), on the one ordered stream per pair of
 * nodes (P2); who is out of credit misses it, and is told how much. How the nodes know who listens is announcements.ts.
 */
import {
  type Address,
  copyPlain,
  deferred,
  describeError,
  freezePlain,
  InvalidValue,
  idOf,
  type KeyPart,
  type NodeId,
} from '../../base/index.ts';
import type { Channel, Message, NodeCore, OpenMessage, PeerSet } from '../../node/index.ts';
import type { Declaration } from '../declaration.ts';
import { type FlushParticipant, type Membership, SAY_AGAIN_MS, type View } from '../membership/index.ts';
import { Announcements } from './announcements.ts';
import { Interest, type LocalSubscription, type TopicState } from './interest.ts';
import { describePubSub, FIRST_PUBLISHED, GAP, PUBLISH } from './messages.ts';
import {
  type Handler,
  type MessageInfo,
  type NumberedTopic,
  numbered,
  type SubscribeOptions,
  type TopicDeclaration,
  type TopicRef,
} from './topic.ts';

export interface SubscriptionHandle {
  unsubscribe(): void;
}

export class PubSub implements FlushParticipant {
  readonly #core: NodeCore;
  readonly #membership: Membership;
  readonly #channel: Channel;
  readonly #topics: readonly NumberedTopic[];
  readonly #byDeclaration = new Map<Declaration, NumberedTopic>();
  /** The topic that was asked for last. */
  #lastDeclaration: Declaration | undefined;
  #lastTopic: NumberedTopic | undefined;
  readonly #interest: Interest;
  readonly #announcements: Announcements;
  readonly #handles = new WeakMap<SubscriptionHandle, LocalSubscription>();
  /** Topics of which some peer has missed messages without being told. */
  readonly #gaps = new Set<TopicState>();
  /** Subscription, message, subscription, message, …: what is delivered here at the end of this stretch of code. */
  #deliveries: unknown[] = [];
  readonly #infos = new Map<Address, MessageInfo>();
  readonly counters = { published: 0, delivered: 0, publishDropped: 0, handlerErrors: 0 };

  constructor(core: NodeCore, membership: Membership, topics: readonly Declaration[]) {
    this.#core = core;
    this.#membership = membership;
    this.#topics = (topics as readonly TopicDeclaration[]).map(numbered);
    topics.forEach((declaration, number) => {
      this.#byDeclaration.set(declaration, this.#topics[number]!);
    });
    this.#interest = new Interest(topics.length, (peers) => core.outbox.among(peers));
    this.#channel = core.channel(
      (from, message) => this.#receive(from, message),
      (message) => describePubSub(message, this.#topics),
    );
    this.#announcements = new Announcements({
      core,
      membership,
      channel: this.#channel,
      topics: this.#topics,
      interest: this.#interest,
    });
    membership.participate(this);
    core.every(SAY_AGAIN_MS, () => this.#sayAgain());
  }

  get pending(): number {
    return this.#announcements.waiting;
  }

  async subscribe<M>(
    ref: TopicRef<M>,
    handler: Handler<M>,
    options: SubscribeOptions = {},
  ): Promise<SubscriptionHandle> {
    const { number, name, isShared } = this.#topicOf(ref);
    const what = `subscribe to ${name}`;
    if (isShared) this.#membership.assertPrimary(what);
    const state = this.#interest.ensure(number, ref.parameter);
    const subscription: LocalSubscription = {
      handler: handler as Handler<unknown>,
      onGap: options.onGap,
      active: true,
    };
    state.local = [...state.local, subscription];
    const handle: SubscriptionHandle = { unsubscribe: () => this.#unsubscribe(state, subscription) };
    this.#handles.set(handle, subscription);
    if (isShared) {
      if (state.local.length === 1) this.#announcements.listens(state);
      await this.#announcements.heardByAll(what, () => handle.unsubscribe());
    }
    return handle;
  }

  #unsubscribe(state: TopicState, subscription: LocalSubscription): void {
    if (!subscription.active) return;
    subscription.active = false;
    state.local = state.local.filter((other) => other !== subscription);
    if (state.local.length === 0 && this.#topics[state.topic]!.isShared) this.#announcements.ignores(state);
    this.#interest.tidy(state);
  }

  broadcast<M>(ref: TopicRef<M>, message: M, except?: SubscriptionHandle): boolean {
    const topic = this.#topicOf(ref);
    const state = this.#interest.find(topic.number, ref.parameter);
    if (state !== undefined && state.local.length === 0 && this.#lengthen(topic, state, message)) return true;
    const value = this.#check(topic, message);
    this.counters.published += 1;
    if (!state) return true;
    if (topic.forOneNode) return this.#toOneNode(topic, state, value, except);
    this.#deliverLocal(state, value, except);
    if (!topic.isShared) return true;
    return this.#send(topic, state.peers, state, value);
  }

  localBroadcast<M>(ref: TopicRef<M>, message: M): void {
    const topic = this.#topicOf(ref);
    const state = this.#interest.find(topic.number, ref.parameter);
    const value = this.#check(topic, message);
    if (state) this.#deliverLocal(state, value);
  }

  directBroadcast<M>(to: NodeId, ref: TopicRef<M>, message: M): boolean {
    const topic = this.#topicOf(ref);
    const value = this.#check(topic, message);
    const state = this.#interest.find(topic.number, ref.parameter);
    if (to === this.#core.id) {
      if (state) this.#deliverLocal(state, value);
      return true;
    }
    const address = this.#membership.view.addressFor(to);
    if (!address) throw new InvalidValue(`direct broadcast on ${topic.name}`, `no member is called ${to}`);
    if (!state?.remote.has(address)) return true;
    return this.#send(topic, this.#core.outbox.single(address), state, value);
  }

  #toOneNode(topic: NumberedTopic, state: TopicState, value: unknown, except: SubscriptionHandle | undefined): boolean {
    const nodes = state.local.length > 0 ? [this.#core.address, ...state.peers.peers] : state.peers.peers;
    const chosen = nodes[state.turn++ % Math.max(1, nodes.length)];
    if (chosen === undefined) return true;
    if (chosen !== this.#core.address) return this.#send(topic, this.#core.outbox.single(chosen), state, value);
    this.#deliverLocal(state, value, except);
    return true;
  }

  /**
   * Adds the message to the last one where that is all there is to do, which is the usual case by far; says whether it did. All
   * who are to hear it are then those who were sent the last one: of a topic for one node that is so only where there is one.
   */
  #lengthen(topic: NumberedTopic, state: TopicState, message: unknown): boolean {
    const { peers } = state;
    if (this.#gaps.size > 0 || this.#core.outbox.withCredit(peers) !== peers) return false;
    const last = this.#lastOf(state, peers);
    if (last === undefined || !topic.fields.spreadIfFits(message, last)) return false;
    this.#channel.lengthened(peers);
    this.counters.published += 1;
    return true;
  }

  /** What these peers were sent last, if that is of the same topic and can be lengthened. */
  #lastOf(state: TopicState, peers: PeerSet): OpenMessage | undefined {
    const last = this.#channel.last(peers, PUBLISH);
    return last !== undefined && last[2] === state.topic && last[3] === state.parameter ? last : undefined;
  }

  #send({ fields }: NumberedTopic, peers: PeerSet, state: TopicState, value: unknown): boolean {
    if (peers.peers.length === 0) return true;
    const out = this.#core.outbox.withCredit(peers);
    if (out !== peers) this.#dropped(state, peers, out);
    if (this.#gaps.size > 0) this.#tellGaps(state, out);
    const last = this.#lastOf(state, out);
    if (last !== undefined) {
      fields.spread(value, last);
      this.#channel.lengthened(out);
    } else {
      const message = [this.#channel.number, PUBLISH, state.topic, state.parameter];
      fields.spread(value, message);
      this.#channel.postWhole(out, message);
    }
    return out === peers;
  }

  #dropped(state: TopicState, wanted: PeerSet, sent: PeerSet): void {
    for (const peer of wanted.peers) {
      if (sent.peers.includes(peer)) continue;
      this.counters.publishDropped += 1;
      state.missedBy.set(peer, (state.missedBy.get(peer) ?? 0) + 1);
      this.#gaps.add(state);
    }
  }

  /** Tells peers what they missed of a topic, before the next message of it. */
  #tellGaps(state: TopicState, peers: PeerSet): void {
    for (const peer of peers.peers) {
      const missed = state.missedBy.get(peer);
      if (missed === undefined) continue;
      state.missedBy.delete(peer);
      this.#channel.post(peer, GAP, state.topic, state.parameter, missed);
    }
    if (state.missedBy.size === 0) this.#gaps.delete(state);
  }

  /** Resolves when every link has credit. */
  async drained(): Promise<void> {
    const full = (): boolean =>
      this.#membership.view
        .addresses()
        .some((peer) => peer !== this.#core.address && !this.#core.outbox.hasCredit(peer));
    while (full() && !this.#core.closed) {
      const wait = deferred<void>();
      this.#core.after(1, () => wait.resolve());
      await wait.promise;
    }
  }

  #deliverLocal(state: TopicState, message: unknown, except?: SubscriptionHandle): void {
    const skip = except && this.#handles.get(except);
    for (const subscription of state.local) {
      if (subscription === skip) continue;
      if (this.#deliveries.length === 0) queueMicrotask(() => this.#deliverQueued());
      this.#deliveries.push(subscription, message);
    }
  }

  #deliverQueued(): void {
    const deliveries = this.#deliveries;
    this.#deliveries = [];
    const info = this.#infoOf(this.#core.address);
    for (let at = 0; at < deliveries.length; at += 2) {
      this.#handle(deliveries[at] as LocalSubscription, deliveries[at + 1], info);
    }
  }

  #infoOf(from: Address): MessageInfo {
    let info = this.#infos.get(from);
    if (!info) {
      info = Object.freeze({ origin: idOf(from) });
      this.#infos.set(from, info);
    }
    return info;
  }

  #handle(subscription: LocalSubscription, message: unknown, info: MessageInfo): void {
    if (!subscription.active || this.#core.closed) return;
    this.counters.delivered += 1;
    this.#core.beat();
    try {
      const result: unknown = subscription.handler(message, info);
      if (result instanceof Promise) result.catch((error) => this.#handlerFailed(error));
    } catch (error) {
      this.#handlerFailed(error);
    }
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#handlerFailed(error);
    }
  }

  #handlerFailed(error: unknown): void {
    this.counters.handlerErrors += 1;
    this.#core.world.log.write('error', 'a subscriber failed', {
      error: describeError(error),
    });
  }

  #receive(from: Address, message: Message): void {
    switch (message[1]) {
      case PUBLISH: {
        const state = this.#interest.find(message[2] as number, message[3] as KeyPart);
        if (state) this.#deliver(state, message, from);
        return;
      }
      case GAP: {
        const [, , topic, parameter, missed] = message as [number, number, number, KeyPart, number];
        const gap = { origin: idOf(from), missed };
        for (const { onGap } of this.#interest.find(topic, parameter)?.local ?? []) this.#guard(() => onGap?.(gap));
        return;
      }
      default:
        this.#announcements.receive(from, message);
    }
  }

  /** What was published on one topic in a row. */
  #deliver(state: TopicState, message: Message, from: Address): void {
    const info = this.#infoOf(from);
    const { count, gather } = this.#topics[state.topic]!.fields;
    for (let at = FIRST_PUBLISHED; at < message.length; at += count) {
      const value = gather(message, at);
      if (this.#core.world.freezeValues) freezePlain(value);
      for (const subscription of state.local) this.#handle(subscription, value, info);
    }
  }

  installed(view: View, before: View): void {
    for (const address of before.addresses()) if (!view.has(address)) this.#infos.delete(address);
    this.#announcements.installed(view, before);
  }

  lacking(): number {
    return this.#announcements.lacking();
  }

  #sayAgain(): void {
    for (const state of [...this.#gaps]) this.#tellGaps(state, this.#core.outbox.withCredit(state.peers));
    this.#announcements.sayAgain();
  }

  #topicOf(ref: TopicRef<unknown> | undefined): NumberedTopic {
    const declaration = ref?.topic as Declaration | undefined;
    if (declaration !== undefined && declaration === this.#lastDeclaration) return this.#lastTopic!;
    if (declaration === undefined)
      throw new InvalidValue('topic', 'expected a topic as its declaration gives it: call it, like news() or room(12)');
    const topic = this.#byDeclaration.get(declaration);
    if (topic === undefined) {
      throw new InvalidValue(`topic ${declaration.name}`, 'it is not among the declarations the app uses');
    }
    this.#lastDeclaration = declaration;
    this.#lastTopic = topic;
    return topic;
  }

  #check(topic: NumberedTopic, message: unknown): unknown {
    const value = topic.check(message);
    const own = topic.untyped ? copyPlain(`message on ${topic.name}`, value) : value;
    return this.#core.world.freezeValues ? freezePlain(own) : own;
  }
}
