/** Invariants of a user: looked at now and then while faults happen, and once when all has settled. */
import { integerBetween, MusterError, type RandomSource } from '../base/index.ts';
import type { Violation } from './checkers/index.ts';
import type { TimedCluster } from './ground.ts';
import type { History } from './history.ts';
import { nearViolation } from './shortest/near.ts';

export interface InvariantContext<C extends TimedCluster = TimedCluster> {
  readonly cluster: C;
  /** Everything recorded so far. */
  readonly history: History;
  /** `faults`: they are going on. `settled`: they have ended, and the cluster has settled. */
  readonly phase: 'faults' | 'settled';
}

export interface Invariant<C extends TimedCluster = TimedCluster> {
  readonly name: string;
  /**
   * Throws, or resolves to what is wrong in words; anything but text means all is well. While faults go on, Muster's own
   * errors (`Timeout`, `NodeDown` …) mean that it could not be looked at, which is no violation.
   */
  check(context: InvariantContext<C>): unknown;
}

/** Means that a question could not be answered, not that the answer is wrong. */
const UNANSWERED = new Set(['NodeDown', 'Timeout', 'Refused', 'NotPrimary', 'Overloaded', 'Closed', 'NoSuchServer']);
const EVERY_MS = 1_000;

export class Invariants<C extends TimedCluster> {
  readonly #invariants: readonly Invariant<C>[];
  readonly #cluster: C;
  readonly #history: History;
  readonly violations: Violation[] = [];
  checked = 0;

  constructor(invariants: readonly Invariant<C>[], cluster: C, history: History) {
    this.#invariants = invariants;
    this.#cluster = cluster;
    this.#history = history;
  }

  /** Looks about once a second until `untilMs`, or until one is violated. */
  async watch(random: RandomSource, untilMs: number): Promise<void> {
    if (this.#invariants.length === 0) return;
    while (this.#cluster.now() < untilMs && this.violations.length === 0) {
      await this.#cluster.advance(integerBetween(random, 1, EVERY_MS * 2));
      await this.look('faults');
    }
  }

  async look(phase: InvariantContext['phase']): Promise<void> {
    for (const invariant of this.#invariants) {
      const problem = await this.#ask(invariant, phase);
      if (problem === undefined) continue;
      const happening = this.#history.note('cluster', 'invariant violated', {
        invariant: invariant.name,
        phase,
        problem,
      });
      const matters = nearViolation(this.#history, happening, problem);
      this.violations.push({ promise: invariant.name, problem, matters, evidence: 'near' });
    }
  }

  async #ask({ check }: Invariant<C>, phase: InvariantContext['phase']): Promise<string | undefined> {
    try {
      const answer = await check({ cluster: this.#cluster, history: this.#history, phase });
      this.checked += 1;
      return typeof answer === 'string' ? answer : undefined;
    } catch (error) {
      const isUnanswered = error instanceof MusterError && UNANSWERED.has(error.code);
      if (phase === 'faults' && isUnanswered) return undefined;
      this.checked += 1;
      return error instanceof Error ? error.message : String(error);
    }
  }
}
