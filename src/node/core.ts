/**
 * One node in any world: mounts channels, routes frames to them, and keeps what all services share (outbox, requests,
 * timers, start and stop order). It knows no service.
 */
import {
  type Address,
  assert,
  Closed,
  type Codec,
  forEachEncoding,
  idOf,
  incarnationOf,
  type NodeId,
} from '../base/index.ts';
import { type Cancel, every, type World } from '../ports/index.ts';
import { type Message, type OpenMessage, Outbox, type PeerSet, type Piece } from './outbox.ts';
import { RequestBook } from './requests.ts';
import type { Describe, Words } from './words.ts';

/** What to do with a frame of a sender: take it, keep it until a view decides, or refuse it. */
export type Admission = 'take' | 'hold' | 'refuse';

type Receive = (from: Address, message: Message) => void;

/** One service's way to its peers. */
export interface Channel {
  /** What each of its messages begins with. */
  readonly number: number;
  /** To one peer or a set. A message to oneself is received at once. */
  post(to: Address | PeerSet, ...content: unknown[]): void;
  /** For hot paths: a whole message, which begins with the channel's number, to other nodes. */
  postWhole(to: PeerSet, message: Message): void;
  /**
   * The message of this channel and this kind that was posted last to exactly these nodes, while it can be lengthened. Whoever adds
   * to it says `lengthened`, once for each part.
   */
  last(to: PeerSet, kind: number): OpenMessage | undefined;
  lengthened(to: PeerSet): void;
}

const MOST_HELD_FRAMES = 10_000;

export class NodeCore {
  readonly address: Address;
  readonly id: NodeId;
  readonly incarnation: number;
  readonly world: World;
  readonly outbox: Outbox;
  readonly requests: RequestBook;
  readonly counters: Record<string, number> = { messagesIn: 0, framesIn: 0, framesHeld: 0, framesRefused: 0 };
  readonly #codec: Codec;
  readonly #channels: Receive[] = [];
  readonly #describe: Describe[] = [];
  readonly #held = new Map<Address, Uint8Array[]>();
  readonly #timers = new Set<Cancel>();
  readonly #stopHooks: (() => void | Promise<void>)[] = [];
  /** Tells whoever watches from outside that this node goes on: with every timer, message, frame sent and turn of a server. */
  readonly beat: () => void;
  #admit: (from: Address) => Admission = () => 'hold';
  #aside: (from: Address, frame: Uint8Array) => boolean = () => false;
  #closed = false;

  constructor(world: World, codec: Codec) {
    this.world = world;
    this.address = world.transport.self;
    this.id = idOf(this.address);
    this.incarnation = incarnationOf(this.address);
    this.#codec = codec;
    const { pulse } = world;
    this.beat = pulse ? () => pulse.beat() : () => undefined;
    this.outbox = new Outbox(world.transport, world.clock, codec, this.beat);
    this.requests = new RequestBook(world.clock);
  }

