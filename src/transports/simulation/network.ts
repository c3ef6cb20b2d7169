/**
 * The simulated network: frames between parties, first in first out per sender, receiver and lane, with seeded latency and
 * faults as verdicts. It has no clock of its own; the scheduler does. A crash loses a seeded part of what was under way.
 */
import { type Address, hashText, integerBetween, mix, type RandomSource } from '../../base/index.ts';
import { type Lane, type LinkFault, type Transport, type Verdict, verdictOn } from '../../ports/index.ts';
import type { Scheduler } from './scheduler.ts';

interface Flight {
  readonly frame: Uint8Array;
  readonly lane: Lane;
  state: 'flying' | 'landed' | 'lost';
}

interface Link {
  readonly from: Address;
  readonly to: Address;
  readonly flights: Flight[];
  readonly latest: Record<Lane, number>;
  bytes: number;
  /** What the faults of now say, per lane. */
  verdicts: Readonly<Record<Lane, Verdict | undefined>>;
}

interface Party {
  receive: ((from: Address, frame: Uint8Array, lane: Lane) => void) | undefined;
  linked: ((peer: Address, open: boolean) => void) | undefined;
  /** What came before there was a receiver; it counts against its sender's credit until it is taken. */
  readonly waiting: { from: Address; frame: Uint8Array; lane: Lane; link: Link }[];
  /** Peers whose links were drained: nothing of theirs is delivered any more. */
  readonly closed: Set<Address>;
}

/** Links to one party, by who sends. */
type Incoming = Map<Address, Link>;

/** One line of what happened on the network. */
export interface TraceLine {
  readonly at: number;
  readonly what: 'deliver' | 'drop' | 'crash' | 'attach';
  readonly from: Address;
  readonly to: Address | '*';
  readonly lane: Lane | '-';
  readonly bytes: number;
  /** Of the frame's bytes. */
  readonly hash: number;
}

/** A digest of everything that happened so far, and how much that was. */
export interface Tally {
  digest: number;
  /** Frames delivered. */
  deliveries: number;
}

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
        link.verdicts = this.#verdictsOn(link.from, link.to);
        if (link.flights.length > 0) this.#dropFlights(link);
      }
    }
  }

  #dropFlights(link: Link): void {
    for (const flight of [...link.flights]) {
      if (link.verdicts[flight.lane]?.kind !== 'drop') continue;
      this.#end(link, flight, 'lost');
      this.#trace('drop', link.from, link.to, flight.lane, flight.frame);
    }
  }

  #verdictsOn(from: Address, to: Address): Link['verdicts'] {
    return {
      direct: verdictOn(this.#faults, from, to, 'direct'),
      broadcast: verdictOn(this.#faults, from, to, 'broadcast'),
    };
  }

  attach(self: Address): Transport {
    const party: Party = { receive: undefined, linked: undefined, waiting: [], closed: new Set() };
    this.#parties.set(self, party);
    this.#trace('attach', self, '*', '-', new Uint8Array());
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
    this.#trace('crash', self, '*', '-', new Uint8Array());
    this.#detach(self, 0);
  }

  #detach(self: Address, kept: 0 | 1): void {
    if (!this.#parties.delete(self)) return;
    for (const peer of this.#parties.keys()) {
      if (kept === 0) this.#loseTail(this.#link(self, peer));
      this.#tellLink(peer, self, false);
      this.#links.get(self)?.delete(peer);
    }
  }

  #loseTail(link: Link): void {
    const flying = link.flights.filter((flight) => flight.state === 'flying');
    const lost = flying.length === 0 ? 0 : integerBetween(this.#random, 0, flying.length);
    for (const flight of flying.slice(flying.length - lost)) this.#end(link, flight, 'lost');
  }

  #tellLink(to: Address, peer: Address, open: boolean): void {
    const at = this.#scheduler.now + this.#latency();
    this.#scheduler.at(at, to, () => this.#parties.get(to)?.linked?.(peer, open));
  }

  #send(from: Address, to: Address, frame: Uint8Array, lane: Lane): void {
    if (from === to || !this.#parties.has(to) || !this.#parties.has(from)) return;
    const link = this.#link(from, to);
    const verdict = link.verdicts[lane];
    if (verdict?.kind === 'drop') {
      this.#trace('drop', from, to, lane, frame);
      return;
    }
    const flight: Flight = { frame: new Uint8Array(frame), lane, state: 'flying' };
    link.flights.push(flight);
    link.bytes += frame.byteLength;
    const soonest = this.#scheduler.now + this.#latency() + (verdict?.kind === 'delay' ? verdict.ms : 0);
    link.latest[lane] = Math.max(soonest, link.latest[lane]);
    this.#scheduler.at(link.latest[lane], to, () => this.#land(link, flight));
  }

  #land(link: Link, flight: Flight): void {
    if (flight.state !== 'flying') return;
    this.#end(link, flight, 'landed');
    this.#deliver(link, flight);
  }

  #deliver(link: Link, { frame, lane }: Flight): void {
    const { from, to } = link;
    const party = this.#parties.get(to);
    if (!party || party.closed.has(from)) return;
    this.tally.deliveries += 1;
    this.#trace('deliver', from, to, lane, frame);
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
      const verdicts = this.#verdictsOn(from, to);
      link = { from, to, flights: [], latest: { direct: 0, broadcast: 0 }, bytes: 0, verdicts };
      incoming.set(from, link);
    }
    return link;
  }

  #trace(what: TraceLine['what'], from: Address, to: Address | '*', lane: Lane | '-', frame: Uint8Array): void {
    const at = this.#scheduler.now;
    const hash = hashBytes(frame);
    let digest = fold(this.tally.digest, Math.round(at * 1_000));
    digest = fold(digest, this.#hashOf(what) ^ this.#hashOf(lane));
    digest = fold(fold(digest, this.#hashOf(from)), this.#hashOf(to));
    this.tally.digest = fold(fold(digest, frame.byteLength), hash) >>> 0;
    this.onTrace?.({ at, what, from, to, lane, bytes: frame.byteLength, hash });
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
