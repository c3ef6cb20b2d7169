/** Threads that run seeds, one per core: a piscina pool of the bundled entry. */
import { resolve } from 'node:path';
import { Piscina } from 'piscina';
import { Refused } from '../../../base/index.ts';
import type { AppVerdict, HarnessShape, SeedAnswer, SeedTask } from '../../../chaos/index.ts';
import { bundleSeedThread } from '../../../cluster/index.ts';
import { failureOf } from '../failure.ts';
import { sourceOf } from './source.ts';

export interface SeedPool {
  readonly threads: number;
  /** What the app is tested with; undefined where Muster's own promises are. */
  readonly harness: HarnessShape | undefined;
  /** Rejects when the seed cannot run at all, and when the pool is closed before it has. */
  run(task: SeedTask): Promise<SeedAnswer>;
  close(): Promise<void>;
}

/** A run leaves much short-lived garbage; with room for it little of that is copied. */
const YOUNG_MB = 96;

/**
 * `app` is the file of an app module. Rejects with `Refused` when there is none, when it does not compile or load, and when it
 * exports nothing that could be tested.
 */
export async function openSeedPool(app: string | undefined, threads: number): Promise<SeedPool> {
  const filename = await bundleSeedThread(app);
  const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_MB };
  // Not this process's own arguments: the bundle needs no loader. The file comes with each task, so that what an app throws while
  // it is loaded is the task's failure.
  const pool = new Piscina({
    ...{ minThreads: 1, maxThreads: threads, resourceLimits },
    execArgv: ['--enable-source-maps'],
  });
  try {
    const harness = app === undefined ? undefined : await harnessOf(pool, filename, resolve(app));
    const run = (task: SeedTask): Promise<SeedAnswer> => pool.run(task, { filename }).catch(rethrow);
    return { threads, harness, run, close: () => pool.destroy() };
  } catch (error) {
    await pool.destroy();
    throw error;
  }
}

/** Has a thread load the app's module and look at it. */
async function harnessOf(pool: Piscina, filename: string, app: string): Promise<HarnessShape> {
  const verdict: AppVerdict = await pool.run(undefined, { filename, name: 'check' }).catch((error: unknown) => {
    throw new Refused(`the app ${app} failed while loading: ${withSource(error)}`, { app });
  });
  if ('refused' in verdict) throw new Refused(verdict.refused, { app });
  return verdict;
}

function rethrow(error: unknown): never {
  throw new Refused(withSource(error));
}

/** Errors of an app's start have their place already. */
function withSource(error: unknown): string {
  const { message } = failureOf(error);
  return /:\d+:\d+\)$/.test(message) ? message : message + sourceOf(error);
}