  /**
   * Begins to take frames; after all services are mounted. `admit` decides about a sender; `aside` takes the frames that
   * are not for the channels (the authority's) and says whether it did.
   */
  listen(admit: (from: Address) => Admission, aside: (from: Address, frame: Uint8Array) => boolean): void {
    this.#admit = admit;
    this.#aside = aside;
    this.world.transport.onFrame((from, frame) => this.#take(from, frame));
    this.world.transport.onLink((peer, open) => {
      if (!open) this.#held.delete(peer);
    });
  }

  /**
   * Opens the next channel. Services are mounted in the same order on every node, so numbers agree. `describe` has the words
   * for what goes over it.
   */
  channel(receive: Receive, describe: Describe): Channel {
    const number = this.#channels.push(receive) - 1;
    this.#describe.push(describe);
    return {
      number,
      post: (to, ...content) => {
        if (to === this.address) receive(this.address, [number, ...content]);
        else this.outbox.post(typeof to === 'string' ? this.outbox.single(to) : to, [number, ...content]);
      },
      postWhole: (to, message) => this.outbox.post(to, message),
      last: (to, kind) => {
        const message = this.outbox.last(to);
        return message !== undefined && message[0] === number && message[1] === kind ? message : undefined;
      },
      lengthened: (to) => this.outbox.lengthened(to),
    };
  }

  #take(from: Address, frame: Uint8Array): void {
    this.beat();
    if (this.#closed || this.#aside(from, frame)) return;
    const admission = this.#admit(from);
    if (admission === 'hold') this.#hold(from, frame);
    else if (admission === 'refuse') this.counters.framesRefused! += 1;
    else this.#route(from, frame);
  }

  /** What a frame between two nodes says; for people, and of any node's frame, as all mount the same. */
  describe(frame: Uint8Array): Words[] {
    const words: Words[] = [];
    this.#eachMessage(frame, (message) => {
      const describe = this.#describe[message[0] as number];
      assert(describe !== undefined, `no channel ${message[0]}`);
      words.push(...[describe(message)].flat());
    });
    return words;
  }

  #hold(from: Address, frame: Uint8Array): void {
    const frames = this.#held.get(from) ?? [];
    if (frames.length >= MOST_HELD_FRAMES) return;
    this.counters.framesHeld! += 1;
    frames.push(frame);
    this.#held.set(from, frames);
  }

  #route(from: Address, frame: Uint8Array): void {
    const traffic = this.outbox.traffic.with(from);
    traffic.framesIn += 1;
    traffic.bytesIn += frame.byteLength;
    this.counters.framesIn! += 1;
    this.counters.messagesIn! += this.#eachMessage(frame, (message) => {
      const receive = this.#channels[message[0] as number];
      assert(receive !== undefined, `no channel ${message[0]}`, { from });
      this.beat();
      receive(from, message);
    });
  }

  /** Decodes a piece when the one before is done with, so that messages die young. Returns how many parts there were in all. */
  #eachMessage(frame: Uint8Array, take: (message: Message) => void): number {
    let all = 0;
    forEachEncoding(frame, (piece) => {
      const [parts, messages] = this.#codec.decode(piece) as Piece;
      all += parts;
      for (const message of messages) take(message);
    });
    return all;
  }

  /** Takes or drops the frames that were held for a decision. */
  releaseHeld(): void {
    for (const [from, frames] of [...this.#held]) {
      const admission = this.#admit(from);
      if (admission === 'hold') continue;
      this.#held.delete(from);
      if (admission === 'take') for (const frame of frames) this.#route(from, frame);
    }
  }

  /** Runs `act` after `ms` unless the node has ended. */
  after(ms: number, act: () => void): Cancel {
    const stop: Cancel = () => {
      this.#timers.delete(stop);
      cancel();
    };
    const cancel = this.world.clock.after(ms, () => {
      this.#timers.delete(stop);
      this.beat();
      act();
    });
    this.#timers.add(stop);
    return stop;
  }

  every(ms: number, act: () => void): Cancel {
    const stop: Cancel = () => {
      this.#timers.delete(stop);
      cancel();
    };
    const cancel = every(this.world.clock, ms, () => {
      this.beat();
      act();
    });
    this.#timers.add(stop);
    return stop;
  }

  onStop(hook: () => void | Promise<void>): void {
    this.#stopHooks.push(hook);
  }

  /** Runs the stop hooks, last registered first; each once. A hook that throws is logged and the rest still run. */
  async runStopHooks(): Promise<void> {
    for (let hook = this.#stopHooks.pop(); hook !== undefined; hook = this.#stopHooks.pop()) {
      try {
        await hook();
      } catch (error) {
        this.world.log.write('error', 'a stop hook failed', { error: String(error) });
      }
    }
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Ends this life: no frame, no timer, no answer afterwards. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.outbox.close();
    for (const cancel of [...this.#timers]) cancel();
    this.requests.rejectAll(new Closed(`node ${this.address}`));
    this.world.transport.close();
  }
}
