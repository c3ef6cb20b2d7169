/**
 * How the nodes know who listens to what: each numbers the changes of its interest and tells all others, who say what they
 * have without a gap and get the whole again when they miss some. So a subscriber can wait until nobody misses it.
 */
import { type Address, type Deferred, deferred, type KeyPart } from '../../base/index.ts';
import { type Channel, DEFAULT_DEADLINE_MS, type Message, type NodeCore, type PeerSet } from '../../node/index.ts';
import { type Membership, SAY_AGAIN_MS, type View } from '../membership/index.ts';
import type { Interest, TopicState } from './interest.ts';
import { HEARD, IGNORE, INTEREST, LISTEN } from './messages.ts';
import type { NumberedTopic } from './topic.ts';

/** Among many nodes that start at once an answer takes long, and to tell all of them again makes it longer. */
const MOST_PATIENCE_MS = 2_400;

export interface AnnouncementsPort {
  readonly core: NodeCore;
  readonly membership: Membership;
  readonly channel: Channel;
  /** By number. */
  readonly topics: readonly NumberedTopic[];
  readonly interest: Interest;
}

export class Announcements {
  readonly #port: AnnouncementsPort;
  /** Grows with each change of what this node listens to. */
  #version = 0;
  /** The version each peer is known to have. */
  readonly #heardBy = new Map<Address, number>();
  /** The version of each peer's interest that is here, without a gap. */
  readonly #known = new Map<Address, number>();
  /** Who was told the whole and has not answered: when, and for how long it is only late. */
  readonly #told = new Map<Address, { readonly at: number; readonly patienceMs: number }>();
  #waiting: { version: number; done: Deferred<void> }[] = [];
  #everybody: PeerSet;

  constructor(port: AnnouncementsPort) {
    this.#port = port;
    this.#everybody = port.core.outbox.among([]);
  }

  /** Those who wait to be heard by all. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Somebody on this node listens to the topic now. */
  listens(state: TopicState): void {
    this.#announce(LISTEN, state);
  }

  /** Nobody on this node listens to the topic any more. */
  ignores(state: TopicState): void {
    this.#announce(IGNORE, state);
  }

  #announce(kind: number, state: TopicState): void {
    this.#version += 1;
    this.#port.channel.post(this.#everybody, kind, this.#version, state.topic, state.parameter);
  }

  /** Resolves when every member has what was announced up to now; at the deadline calls `undo` and rejects. */
  async heardByAll(what: string, undo: () => void): Promise<void> {
    const { requests } = this.#port.core;
    const version = this.#version;
    if (this.#isHeard(version)) return;
    const done = deferred<void>();
    this.#waiting.push({ version, done });
    const request = requests.open<void>(what, DEFAULT_DEADLINE_MS, { strong: true });
    done.promise.then(() => requests.resolve(request.number, undefined));
    try {
      await request.answer.promise;
    } catch (error) {
      this.#waiting = this.#waiting.filter((waiting) => waiting.done !== done);
      undo();
      throw error;
    }
  }

  #isHeard(version: number): boolean {
    const { core, membership } = this.#port;
    return membership.view
      .voters()
      .every((address) => address === core.address || (this.#heardBy.get(address) ?? -1) >= version);
  }

  #settleWaiting(): void {
    if (this.#waiting.length === 0) return;
    const heard = this.#waiting.filter(({ version }) => this.#isHeard(version));
    this.#waiting = this.#waiting.filter((waiting) => !heard.includes(waiting));
    for (const { done } of heard) done.resolve();
  }

  receive(from: Address, message: Message): void {
    const { channel, interest, membership } = this.#port;
    switch (message[1]) {
      case LISTEN:
      case IGNORE: {
        const [, kind, version, topic, parameter] = message as [number, number, number, number, KeyPart];
        if (version !== (this.#known.get(from) ?? Number.NaN) + 1) return;
        this.#known.set(from, version);
        const state = interest.ensure(topic, parameter);
        state.setRemote(from, kind === LISTEN);
        interest.tidy(state);
        channel.post(from, HEARD, version);
        return;
      }
      case INTEREST: {
        const version = message[2] as number;
        if (version < (this.#known.get(from) ?? 0)) return;
        interest.replacePeer(from, message[3] as [number, KeyPart][]);
        this.#known.set(from, version);
        channel.post(from, HEARD, version);
        membership.checkCaughtUp();
        return;
      }
      case HEARD: {
        this.#told.delete(from);
        this.#heardBy.set(from, Math.max(message[2] as number, this.#heardBy.get(from) ?? -1));
        this.#settleWaiting();
      }
    }
  }

  installed(view: View, before: View): void {
    for (const address of before.addresses()) if (!view.has(address)) this.#forget(address);
    const others = view.addresses().filter((address) => address !== this.#port.core.address);
    this.#everybody = this.#port.core.outbox.among(others);
    for (const address of others) if (!before.has(address)) this.#sendInterest(address);
    this.#settleWaiting();
  }

  #forget(address: Address): void {
    this.#port.interest.dropPeer(address);
    this.#heardBy.delete(address);
    this.#known.delete(address);
    this.#told.delete(address);
  }

  #sendInterest(to: Address): void {
    const { channel, core, interest, topics } = this.#port;
    const patienceMs = Math.min(MOST_PATIENCE_MS, 2 * (this.#told.get(to)?.patienceMs ?? SAY_AGAIN_MS / 2));
    this.#told.set(to, { at: core.world.clock.now(), patienceMs });
    const own = interest.own().filter(([topic]) => topics[topic]!.isShared);
    channel.post(to, INTEREST, this.#version, own);
  }

  /** Members whose interest a learner does not have yet. */
  lacking(): number {
    const { core, membership } = this.#port;
    return membership.view.voters().filter((address) => address !== core.address && !this.#known.has(address)).length;
  }

  sayAgain(): void {
    const now = this.#port.core.world.clock.now();
    for (const address of this.#everybody.peers) {
      if ((this.#heardBy.get(address) ?? -1) >= this.#version) continue;
      const told = this.#told.get(address);
      if (told === undefined || now - told.at >= told.patienceMs) this.#sendInterest(address);
    }
  }
}
