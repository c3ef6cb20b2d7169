/**
 * The transport between threads: a MessagePort per pair of addresses for the direct lane, one BroadcastChannel per
 * cluster for the broadcast lane. It keeps faults, credit and the contract of `Transport`; who is linked with whom is
 * decided by the host, which hands the ends of links in through `attach` or the wiring port.
 *
 * A frame is copied once by the sender and then transferred: structured clone would copy it twice, and would copy the
 * whole pool behind a small view.
 */
import { BroadcastChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Address } from '../../base/index.ts';
import { type Clock, type Lane, type LinkFault, type Transport, verdictOn } from '../../ports/index.ts';
import { DelayLine } from './delay-line.ts';
import { CREDIT_WINDOW, countSent, countTaken, type LinkEnd, outstanding } from './link.ts';

type Receive = (from: Address, frame: Uint8Array, lane: Lane) => void;

interface Link extends LinkEnd {
  /** Frames a fault holds back before they are posted. */
  readonly line: DelayLine;
}

interface BroadcastMessage {
  readonly from: Address;
  readonly frame: Uint8Array;
}

export interface ThreadsTransportOptions {
  readonly self: Address;
  /** The name of the cluster's BroadcastChannel; unique in the process. */
  readonly channel: string;
  readonly clock: Clock;
  /** Where the host posts the ends of links to lives that start later than this one. */
  readonly wiring?: MessagePort | undefined;
}

export class ThreadsTransport implements Transport {
  readonly self: Address;
  readonly #clock: Clock;
  readonly #channel: BroadcastChannel;
  readonly #wiring: MessagePort | undefined;
  #faults: readonly LinkFault[] = [];
  readonly #links = new Map<Address, Link>();
  /** Broadcast frames that a fault holds back at their receiver, by sender. */
  readonly #broadcastLines = new Map<Address, DelayLine>();
  /** Broadcasts that came before there was a receiver; undefined once they are delivered. */
  #early: BroadcastMessage[] | undefined = [];
  #receive: Receive | undefined;
  #changed: ((peer: Address, open: boolean) => void) | undefined;
  #closed = false;

  constructor({ self, channel, clock, wiring }: ThreadsTransportOptions) {
    this.self = self;
    this.#clock = clock;
    this.#wiring = wiring;
    this.#channel = new BroadcastChannel(channel);
    this.#channel.onmessage = (event) => this.#onBroadcast((event as { data: BroadcastMessage }).data);
    this.#channel.unref();
    wiring?.on('message', (end: LinkEnd) => this.attach(end));
    wiring?.unref();
  }

