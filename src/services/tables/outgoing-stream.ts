/**
 * The strong writes a node makes as an owner: numbered, kept until every peer has applied them, and told as committed when
 * every member that acknowledges has. Pure state; the service sends.
 */
import type { Address } from '../../base/index.ts';
import type { StrongWrite } from './strong-log.ts';

interface Waiting {
  readonly sequence: number;
  readonly done: () => void;
}

export class OutgoingStream {
  #sequence = 0;
  #committed = 0;
  #sent: StrongWrite[] = [];
  #waiting: Waiting[] = [];
  #head = 0;
  readonly #applied = new Map<Address, number>();
  #voters: readonly Address[] = [];

  get sequence(): number {
    return this.#sequence;
  }

  /** Writes that not every member has yet. */
  get pending(): number {
    return this.#sequence - this.#committed;
  }

  next(make: (sequence: number) => StrongWrite): StrongWrite {
    this.#sequence += 1;
    const write = make(this.#sequence);
    this.#sent.push(write);
    return write;
  }

  /** Calls `done` when all writes up to now are on every member; at once when they are. */
  whenCommitted(done: () => void): void {
    if (this.#committed >= this.#sequence) done();
    else this.#waiting.push({ sequence: this.#sequence, done });
  }

  /** Who receives, and who of them acknowledges. A new peer has to apply what is written from now on. */
  setPeers(peers: readonly Address[], voters: readonly Address[]): void {
    for (const known of [...this.#applied.keys()]) if (!peers.includes(known)) this.#applied.delete(known);
    for (const peer of peers) if (!this.#applied.has(peer)) this.#applied.set(peer, this.#sequence);
    this.#voters = voters;
    this.advance();
  }

  acknowledge(peer: Address, sequence: number): void {
    const known = this.#applied.get(peer);
    if (known === undefined || known >= sequence) return;
    this.#applied.set(peer, sequence);
    this.advance();
  }

  advance(): void {
    let committed = this.#sequence;
    for (const voter of this.#voters) committed = Math.min(committed, this.#applied.get(voter) ?? 0);
    if (committed > this.#committed) this.#committed = committed;
    while (this.#head < this.#waiting.length && this.#waiting[this.#head]!.sequence <= this.#committed) {
      this.#waiting[this.#head++]!.done();
    }
    if (this.#head > 1024 || this.#head === this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
  }

  /** The newest write that every peer, learners included, has applied; what is older is dropped here. */
  trim(): number {
    let stable = this.#sequence;
    for (const applied of this.#applied.values()) stable = Math.min(stable, applied);
    let drop = 0;
    while (drop < this.#sent.length && this.#sent[drop]!.sequence <= stable) drop += 1;
    if (drop > 0) this.#sent = this.#sent.slice(drop);
    return stable;
  }

  /** What a peer has not acknowledged. */
  unacknowledged(peer: Address): StrongWrite[] {
    const applied = this.#applied.get(peer);
    return applied === undefined ? [] : this.#sent.filter((write) => write.sequence > applied);
  }

  /** What not every peer is known to have. */
  unstable(): readonly StrongWrite[] {
    return this.#sent;
  }
}
