/**
 * The simulated network: frames between parties, first in first out per sender, receiver and lane, with seeded latency and
 * faults as verdicts. It has no clock of its own; the scheduler does. A crash loses a seeded part of what was under way.
 */
import { type Address, hashText, idOf, integerBetween, mix, type NodeId, type RandomSource } from '../../base/index.ts';
import { faultOn, type Lane, type LinkFault, type Transport } from '../../ports/index.ts';
import type { Scheduler } from './scheduler.ts';

interface Flight {
  readonly frame: Uint8Array;
  readonly lane: Lane;
  readonly sentAt: number;
  /** The rule that delays it. */
  readonly delayedBy: LinkFault | undefined;
  state: 'flying' | 'landed' | 'lost';
}

interface Link {
  readonly from: Address;
  readonly to: Address;
  readonly flights: Flight[];
  readonly latest: Record<Lane, number>;
  bytes: number;
  /** The rules that hold for it now, by lane. */
  faults: Readonly<Record<Lane, LinkFault | undefined>>;
}

/** Links to one party, by who sends. */
type Incoming = Map<Address, Link>;

interface Party {
  receive: ((from: Address, frame: Uint8Array, lane: Lane) => void) | undefined;
  linked: ((peer: Address, open: boolean) => void) | undefined;
  /** What came before there was a receiver; it counts against its sender's credit until it is taken. */
  readonly waiting: { from: Address; frame: Uint8Array; lane: Lane; link: Link }[];
  /** Peers whose links were drained: nothing of theirs is delivered any more. */
  readonly closed: Set<Address>;
}

/** One line of what happened on the network. A frame has one: where it ended. */
export interface TraceLine {
  readonly at: number;
  /** `drop`: by a fault. `lost`: for any other reason. */
  readonly what: 'deliver' | 'drop' | 'lost' | 'crash' | 'attach';
  readonly from: Address;
  readonly to: Address | '*';
  readonly lane: Lane | '-';
  readonly bytes: number;
  /** 0 for what was lost. */
  readonly hash: number;
  readonly sentAt: number;
  /** The rule that dropped or delayed it. */
  readonly fault: LinkFault | undefined;
  /** Why it was lost. */
  readonly why: Loss | undefined;
  /** The frame's bytes, for who wants to tell what it said; nobody may change them. */
  readonly frame: Uint8Array;
}

export type Loss =
  | 'its sender crashed'
  | 'its receiver crashed'
  | 'its receiver was gone'
  | 'its sender was dropped from the view';

/** A digest of everything that happened so far, and how much that was. */
export interface Tally {
  digest: number;
  /** Frames delivered. */
  deliveries: number;
}

const NOTHING = new Uint8Array();
const WINDOW = 8 * 1024 * 1024;
const FASTEST_US = 50;
const SLOWEST_US = 800;

export class Network {
  readonly #scheduler: Scheduler;
  readonly #random: RandomSource;
  readonly #parties = new Map<Address, Party>();
  readonly #links = new Map<Address, Incoming>();
  readonly #hashes = new Map<string, number>();
  #faults: readonly LinkFault[] = [];
  /** The most bytes of a frame that gets through, by link of two nodes; nobody is told of what does not. */
  readonly #largest = new Map<string, number>();
  readonly tally: Tally = { digest: 0, deliveries: 0 };
  /** Told of everything that happens, in order. */
  onTrace: ((line: TraceLine) => void) | undefined;

  constructor(scheduler: Scheduler, random: RandomSource) {
    this.#scheduler = scheduler;
    this.#random = random;
  }

  /** What a new rule drops is lost from what is under way, too. */
  setFaults(faults: readonly LinkFault[]): void {
    this.#faults = faults;
    for (const incoming of this.#links.values()) {
      for (const link of incoming.values()) {
        link.faults = this.#faultsOn(link.from, link.to);
        if (link.flights.length > 0) this.#dropFlights(link);
      }
    }
  }

  /** From now on the link loses frames of more than `bytes`; with Infinity none. */
  setLargestFrame(from: NodeId, to: NodeId, bytes: number): void {
    if (bytes === Number.POSITIVE_INFINITY) this.#largest.delete(`${from} ${to}`);
    else this.#largest.set(`${from} ${to}`, bytes);
  }

