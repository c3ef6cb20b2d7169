/**
 * The entry of a thread that runs seeds of the simulation for `muster simulate`: one task is one seed. It is bundled, with the
 * app under test if there is one (see src/cluster/threads/bundle.ts), and its runner is a worker of a piscina pool.
 */
import {
  type AppWorkload,
  type Invariant,
  report,
  runSeed,
  type SeedAnswer,
  type SeedTask,
  writePage,
} from '../src/chaos/index.ts';
import type { SimulatedCluster } from '../src/cluster/index.ts';
import { checkApp } from '../src/services/index.ts';

/** What an app's module may export beside its default. */
interface AppModule {
  readonly default?: unknown;
  readonly workload?: AppWorkload;
  readonly invariants?: readonly Invariant<SimulatedCluster>[];
}

/** A worker: a task in, a plain answer out. `file` names the app's module in errors. */
export function seedRunner(module?: AppModule, file = ''): (task: SeedTask) => Promise<SeedAnswer> {
  const subject = module && { app: checkApp(`the app ${file}`, module.default), workload: module.workload };
  const invariants = module?.invariants ?? [];
  return async ({ replay, pages, ...options }) => {
    const startedAt = performance.now();
    const result = await runSeed({ ...options, subject, invariants });
    const { seed, figures, traceDigest } = result;
    const ms = performance.now() - startedAt;
    const [first] = result.violations;
    if (!first) return { seed, figures, ms, failure: undefined };
    const again = await runSeed({ ...options, subject, invariants, keepTrace: true });
    const { promise, problem } = first;
    const isRepeatable = again.traceDigest === traceDigest;
    const page = pages !== undefined && isRepeatable ? await writePage(again, replay, pages) : undefined;
    return { seed, figures, ms, failure: { promise, problem, text: report(result, replay), isRepeatable, page } };
  };
}
