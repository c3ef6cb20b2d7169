/**
 * The entry of a thread that runs seeds of the simulation for `muster simulate`: one task is one seed. It is bundled, with the
 * app under test if there is one (see src/cluster/threads/bundle.ts), and its functions are workers of a piscina pool.
 */
import { InvalidValue } from '../src/base/index.ts';
import {
  type AppVerdict,
  checkHarness,
  type Harness,
  NO_PAGE_WANTED,
  pageOutcome,
  report,
  runSeed,
  type SeedAnswer,
  type SeedTask,
  type Subject,
  writePage,
} from '../src/chaos/index.ts';
import { checkApp } from '../src/services/index.ts';

/** What an app's module exports; beside its default, `workload` and `invariants`. */
type AppModule = Readonly<Record<string, unknown>>;

export interface SeedThread {
  /** Whether the app's module can be put to the test, and with what. */
  check(): AppVerdict;
  /** A worker: a task in, a plain answer out. */
  run(task: SeedTask): Promise<SeedAnswer>;
}

/** `file` names the app's module in errors. Throws nothing, so that what is thrown while loading is the app's. */
export function seedThread(module: AppModule, file: string): SeedThread {
  return {
    check: () => {
      try {
        const { workload, invariants } = castOf(module, file);
        return { hasWorkload: workload !== undefined, invariants: invariants.length };
      } catch (error) {
        if (!(error instanceof InvalidValue)) throw error;
        return { refused: error.message };
      }
    },
    run: (task) => {
      const { app, workload, invariants } = castOf(module, file);
      return answer(task, { app, workload }, invariants);
    },
  };
}

/** A worker that puts Muster's own promises to the test. */
export function runPromises(task: SeedTask): Promise<SeedAnswer> {
  return answer(task, undefined, []);
}

function castOf(module: AppModule, file: string): Harness & Pick<Subject, 'app'> {
  const app = checkApp(`the app ${file}`, module.default);
  return { app, ...checkHarness(`the exports of the app ${file}`, module) };
}

async function answer(
  { replay, pages, ...options }: SeedTask,
  subject: Subject | undefined,
  invariants: Harness['invariants'],
): Promise<SeedAnswer> {
  const startedAt = performance.now();
  const result = await runSeed({ ...options, subject, invariants });
  const { seed, figures, traceDigest } = result;
  const ms = performance.now() - startedAt;
  const [first] = result.violations;
  if (!first) return { seed, figures, ms, failure: undefined };
  const again = await runSeed({ ...options, subject, invariants, keepTrace: true });
  const { promise, problem } = first;
  const isRepeatable = again.traceDigest === traceDigest;
  const page =
    pages !== undefined && isRepeatable ? await pageOutcome(writePage(again, replay, pages)) : NO_PAGE_WANTED;
  return { seed, figures, ms, failure: { promise, problem, text: report(result, replay), isRepeatable, ...page } };
}
