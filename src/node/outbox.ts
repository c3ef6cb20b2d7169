/**
 * Frames on their way out. Messages written during one turn of the event loop are gathered into frames, each encoded
 * once and sent to every peer of its set. Order per peer is kept: a message joins an open frame only when that frame is
 * the newest for each of its peers.
 */
import type { Address, Codec } from '../base/index.ts';
import type { Clock, Transport } from '../ports/index.ts';

/** A message on the wire: the number of its channel, then what the channel's owner put there. */
export type Message = readonly unknown[];

interface Frame {
  readonly peers: readonly Address[];
  readonly messages: Message[];
}

/** Receivers of one message. Make it once and reuse it: messages to the same set share frames. */
export class PeerSet {
  readonly peers: readonly Address[];
  /** The frame that messages to this set join, while it is the newest for all of them. */
  open: Frame | undefined;
  /** Whether all of them had credit at the flush of this number. */
  credit: { flush: number; all: boolean } = { flush: -1, all: false };

  constructor(peers: readonly Address[]) {
    this.peers = peers;
  }
}

const MOST_MESSAGES = 1_024;
const MOST_FRAMES = 256;

export class Outbox {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #codec: Codec;
  readonly #newest = new Map<Address, Frame>();
  readonly #singles = new Map<Address, PeerSet>();
  readonly #beforeFlush: (() => void)[] = [];
  #frames: Frame[] = [];
  #scheduled = false;
  #closed = false;
  #flushes = 0;
  readonly counters = { messagesOut: 0, framesOut: 0 };

  constructor(transport: Transport, clock: Clock, codec: Codec) {
    this.#transport = transport;
    this.#clock = clock;
    this.#codec = codec;
  }

  /** The set of one peer. */
  single(peer: Address): PeerSet {
    let set = this.#singles.get(peer);
    if (!set) {
      set = new PeerSet([peer]);
      this.#singles.set(peer, set);
    }
    return set;
  }

  post(set: PeerSet, message: Message): void {
    if (set.peers.length === 0 || this.#closed) return;
    this.counters.messagesOut += 1;
    const open = set.open;
    if (open !== undefined && this.#isNewest(open)) {
      open.messages.push(message);
      // A full frame gains nothing by waiting: its receivers can begin.
      if (open.messages.length === MOST_MESSAGES) this.flush();
      return;
    }
    const frame: Frame = { peers: set.peers, messages: [message] };
    set.open = frame;
    for (const peer of set.peers) this.#newest.set(peer, frame);
    this.#frames.push(frame);
    if (this.#frames.length > MOST_FRAMES) this.flush();
    else this.schedule();
  }

  #isNewest(frame: Frame): boolean {
    for (const peer of frame.peers) if (this.#newest.get(peer) !== frame) return false;
    return true;
  }

  /** Makes sure that this turn ends with a flush. */
  schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    this.#clock.turn(() => {
      this.#scheduled = false;
      for (const act of this.#beforeFlush) act();
      this.flush();
    });
  }

  /** Calls `act` before each turn's flush, to add what is gathered per turn (acknowledgements). */
  beforeFlush(act: () => void): void {
    this.#beforeFlush.push(act);
  }

  /** Sends all frames now. */
  flush(): void {
    if (this.#closed) return;
    this.#flushes += 1;
    const frames = this.#frames;
    this.#frames = [];
    this.#newest.clear();
    for (const frame of frames) {
      const bytes = this.#codec.encode(frame.messages);
      this.counters.framesOut += frame.peers.length;
      for (const peer of frame.peers) this.#transport.send(peer, bytes);
    }
  }

  /** Whether a peer may be sent more. Messages since the last flush are not counted. */
  hasCredit(peer: Address): boolean {
    return this.#transport.credit(peer) > 0;
  }

  /** The set without the peers that are out of credit; the very set when there are none. Looked up once per flush. */
  withCredit(set: PeerSet): PeerSet {
    if (set.credit.flush !== this.#flushes) {
      set.credit = { flush: this.#flushes, all: set.peers.every((peer) => this.hasCredit(peer)) };
    }
    return set.credit.all ? set : new PeerSet(set.peers.filter((peer) => this.hasCredit(peer)));
  }

  forget(peer: Address): void {
    this.#singles.delete(peer);
    this.#newest.delete(peer);
  }

  close(): void {
    this.#closed = true;
    this.#frames = [];
  }
}