  #isTooLarge(from: Address, to: Address, frame: Uint8Array): boolean {
    if (this.#largest.size === 0) return false;
    return frame.byteLength > (this.#largest.get(`${idOf(from)} ${idOf(to)}`) ?? Number.POSITIVE_INFINITY);
  }

  #dropFlights(link: Link): void {
    for (const flight of [...link.flights]) {
      const fault = link.faults[flight.lane];
      if (fault?.verdict.kind !== 'drop') continue;
      this.#end(link, flight, 'lost');
      this.#trace('drop', link, flight, fault);
    }
  }

  #faultsOn(from: Address, to: Address): Link['faults'] {
    return {
      direct: faultOn(this.#faults, from, to, 'direct'),
      broadcast: faultOn(this.#faults, from, to, 'broadcast'),
    };
  }

  attach(self: Address): Transport {
    const party: Party = { receive: undefined, linked: undefined, waiting: [], closed: new Set() };
    this.#parties.set(self, party);
    this.#traceParty('attach', self);
    for (const peer of this.#parties.keys()) if (peer !== self) this.#tellLink(peer, self, true);
    return {
      self,
      send: (to, frame) => this.#send(self, to, frame, 'direct'),
      broadcast: (frame) => {
        for (const to of [...this.#parties.keys()]) if (to !== self) this.#send(self, to, frame, 'broadcast');
      },
      onFrame: (receive) => {
        party.receive = receive;
        const waiting = party.waiting.splice(0);
        if (waiting.length === 0) return;
        this.#scheduler.at(this.#scheduler.now, self, () => {
          for (const { from, frame, lane, link } of waiting) {
            link.bytes -= frame.byteLength;
            receive(from, frame, lane);
          }
        });
      },
      onLink: (changed) => {
        party.linked = changed;
      },
      credit: (to) => (this.#parties.has(to) && this.#parties.has(self) ? WINDOW - this.#link(self, to).bytes : 0),
      drain: (peer) => this.#drain(peer, self),
      close: () => this.#detach(self, 1),
    };
  }

  /** The party is gone; of what it had under way, each receiver gets a part from the front. */
  crash(self: Address): void {
    this.#traceParty('crash', self);
    this.#detach(self, 0);
  }

  #detach(self: Address, kept: 0 | 1): void {
    if (!this.#parties.delete(self)) return;
    for (const peer of this.#parties.keys()) {
      if (kept === 0) {
        this.#loseTail(self, peer);
        for (const flight of this.#links.get(self)?.get(peer)?.flights ?? [])
          this.#traceLost(peer, self, flight, 'its receiver crashed');
      }
      this.#tellLink(peer, self, false);
      this.#links.get(self)?.delete(peer);
    }
  }

  #loseTail(from: Address, to: Address): void {
    const link = this.#link(from, to);
    const flying = link.flights.filter((flight) => flight.state === 'flying');
    const lost = flying.length === 0 ? 0 : integerBetween(this.#random, 0, flying.length);
    for (const flight of flying.slice(flying.length - lost)) {
      this.#end(link, flight, 'lost');
      this.#traceLost(from, to, flight, 'its sender crashed');
    }
  }

  #tellLink(to: Address, peer: Address, open: boolean): void {
    const at = this.#scheduler.now + this.#latency();
    this.#scheduler.at(at, to, () => this.#parties.get(to)?.linked?.(peer, open));
  }

  #send(from: Address, to: Address, frame: Uint8Array, lane: Lane): void {
    if (from === to || !this.#parties.has(from)) return;
    const link = this.#parties.has(to) ? this.#link(from, to) : undefined;
    const fault = link?.faults[lane];
    const delayedBy = fault?.verdict.kind === 'delay' ? fault : undefined;
    const sentAt = this.#scheduler.now;
    const flight: Flight = { frame: new Uint8Array(frame), lane, sentAt, delayedBy, state: 'flying' };
    if (!link) {
      this.#traceLost(from, to, flight, 'its receiver was gone');
      return;
    }
    if (fault?.verdict.kind === 'drop' || this.#isTooLarge(from, to, frame)) {
      this.#trace('drop', link, flight, fault);
      return;
    }
    link.flights.push(flight);
    link.bytes += frame.byteLength;
    const soonest = sentAt + this.#latency() + (fault?.verdict.kind === 'delay' ? fault.verdict.ms : 0);
    link.latest[lane] = Math.max(soonest, link.latest[lane]);
    this.#scheduler.at(link.latest[lane], to, () => this.#land(link, flight));
  }

  #land(link: Link, flight: Flight): void {
    if (flight.state !== 'flying') return;
    this.#end(link, flight, 'landed');
    this.#deliver(link, flight);
  }

  #deliver(link: Link, flight: Flight): void {
    const { from, to } = link;
    const party = this.#parties.get(to);
    if (!party || party.closed.has(from)) {
      this.#traceLost(from, to, flight, party ? 'its sender was dropped from the view' : 'its receiver was gone');
      return;
    }
    const { frame, lane } = flight;
    this.tally.deliveries += 1;
    this.#trace('deliver', link, flight, flight.delayedBy);
    if (party.receive) {
      party.receive(from, frame, lane);
      return;
    }
    link.bytes += frame.byteLength;
    party.waiting.push({ from, frame, lane, link });
  }

  #drain(peer: Address, self: Address): void {
    const party = this.#parties.get(self);
    if (!party || party.closed.has(peer)) return;
    const link = this.#link(peer, self);
    for (const flight of [...link.flights]) {
      if (flight.state !== 'flying' || flight.lane !== 'direct') continue;
      this.#end(link, flight, 'landed');
      this.#deliver(link, flight);
    }
    party.closed.add(peer);
    this.#links.get(self)?.delete(peer);
  }

