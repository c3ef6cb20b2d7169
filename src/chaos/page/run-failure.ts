/** A failed simulated run as what a page is made of. */
import type { RunResult } from '../run.ts';
import { type Failure, readTrace } from './failure.ts';

/** `result` of a run with `keepTrace`; `replay` is the command that shows it again. */
export function failureOf(result: RunResult, replay: string): Failure {
  const { seed, plan, violations, history, trace, describe } = result;
  return {
    seed,
    replay,
    setting: plan.kinds,
    violations,
    operations: history.operations,
    happenings: history.happenings,
    ...readTrace({ trace: () => trace, describe }),
  };
}
