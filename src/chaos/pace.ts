/**
 * How fast clients go: a few operations now and then, and many at once around a fault, where they find most. Operations are
 * rationed over the run, so that a rush at the start does not use them up.
 */
import { integerBetween, type RandomSource } from '../base/index.ts';
import type { TimedCluster } from './ground.ts';
import type { History } from './history.ts';

export interface PaceOptions {
  readonly fromMs: number;
  readonly untilMs: number;
  /** About how many operations the whole run has. */
  readonly operations: number;
  readonly clients: number;
  /** Mean pause of a client in a rush. */
  readonly rushPauseMs: number;
}

/** When a client acts. */
export interface ClientPace {
  readonly isOver: boolean;
  pause(random: RandomSource): Promise<void>;
  rush(forMs: number): void;
  /** It is over before its time. */
  end(): void;
}

/** A run with more operations costs more than it can find. */
const MOST_STEADY = 900;

/** Every client at one mean pause, until the time or the operations are spent. */
export class SteadyPace implements ClientPace {
  readonly #cluster: TimedCluster;
  readonly #history: History;
  readonly #untilMs: number;
  readonly #pauseMs: number;
  #ended = false;

  constructor(cluster: TimedCluster, history: History, untilMs: number, pauseMs: number) {
    this.#cluster = cluster;
    this.#history = history;
    this.#untilMs = untilMs;
    this.#pauseMs = pauseMs;
  }

  get isOver(): boolean {
    const isSpent = this.#history.operations.length >= MOST_STEADY;
    return this.#ended || isSpent || this.#cluster.now() >= this.#untilMs;
  }

  pause(random: RandomSource): Promise<void> {
    return this.#cluster.advance(integerBetween(random, 1, this.#pauseMs * 2));
  }

  rush(): void {}

  end(): void {
    this.#ended = true;
  }
}

/** This part of the operations is for rushes. */
const FOR_RUSHES = 0.7;
/** How far ahead of the ration a rush may get, in operations. */
const AHEAD = 60;

export class Pace implements ClientPace {
  readonly #cluster: TimedCluster;
  readonly #history: History;
  readonly #options: PaceOptions;
  readonly #waiting = new Set<() => void>();
  /** The history's operations from before this run of clients. */
  readonly #before: number;
  #rushUntil = Number.NEGATIVE_INFINITY;
  #ended = false;

  constructor(cluster: TimedCluster, history: History, options: PaceOptions) {
    this.#cluster = cluster;
    this.#history = history;
    this.#options = options;
    this.#before = history.operations.length;
  }

  get isOver(): boolean {
    return this.#ended || this.#cluster.now() >= this.#options.untilMs;
  }

  /** It is over before its time. */
  end(): void {
    this.#ended = true;
  }

  /** All clients go fast for a while, from now on. */
  rush(forMs: number): void {
    if (!this.#mayRush()) return;
    this.#rushUntil = Math.max(this.#rushUntil, this.#cluster.now() + forMs);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** A client's pause between two operations. */
  async pause(random: RandomSource): Promise<void> {
    const { rushPauseMs, clients, operations, fromMs, untilMs } = this.#options;
    if (this.#cluster.now() < this.#rushUntil && this.#mayRush()) {
      await this.#cluster.advance(integerBetween(random, 1, rushPauseMs * 2));
      return;
    }
    const meanMs = ((untilMs - fromMs) * clients) / (operations * (1 - FOR_RUSHES));
    const ms = Math.min(integerBetween(random, 1, Math.round(meanMs * 2)), untilMs - this.#cluster.now());
    await this.#orRush(Math.max(1, ms), random);
  }

  /** Waits until the time has passed or a rush begins. */
  async #orRush(ms: number, random: RandomSource): Promise<void> {
    const jitter = integerBetween(random, 0, this.#options.rushPauseMs);
    let wake = (): void => undefined;
    const rush = new Promise<boolean>((resolve) => {
      wake = () => resolve(true);
    });
    this.#waiting.add(wake);
    const rushed = await Promise.race([this.#cluster.advance(ms).then(() => false), rush]);
    this.#waiting.delete(wake);
    if (rushed) await this.#cluster.advance(jitter);
  }

  #mayRush(): boolean {
    const { fromMs, untilMs, operations } = this.#options;
    const ration = (operations * (this.#cluster.now() - fromMs)) / (untilMs - fromMs);
    return this.#history.operations.length - this.#before < Math.min(ration + AHEAD, operations);
  }
}