  #end(link: Link, flight: Flight, state: 'landed' | 'lost'): void {
    flight.state = state;
    link.bytes -= flight.frame.byteLength;
    const at = link.flights.indexOf(flight);
    if (at >= 0) link.flights.splice(at, 1);
  }

  #latency(): number {
    return integerBetween(this.#random, FASTEST_US, SLOWEST_US) / 1_000;
  }

  #link(from: Address, to: Address): Link {
    let incoming = this.#links.get(to);
    if (!incoming) {
      incoming = new Map();
      this.#links.set(to, incoming);
    }
    let link = incoming.get(from);
    if (!link) {
      const faults = this.#faultsOn(from, to);
      link = { from, to, flights: [], latest: { direct: 0, broadcast: 0 }, bytes: 0, faults };
      incoming.set(from, link);
    }
    return link;
  }

  #trace(what: 'deliver' | 'drop', { from, to }: Link, flight: Flight, fault: LinkFault | undefined): void {
    const { frame, lane, sentAt } = flight;
    const at = this.#scheduler.now;
    const hash = hashBytes(frame);
    this.#digest(what, from, to, lane, frame.byteLength, hash);
    this.onTrace?.({ at, what, from, to, lane, bytes: frame.byteLength, hash, sentAt, fault, why: undefined, frame });
  }

  /** It is no part of the digest: what is lost follows from what came and what crashed. */
  #traceLost(from: Address, to: Address, { frame, lane, sentAt, delayedBy }: Flight, why: Loss): void {
    const [at, bytes] = [this.#scheduler.now, frame.byteLength];
    this.onTrace?.({ at, what: 'lost', from, to, lane, bytes, hash: 0, sentAt, fault: delayedBy, why, frame });
  }

  #traceParty(what: 'attach' | 'crash', self: Address): void {
    const at = this.#scheduler.now;
    this.#digest(what, self, '*', '-', 0, 0);
    const none = { lane: '-', bytes: 0, fault: undefined, why: undefined, frame: NOTHING, hash: 0 } as const;
    this.onTrace?.({ ...none, at, what, from: self, to: '*', sentAt: at });
  }

  /** Takes one line of the trace into the digest. Numbers only: this runs for every frame. */
  #digest(what: string, from: string, to: string, lane: string, bytes: number, hash: number): void {
    let digest = fold(this.tally.digest, Math.round(this.#scheduler.now * 1_000));
    digest = fold(digest, this.#hashOf(what) ^ this.#hashOf(lane));
    digest = fold(fold(digest, this.#hashOf(from)), this.#hashOf(to));
    this.tally.digest = fold(fold(digest, bytes), hash) >>> 0;
  }

  /** Of the few words and addresses that traces have. */
  #hashOf(text: string): number {
    let hash = this.#hashes.get(text);
    if (hash === undefined) {
      hash = hashText(text);
      this.#hashes.set(text, hash);
    }
    return hash;
  }
}

/** FNV-1a over bytes. */
function hashBytes(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < bytes.length; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash >>> 0;
}

/** Order matters, as in FNV; the mixing spreads small numbers over all bits. */
function fold(digest: number, value: number): number {
  return Math.imul(digest ^ mix(value), 0x01000193);
}
