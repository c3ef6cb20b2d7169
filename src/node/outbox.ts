/**
 * Frames on their way out. Messages written during one turn of the event loop are gathered into batches, each encoded
 * once for all peers of its set; at the end of the turn every peer gets one frame: its batches, one behind the other.
 * Order per peer is kept: a message joins an open batch only when that batch is the newest for each of its peers.
 *
 * A batch is encoded piece by piece as it fills, so that messages die young: what lives until the end of the turn is taken
 * for old by the garbage collector, which then costs more than all else.
 */
import { type Address, type Codec, joinEncodings } from '../base/index.ts';
import type { Clock, Transport } from '../ports/index.ts';
import { type LinkTraffic, Traffic } from './traffic.ts';

/** A message on the wire: the number of its channel, then what the channel's owner put there. */
export type Message = readonly unknown[];

/** A message that is not encoded yet. */
export type OpenMessage = unknown[];

/** Messages that are encoded together, and how many there would be if none had been lengthened. */
export type Piece = readonly [parts: number, messages: readonly Message[]];

interface Batch {
  readonly set: PeerSet;
  /** What is encoded already, in order. */
  readonly pieces: Uint8Array[];
  /** What came since. */
  messages: Message[];
  /** What is in those, with what they were lengthened by. */
  parts: number;
  /** What there is in all, encoded or not. */
  size: number;
}

/** Receivers of one message. Of `Outbox.among`: the same peers are the same set, so that messages to them share batches. */
export class PeerSet {
  readonly peers: readonly Address[];
  readonly lines: readonly Line[];
  /** The batch that messages to this set join, while it is the newest for all of them. */
  open: Batch | undefined;
  /** Whether all of them had credit at the flush of this number. */
  credit: { flush: number; all: boolean } = { flush: -1, all: false };

  constructor(lines: readonly Line[]) {
    this.peers = lines.map(({ peer }) => peer);
    this.lines = lines;
  }
}

/** What is on its way to one peer. Kept from turn to turn, as tables made anew per turn cost more than what is in them. */
interface Line {
  readonly peer: Address;
  /** The batch that was last begun for it in this turn. */
  newest: Batch | undefined;
  /** The batches of its next frame, encoded. */
  readonly frame: Uint8Array[];
  readonly traffic: LinkTraffic;
}

/** Of a batch, before its receivers may begin with it. */
const MOST_MESSAGES = 1_024;
/**
 * The same for the first frame of a turn to one peer alone; each later one has so many times as many. The peer works on what it has
 * while this node makes the rest, and neither has to be woken in between: with 64 calls under way that is worth half of them.
 */
const FIRST_MESSAGES = 32;
const GROWTH = 4;
/** Messages, or parts of messages, encoded together. */
const PIECE = 64;
/** Batches that wait for the end of the turn. */
const MOST_BATCHES = 1_024;

export class Outbox {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #codec: Codec;
  readonly #beat: () => void;
  readonly #lines = new Map<Address, Line>();
  readonly #singles = new Map<Address, PeerSet>();
  /** Sets of several, by their peers. */
  readonly #sets = new Map<string, PeerSet>();
  readonly #beforeFlush: (() => void)[] = [];
  #batches: Batch[] = [];
  #scheduled = false;
  #closed = false;
  #flushes = 0;
  /** What is enough for the next frame to one peer, in this turn. */
  #enough = FIRST_MESSAGES;
  readonly counters = { messagesOut: 0, framesOut: 0 };
  /** What went to each peer, and what the core took from it. */
  readonly traffic = new Traffic();

  /**
   * `beat` is called with each frame that goes: where cores are few, each may wake a thread that takes the core, so that a turn with
   * many peers takes long and is none the less no sign of a loop that hangs.
   */
  constructor(transport: Transport, clock: Clock, codec: Codec, beat: () => void) {
    this.#transport = transport;
    this.#clock = clock;
    this.#codec = codec;
    this.#beat = beat;
  }

