/** Publishing by a plan, and how long each message takes to its handler on another node. */
import { type MusterNode, type Subscription, topic } from '../../src/services/index.ts';
import { Arrivals, keepTo, type Latencies, type Plan, planFor } from '../pace.ts';
import { lobbyUpdate, nowMs } from '../work.ts';
import { LobbyUpdate } from './message.ts';
import { inTurns, pause } from './turns.ts';

const timed = topic('timed_updates', LobbyUpdate, { about: 'What the latency scenarios send.' });

export const latencyDeclarations = [timed];

const LOBBY = 12;
const POLL_MS = 5;

export class LatencyBench {
  readonly #node: MusterNode;
  #arrivals = new Arrivals(0);
  #subscription: Subscription | undefined;

  constructor(node: MusterNode) {
    this.#node = node;
  }

  /** Expects messages anew. */
  async expect(count: number): Promise<void> {
    this.#arrivals = new Arrivals(count);
    this.#subscription ??= await this.#node.subscribe(timed(), ({ userId }) => this.#arrivals.handled(userId, nowMs()));
  }

  /** Publishes as fast as credit allows. Resolves to the time at which it began. */
  async flood(count: number): Promise<number> {
    const ref = timed();
    const startedAt = nowMs();
    await inTurns(
      this.#node,
      count,
      (at) => {
        if (!this.#node.broadcast(ref, lobbyUpdate(LOBBY, at))) throw new Error(`message ${at} was dropped`);
      },
      () => this.#node.drained(),
    );
    return startedAt;
  }

  /**
   * Publishes so many a second, whatever has arrived. What finds the link without credit is published again when it has some:
   * there is one subscriber, so nobody had it. Resolves to the plan.
   */
  async publish(perSecond: number, forMs: number): Promise<Plan> {
    const ref = timed();
    const plan = planFor(nowMs(), perSecond, forMs);
    await keepTo(plan, nowMs, (at) => this.#node.broadcast(ref, lobbyUpdate(LOBBY, at)));
    return plan;
  }

  /** Resolves to the time at which the last came of what is expected. */
  async complete(): Promise<number> {
    while (!this.#arrivals.isComplete) await pause(this.#node, POLL_MS);
    return this.#arrivals.lastAt;
  }

  async latencies(plan: Plan): Promise<Latencies> {
    await this.complete();
    return this.#arrivals.latencies(plan);
  }
}
