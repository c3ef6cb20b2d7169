/** Why what ran at an address had to move, and since when: what a `moved` event tells. State only. */
import { type Address, idOf } from '../base/index.ts';
import type { ClusterEvent, MoveCause } from './cluster.ts';

interface Reason {
  readonly cause: MoveCause;
  readonly at: number;
}

const MOST_REASONS = 1_000;

export class Moves {
  readonly #reasons = new Map<Address, Reason>();
  #joinedAt = 0;

  /** What runs at the address has to move. The first reason stands: a node that is stopped also ends. */
  mustMove(from: Address, cause: MoveCause, now: number): void {
    if (this.#reasons.has(from)) return;
    this.#reasons.set(from, { cause, at: now });
    if (this.#reasons.size > MOST_REASONS) this.#reasons.delete(this.#reasons.keys().next().value!);
  }

  /** A node became a member and takes its share. */
  joined(now: number): void {
    this.#joinedAt = now;
  }

  moved(server: string, from: Address, to: Address, now: number): ClusterEvent {
    const { cause, at } = this.#reasons.get(from) ?? { cause: 'join' as const, at: this.#joinedAt };
    const ms = Math.max(0, Math.round((now - at) * 100) / 100);
    return { event: 'moved', server, from: idOf(from), to: idOf(to), cause, ms };
  }
}