  /** Takes one end of a link. Frames are read from it once there is a receiver; until then they wait in the port. */
  attach(end: LinkEnd): void {
    if (this.#closed) {
      end.port.close();
      return;
    }
    this.detach(end.peer);
    const line = new DelayLine(this.#clock, (frame) => post(end, frame));
    this.#links.set(end.peer, { ...end, line });
    end.port.on('close', () => this.#forget(end.peer, end.port));
    end.port.unref();
    if (this.#receive) this.#open(end);
    this.#changed?.(end.peer, true);
  }

  /** Ends the link to a peer; what it sent and was not read yet is lost. */
  detach(peer: Address): void {
    const link = this.#links.get(peer);
    if (!link) return;
    link.port.close();
    this.#forget(peer, link.port);
  }

  get faults(): readonly LinkFault[] {
    return this.#faults;
  }

  /** Replaces the rules for what this address sends directly and what it receives by broadcast. */
  setFaults(rules: readonly LinkFault[]): void {
    this.#faults = [...rules];
    for (const [peer, { line }] of this.#links) {
      if (verdictOn(this.#faults, this.self, peer, 'direct')?.kind === 'drop') line.clear();
    }
    for (const [peer, line] of this.#broadcastLines) {
      if (verdictOn(this.#faults, peer, this.self, 'broadcast')?.kind === 'drop') line.clear();
    }
  }

  send(to: Address, frame: Uint8Array): void {
    const link = this.#linkTo(to);
    if (!link) return;
    const verdict = verdictOn(this.#faults, this.self, to, 'direct');
    if (verdict?.kind === 'drop') return;
    if (verdict || !link.line.empty) link.line.push(frame, verdict?.ms ?? 0);
    else post(link, frame);
  }

  broadcast(frame: Uint8Array): void {
    if (this.#closed) return;
    const message: BroadcastMessage = { from: this.self, frame: exactly(frame) };
    this.#channel.postMessage(message);
  }

  onFrame(receive: Receive): void {
    const first = this.#receive === undefined;
    this.#receive = receive;
    if (!first || this.#closed) return;
    for (const link of this.#links.values()) this.#open(link);
    this.#clock.turn(() => this.#deliverEarly());
  }

  onLink(changed: (peer: Address, open: boolean) => void): void {
    this.#changed = changed;
  }

  credit(to: Address): number {
    const link = this.#linkTo(to);
    return link ? CREDIT_WINDOW - outstanding(link.credits) - link.line.bytes : 0;
  }

  drain(peer: Address): void {
    const link = this.#linkTo(peer);
    if (!link) return;
    for (;;) {
      const received = receiveMessageOnPort(link.port) as { message: Uint8Array } | undefined;
      if (!received) break;
      this.#onDirect(link, received.message);
    }
    this.detach(peer);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#early = undefined;
    this.#channel.onmessage = () => {};
    this.#channel.close();
    this.#wiring?.close();
    for (const { port, line } of this.#links.values()) {
      line.clear();
      port.close();
    }
    for (const line of this.#broadcastLines.values()) line.clear();
    this.#links.clear();
    this.#broadcastLines.clear();
  }

  /**
   * The link to a peer. An end that the host has posted already counts as attached even if this thread has not come
   * round to it: a view that names a new node may be handled before the wiring message that was posted long before.
   */
  #linkTo(peer: Address): Link | undefined {
    const link = this.#links.get(peer);
    if (link || !this.#wiring || this.#closed) return link;
    for (;;) {
      const received = receiveMessageOnPort(this.#wiring) as { message: LinkEnd } | undefined;
      if (!received) return this.#links.get(peer);
      this.attach(received.message);
    }
  }

  #open(end: LinkEnd): void {
    end.port.on('message', (frame: Uint8Array) => this.#onDirect(end, frame));
    end.port.unref();
  }

  #onDirect({ peer, credits }: LinkEnd, frame: Uint8Array): void {
    if (this.#closed || !this.#links.has(peer)) return;
    try {
      this.#receive?.(peer, frame, 'direct');
    } finally {
      countTaken(credits, frame.byteLength);
    }
  }

  #onBroadcast(message: BroadcastMessage): void {
    if (this.#closed) return;
    const { from, frame } = message;
    const verdict = verdictOn(this.#faults, from, this.self, 'broadcast');
    if (verdict?.kind === 'drop') return;
    const line = this.#broadcastLines.get(from);
    if (verdict || (line && !line.empty)) this.#broadcastLine(from).push(frame, verdict?.ms ?? 0);
    else this.#deliverBroadcast(message);
  }

  #broadcastLine(from: Address): DelayLine {
    let line = this.#broadcastLines.get(from);
    if (!line) {
      line = new DelayLine(this.#clock, (frame) => this.#deliverBroadcast({ from, frame }));
      this.#broadcastLines.set(from, line);
    }
    return line;
  }

  #deliverBroadcast(message: BroadcastMessage): void {
    if (this.#closed) return;
    if (this.#early) this.#early.push(message);
    else this.#receive?.(message.from, message.frame, 'broadcast');
  }

  #deliverEarly(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const message of early) this.#deliverBroadcast(message);
  }

  #forget(peer: Address, port: MessagePort): void {
    const link = this.#links.get(peer);
    if (!link || link.port !== port) return;
    this.#links.delete(peer);
    link.line.clear();
    this.#broadcastLines.get(peer)?.clear();
    this.#broadcastLines.delete(peer);
    this.#changed?.(peer, false);
  }
}

function post({ port, credits }: LinkEnd, frame: Uint8Array): void {
  const copy = new Uint8Array(frame);
  countSent(credits, copy.byteLength);
  port.postMessage(copy, [copy.buffer]);
}

/** The frame itself if it is all of its buffer, else a copy of just its bytes. */
function exactly(frame: Uint8Array): Uint8Array {
  return frame.byteLength === frame.buffer.byteLength ? frame : new Uint8Array(frame);
}
