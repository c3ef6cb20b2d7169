/** What every fault is made with: draws, notes in the history, work that goes on beside, and what lasts until it is lifted. */
import { deferred, integerBetween, type NodeId, type RandomSource } from '../../base/index.ts';
import type { LinkFault } from '../../ports/index.ts';
import type { FaultPlan } from '../fault-plan.ts';
import type { Ground } from '../ground.ts';
import type { History } from '../history.ts';

export interface HandOptions {
  readonly ground: Ground;
  readonly history: History;
  readonly random: RandomSource;
  readonly plan: FaultPlan;
}

/** Something that lasts until it is lifted. */
interface Lasting {
  lift(): Promise<void>;
}

export class Hand {
  readonly history: History;
  readonly random: RandomSource;
  readonly #ground: Ground;
  readonly #leastMs: number;
  readonly #open = new Set<Lasting>();
  readonly #running = new Set<Promise<unknown>>();
  /** How many faults were caused so far. */
  caused = 0;

  constructor({ ground, history, random, plan }: HandOptions) {
    this.#ground = ground;
    this.history = history;
    this.random = random;
    this.#leastMs = plan.leastMs ?? 0;
  }

  get cluster(): Ground['cluster'] {
    return this.#ground.cluster;
  }

  get world(): Ground['world'] {
    return this.#ground.world;
  }

  /** Faults that last and were not lifted yet. */
  get open(): number {
    return this.#open.size;
  }

  between(low: number, high: number): number {
    return integerBetween(this.random, low, high);
  }

  /** Between `low` and `high`, each order of magnitude as likely as the others. */
  lasting(low: number, high: number): number {
    const ms = Math.round(low * (high / low) ** this.random());
    return Math.max(ms, Math.min(high, this.#leastMs));
  }

  pick<T>(from: readonly T[]): T | undefined {
    return from.length === 0 ? undefined : from[this.between(0, from.length - 1)];
  }

  ids(...states: string[]): NodeId[] {
    const nodes = this.cluster.nodes();
    return nodes.filter(({ state }) => states.length === 0 || states.includes(state)).map(({ id }) => id);
  }

  address(id: NodeId): string {
    return `${id}#${this.cluster.nodes().find((node) => node.id === id)?.incarnation}`;
  }

  note(node: string, what: string, details?: Record<string, unknown>): void {
    this.caused += 1;
    this.history.note(node, what, details);
  }

  /** Lets it go on beside everything else; what it rejects with is part of the history. */
  aside(what: string, work: Promise<unknown>): void {
    const done: Promise<unknown> = work
      .catch((error) => {
        this.history.note('cluster', `${what} failed`, { error: String(error) });
      })
      .finally(() => this.#running.delete(done));
    this.#running.add(done);
  }

  /** Puts the faults on and takes them off after a while, or when everything ends. Both notes carry the number of the fault. */
  async hold(
    what: string,
    end: string,
    links: Record<string, unknown>,
    faults: readonly LinkFault[],
    forMs: number,
  ): Promise<void> {
    const details = { ...links, fault: this.caused };
    this.note('cluster', what, details);
    // A node may be forgotten before its links are cut; the others' are.
    const asked = await Promise.allSettled(faults.map((fault) => this.cluster.fault(fault)));
    const held = asked.flatMap((fault) => (fault.status === 'fulfilled' ? [fault.value] : []));
    await this.keep(forMs, async () => {
      await Promise.all(held.map((fault) => fault[Symbol.asyncDispose]()));
      this.history.note('cluster', end, details);
    });
  }

  /** Undoes after a while, or when everything ends. */
  async keep(forMs: number, undo: () => Promise<void>): Promise<void> {
    const over = deferred<void>();
    const lasting: Lasting = {
      lift: async () => {
        if (!this.#open.delete(lasting)) return;
        await undo();
        over.resolve();
      },
    };
    this.#open.add(lasting);
    await Promise.race([this.cluster.advance(forMs), over.promise]);
    await lasting.lift();
  }

  /** Lifts what lasts. */
  async liftAll(): Promise<void> {
    for (const lasting of [...this.#open]) await lasting.lift();
  }

  /** Resolves when nothing goes on beside any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all([...this.#running]);
  }
}
