/** What goes to a thread that runs seeds, and what comes back: plain data. */
import type { FaultChoice } from './fault-plan.ts';
import type { RunFigures } from './run.ts';
import type { PageOutcome } from './write-page.ts';

/** What a thread found in the app's module, before it runs a seed: why it cannot be tested, or what there is to test it with. */
export type AppVerdict = { readonly refused: string } | HarnessShape;

export interface HarnessShape {
  readonly hasWorkload: boolean;
  /** How many. */
  readonly invariants: number;
}

export interface SeedTask {
  readonly seed: number;
  readonly nodes: number;
  readonly faults: FaultChoice;
  readonly minutes: number;
  /** The command that runs this seed alone. */
  readonly replay: string;
  /** Where the page of a failure is written; undefined writes none. */
  readonly pages: string | undefined;
}

export interface SeedAnswer {
  readonly seed: number;
  readonly figures: RunFigures;
  /** Real time. */
  readonly ms: number;
  readonly failure: SeedFailure | undefined;
}

export interface SeedFailure extends PageOutcome {
  readonly promise: string;
  readonly problem: string;
  /** For people; see `report`. */
  readonly text: string;
  /** Whether the seed run again gave the same trace. */
  readonly isRepeatable: boolean;
}
