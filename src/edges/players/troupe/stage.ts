/** What the players of a thread share: time, chance, where the nodes are, and what is counted. */
import { type RandomSource, seededRandom } from '../../../base/index.ts';
import type { Clock } from '../../../ports/index.ts';
import { Names } from '../names.ts';
import type { BrokenStream } from '../words.ts';
import { type Fault, MOST_FAULTS, noCounts } from './figures.ts';
import { Latencies } from './latencies.ts';
import type { Gateway, TroupePlan } from './plan.ts';

/** Players of a thread that connect and log in at the same time. */
const ENTER_AT_ONCE = 8;

export type StageClock = Pick<Clock, 'now' | 'after'>;

export class Stage {
  readonly plan: TroupePlan;
  readonly clock: StageClock;
  readonly random: RandomSource;
  readonly names = new Names();
  readonly counts = noCounts();
  readonly latencies = new Latencies();
  readonly faults: Fault[] = [];
  gateways: readonly Gateway[] = [];
  /** The players go on listening, and do nothing more. */
  isQuiet = false;
  /** All are to leave. */
  isOver = false;
  #entering = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(plan: TroupePlan, thread: number, clock: StageClock) {
    this.plan = plan;
    this.clock = clock;
    this.random = seededRandom(plan.seed + thread);
  }

  pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.random() * from.length)];
  }

  chance(part: number): boolean {
    return this.random() < part;
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.clock.after(ms, resolve));
  }

  /** Runs `enter` when it is its turn; what it rejects with is passed on. */
  async inTurn<T>(enter: () => Promise<T>): Promise<T> {
    if (this.#entering >= ENTER_AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#entering += 1;
    try {
      return await enter();
    } finally {
      this.#entering -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** Keeps what a player met; beyond a bound it is let go, for those before tell enough. */
  broke({ details }: BrokenStream, at: string): void {
    if (this.faults.length < MOST_FAULTS) this.faults.push({ ...(details as unknown as Omit<Fault, 'at'>), at });
  }
}
