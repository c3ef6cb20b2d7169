/** The door to a cluster of threads: options that do not exist are refused before anything is started. */
import type { Cluster } from './cluster.ts';
import { CLUSTER_OPTIONS, checkOptions, type Names } from './known-options.ts';
import { type StartOptions, startCluster as startThreads } from './threads/start.ts';

const OPTIONS: Names<StartOptions> = {
  ...CLUSTER_OPTIONS,
  app: true,
  data: true,
  logLevel: true,
  freezeValues: true,
  onOutput: true,
};

/**
 * Starts `nodes` worker threads that run `app`, and resolves when all are ready. Dispose it (`await using`) or `close()` it:
 * nothing is left behind. Rejects, with everything ended again, with `InvalidValue` for bad options, `Refused` for an app
 * that does not load, `StoreFailed` for a data file that is not ours, or what the app's start threw.
 */
export async function startCluster(options: StartOptions): Promise<Cluster> {
  checkOptions('startCluster', options, OPTIONS);
  return startThreads(options);
}
