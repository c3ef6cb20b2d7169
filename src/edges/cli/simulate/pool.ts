/** Threads that run seeds, one per core: a piscina pool of the bundled entry. */
import { Piscina } from 'piscina';
import type { SeedAnswer, SeedTask } from '../../../chaos/index.ts';
import { bundleSeedThread } from '../../../cluster/index.ts';

export interface SeedPool {
  readonly threads: number;
  /** Rejects when the seed cannot run at all, and when the pool is closed before it has. */
  run(task: SeedTask): Promise<SeedAnswer>;
  close(): Promise<void>;
}

/** `app` is the file of an app module. Rejects with `Refused` when there is none or it does not compile. */
export async function openSeedPool(app: string | undefined, threads: number): Promise<SeedPool> {
  const filename = await bundleSeedThread(app);
  // Without this process's own arguments: the bundle needs no loader.
  const pool = new Piscina({ filename, minThreads: 1, maxThreads: threads, execArgv: [] });
  return { threads, run: (task) => pool.run(task), close: () => pool.destroy() };
}
