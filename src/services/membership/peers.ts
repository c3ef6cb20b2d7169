/**
 * Whether each peer answers on the link between the two, both ways: a ping that is not answered counts, and a few of them in a
 * row make the peer silent. Counted in this node's own rounds, so that a node that was paused accuses nobody. Pure state.
 */
import type { Address } from '../../base/index.ts';

const MISSES = 3;
/** In a larger cluster each round asks the next so many. */
const MOST_PER_ROUND = 16;

export class Peers {
  readonly #misses = new Map<Address, number>();
  /** Peers that have answered at all. */
  readonly #met = new Set<Address>();
  #turn = 0;

  /** The peers to ping in this round; each counts as a miss until it answers. */
  round(peers: readonly Address[]): Address[] {
    for (const known of this.#misses.keys()) if (!peers.includes(known)) this.#misses.delete(known);
    for (const known of this.#met) if (!peers.includes(known)) this.#met.delete(known);
    const count = Math.min(peers.length, MOST_PER_ROUND);
    const asked = Array.from({ length: count }, (_, at) => peers[(this.#turn + at) % peers.length]!);
    this.#turn = peers.length === 0 ? 0 : (this.#turn + count) % peers.length;
    for (const peer of asked) this.#misses.set(peer, (this.#misses.get(peer) ?? 0) + 1);
    return asked;
  }

  answered(peer: Address): void {
    this.#met.add(peer);
    if (this.#misses.has(peer)) this.#misses.set(peer, 0);
  }

  /** Those that have never answered, or do not any more. */
  unreached(peers: readonly Address[]): Address[] {
    return peers.filter((peer) => !this.#met.has(peer) || (this.#misses.get(peer) ?? 0) > MISSES);
  }

  /** Peers whose last few pings were not answered. The ping just sent is not held against them. */
  silent(): Address[] {
    return [...this.#misses].filter(([, misses]) => misses > MISSES).map(([peer]) => peer);
  }
}
