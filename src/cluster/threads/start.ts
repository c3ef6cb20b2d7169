/** Starts a cluster of worker threads in this process. */
import { InvalidValue } from '../../base/index.ts';
import type { Level, LogRecord } from '../../ports/index.ts';
import type { Cluster, ClusterOptions } from '../cluster.ts';
import { Host } from '../host.ts';
import { CLUSTER_OPTIONS, checkOptions, type Names } from '../known-options.ts';
import { createThreadsLauncher } from './launcher.ts';

export interface StartOptions extends ClusterOptions {
  /** The module whose default export is the app (see `defineApp`): a path or file URL, TypeScript or JavaScript. */
  readonly app: URL | string;
  /** The store all nodes share: `memory`, or the path of a SQLite file. Default: no store. */
  readonly data?: string | undefined;
  /** The lowest level that nodes log, to standard error. Default `info`. */
  readonly logLevel?: Level | undefined;
  /** Gets what nodes log, record by record. Default: a line of text each, to standard error. */
  readonly onLog?: ((record: LogRecord) => void) | undefined;
  /**
   * Freeze values that nodes apply and deliver, so that code which changes them fails where it does. Costs speed. Default:
   * unless NODE_ENV is `production`.
   */
  readonly freezeValues?: boolean | undefined;
  /** Gets what nodes write to standard output and error. Default: to this process's standard error. */
  readonly onOutput?: ((chunk: Uint8Array) => void) | undefined;
}

const OPTIONS: Names<StartOptions> = {
  ...CLUSTER_OPTIONS,
  app: true,
  data: true,
  logLevel: true,
  onLog: true,
  freezeValues: true,
  onOutput: true,
};

const MOST_NODES = 256;

/**
 * Starts `nodes` worker threads that run `app`, and resolves when all are ready. Dispose it (`await using`) or `close()` it:
 * nothing is left behind. Rejects, with everything ended again, with `InvalidValue` for bad options, `Refused` for an app
 * that does not load, `StoreFailed` for a data file that is not ours, or what the app's start threw.
 */
export async function startCluster(options: StartOptions): Promise<Cluster> {
  checkOptions('startCluster', options, OPTIONS);
  const nodes = options.nodes ?? 4;
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > MOST_NODES) {
    throw new InvalidValue(
      'startCluster nodes',
      `expected a whole number from 1 to ${MOST_NODES}, got ${String(options.nodes)}`,
    );
  }
  if (!(options.app instanceof URL) && typeof options.app !== 'string') {
    throw new InvalidValue(
      'startCluster app',
      'expected the path or file URL of the module whose default export is the app',
    );
  }
  const { app, data, logLevel, onLog, freezeValues, onOutput } = options;
  const launcher = await createThreadsLauncher({ app, data, logLevel, onLog, freezeValues, onOutput });
  return new Host(launcher, options).open();
}
