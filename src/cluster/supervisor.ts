/** Whether and when a node that died is started again: backoff and a restart budget, per node. Pure: time comes in. */
import type { NodeId } from '../base/index.ts';
import type { RestartPolicy } from './cluster.ts';

export type Decision =
  | { readonly kind: 'restart'; readonly afterMs: number }
  | { readonly kind: 'give-up'; readonly deaths: number };

export class Supervisor {
  readonly #budget: number;
  readonly #withinMs: number;
  readonly #delayMs: number;
  readonly #maxDelayMs: number;
  readonly #deaths = new Map<NodeId, number[]>();

  constructor(policy: RestartPolicy) {
    this.#budget = policy.budget ?? 5;
    this.#withinMs = policy.withinMs ?? 60_000;
    this.#delayMs = policy.delayMs ?? 200;
    this.#maxDelayMs = policy.maxDelayMs ?? 5_000;
  }

  get withinMs(): number {
    return this.#withinMs;
  }

  /** A node died at `now`: the first restart within the window is at once, each further one waits twice as long. */
  died(id: NodeId, now: number): Decision {
    const deaths = [...(this.#deaths.get(id) ?? []).filter((at) => at > now - this.#withinMs), now];
    this.#deaths.set(id, deaths);
    if (deaths.length > this.#budget) return { kind: 'give-up', deaths: deaths.length };
    const afterMs = deaths.length === 1 ? 0 : Math.min(this.#maxDelayMs, this.#delayMs * 2 ** (deaths.length - 2));
    return { kind: 'restart', afterMs };
  }

  /** Somebody started the node by hand: its budget is whole again. */
  forgive(id: NodeId): void {
    this.#deaths.delete(id);
  }
}