  /** The set of one peer. */
  single(peer: Address): PeerSet {
    let set = this.#singles.get(peer);
    if (!set) {
      set = new PeerSet([this.#lineTo(peer)]);
      this.#singles.set(peer, set);
    }
    return set;
  }

  /** The set of these peers, in whatever order they come. */
  among(peers: readonly Address[]): PeerSet {
    if (peers.length === 1) return this.single(peers[0]!);
    const sorted = [...peers].sort();
    const key = sorted.join(' ');
    let set = this.#sets.get(key);
    if (!set) {
      set = new PeerSet(sorted.map((peer) => this.#lineTo(peer)));
      this.#sets.set(key, set);
    }
    return set;
  }

  #lineTo(peer: Address): Line {
    let line = this.#lines.get(peer);
    if (!line) {
      line = { peer, newest: undefined, frame: [], traffic: this.traffic.with(peer) };
      this.#lines.set(peer, line);
    }
    return line;
  }

  post(set: PeerSet, message: Message): void {
    if (set.peers.length === 0 || this.#closed) return;
    this.counters.messagesOut += 1;
    const open = set.open;
    if (open !== undefined && this.#isNewest(open)) {
      this.#join(open, message);
      return;
    }
    const batch: Batch = { set, pieces: [], messages: [message], parts: 1, size: 1 };
    set.open = batch;
    for (const line of set.lines) line.newest = batch;
    this.#batches.push(batch);
    if (this.#batches.length >= MOST_BATCHES) this.flush();
    else this.schedule();
  }

  #join(batch: Batch, message: Message): void {
    batch.messages.push(message);
    this.#count(batch);
  }

  /**
   * The message that was posted last to this set, while it can still be lengthened: until it is encoded, or one of these peers is
   * sent something else. One long message costs less than many that begin alike. Who adds to it calls `lengthened`.
   */
  last(set: PeerSet): OpenMessage | undefined {
    const open = set.open;
    if (open === undefined || open.parts === 0 || !this.#isNewest(open)) return undefined;
    return open.messages[open.messages.length - 1] as OpenMessage;
  }

  /** One part was added to `last(set)`. */
  lengthened(set: PeerSet): void {
    this.counters.messagesOut += 1;
    this.#count(set.open!);
  }

  #count(batch: Batch): void {
    batch.parts += 1;
    batch.size += 1;
    if (batch.parts === PIECE) this.#encode(batch);
    if (batch.size < (batch.set.lines.length === 1 ? this.#enough : MOST_MESSAGES)) return;
    this.#enough = Math.min(GROWTH * this.#enough, MOST_MESSAGES);
    if (batch.size === MOST_MESSAGES) this.flush();
    else this.#sendAll();
  }

  #encode(batch: Batch): void {
    if (batch.parts === 0) return;
    batch.pieces.push(this.#codec.encode([batch.parts, batch.messages] satisfies Piece));
    batch.messages = [];
    batch.parts = 0;
  }

  #isNewest(batch: Batch): boolean {
    for (const line of batch.set.lines) if (line.newest !== batch) return false;
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
      this.#enough = FIRST_MESSAGES;
    });
  }

  /** Calls `act` before each turn's flush, to add what is gathered per turn (acknowledgements). */
  beforeFlush(act: () => void): void {
    this.#beforeFlush.push(act);
  }

  /** Sends all that was posted, now. */
  flush(): void {
    this.#flushes += 1;
    this.#sendAll();
  }

  #sendAll(): void {
    if (this.#closed) return;
    const batches = this.#batches;
    this.#batches = [];
    const lines: Line[] = [];
    for (const batch of batches) {
      this.#encode(batch);
      batch.set.open = undefined;
      const bytes = joinEncodings(batch.pieces);
      for (const line of batch.set.lines) {
        line.newest = undefined;
        if (line.frame.push(bytes) === 1) lines.push(line);
      }
    }
    for (const { peer, frame, traffic } of lines) {
      const whole = joined(frame);
      this.counters.framesOut += 1;
      traffic.framesOut += 1;
      traffic.bytesOut += whole.byteLength;
      this.#beat();
      this.#transport.send(peer, whole);
      frame.length = 0;
    }
  }

  /** Whether a peer may be sent more. Messages since the last flush are not counted. */
  hasCredit(peer: Address): boolean {
    return this.#transport.credit(peer) > 0;
  }

  /**
   * The set without the peers that are out of credit; the very set when there are none. Looked up once per flush: whoever found
   * credit may say what it has to say in this turn, up to a full batch.
   */
  withCredit(set: PeerSet): PeerSet {
    if (set.credit.flush !== this.#flushes) {
      set.credit = { flush: this.#flushes, all: set.peers.every((peer) => this.hasCredit(peer)) };
    }
    return set.credit.all ? set : this.among(set.peers.filter((peer) => this.hasCredit(peer)));
  }

  forget(peer: Address): void {
    this.#singles.delete(peer);
    this.#lines.delete(peer);
    this.traffic.forget(peer);
    for (const [key, { peers }] of this.#sets) if (peers.includes(peer)) this.#sets.delete(key);
  }

  close(): void {
    this.#closed = true;
    this.#batches = [];
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const whole = new Uint8Array(pieces.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}
