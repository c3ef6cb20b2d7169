/**
 * Who listens to what: this node's subscriptions and the other nodes' interest, by topic and parameter. State only:
 * it sends nothing.
 */
import type { Address, KeyPart } from '../../base/index.ts';
import type { PeerSet } from '../../node/index.ts';
import type { Gap, Handler } from './topic.ts';

export interface LocalSubscription {
  readonly handler: Handler<unknown>;
  readonly onGap: ((gap: Gap) => void) | undefined;
  active: boolean;
}

/** Makes a set of peers to send to. */
type Among = (peers: readonly Address[]) => PeerSet;

/** One topic as this node sees it. */
export class TopicState {
  readonly topic: number;
  readonly parameter: KeyPart;
  local: LocalSubscription[] = [];
  readonly remote = new Set<Address>();
  /** Messages dropped for a peer that it has not been told of. */
  readonly missedBy = new Map<Address, number>();
  #peers: PeerSet | undefined;
  /** Where the next message for one node of the cluster goes. */
  turn = 0;
  readonly #among: Among;

  constructor(topic: number, parameter: KeyPart, among: Among) {
    this.topic = topic;
    this.parameter = parameter;
    this.#among = among;
  }

  get peers(): PeerSet {
    this.#peers ??= this.#among([...this.remote]);
    return this.#peers;
  }

  setRemote(peer: Address, interested: boolean): void {
    if (this.remote.has(peer) === interested) return;
    if (interested) this.remote.add(peer);
    else {
      this.remote.delete(peer);
      this.missedBy.delete(peer);
    }
    this.#peers = undefined;
  }

  get idle(): boolean {
    return this.local.length === 0 && this.remote.size === 0;
  }
}

export class Interest {
  readonly #topics: Map<KeyPart, TopicState>[];
  /** What was found last: whoever publishes mostly does so on one topic for a while. */
  #found: TopicState | undefined;
  readonly #among: Among;

  constructor(topics: number, among: Among) {
    this.#among = among;
    this.#topics = Array.from({ length: topics }, () => new Map());
  }

  find(topic: number, parameter: KeyPart): TopicState | undefined {
    const found = this.#found;
    if (found !== undefined && found.topic === topic && found.parameter === parameter) return found;
    this.#found = this.#topics[topic]?.get(parameter);
    return this.#found;
  }

  ensure(topic: number, parameter: KeyPart): TopicState {
    const states = this.#topics[topic]!;
    let state = states.get(parameter);
    if (!state) {
      state = new TopicState(topic, parameter, this.#among);
      states.set(parameter, state);
    }
    return state;
  }

  /** Forgets a topic nobody listens to. */
  tidy(state: TopicState): void {
    if (!state.idle) return;
    this.#topics[state.topic]!.delete(state.parameter);
    this.#found = undefined;
  }

  *all(): IterableIterator<TopicState> {
    for (const states of this.#topics) yield* states.values();
  }

  /** What this node listens to, as it crosses the wire. */
  own(): [number, KeyPart][] {
    return [...this.all()].filter((state) => state.local.length > 0).map((state) => [state.topic, state.parameter]);
  }

  dropPeer(peer: Address): void {
    for (const state of [...this.all()]) {
      state.setRemote(peer, false);
      this.tidy(state);
    }
  }

  replacePeer(peer: Address, topics: readonly (readonly [number, KeyPart])[]): void {
    this.dropPeer(peer);
    for (const [topic, parameter] of topics) this.ensure(topic, parameter).setRemote(peer, true);
  }
}
