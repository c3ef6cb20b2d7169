/** What a run does beside the faults, and how it is judged: the promises' own scenario, or a user's app and invariants. */
import type { RandomSource } from '../base/index.ts';
import type { Violation } from './checkers/index.ts';
import type { Ground } from './ground.ts';
import type { History } from './history.ts';
import type { ClientPace } from './pace.ts';

/** What a run stands on, for whoever takes part in it. */
export interface Stage {
  readonly ground: Ground;
  readonly history: History;
  readonly random: RandomSource;
}

export interface Scenario {
  readonly clientCount: number;
  /** Before the faults and again after them: starts what must run. */
  prepare(stage: Stage): Promise<void>;
  /** Starts the clients; each resolves when `pace` is over. */
  clients(stage: Stage, pace: ClientPace): Promise<void>[];
  /** When all has settled; or when it would not, and then as far as the nodes still answer. */
  judge(stage: Stage, settled: boolean): Promise<Verdicts>;
}

export interface Verdicts {
  readonly violations: readonly Violation[];
  /** How many checkers judged. */
  readonly checked: number;
}
