/** What the subcommands that ask a cluster need from outside, so that a test can hold it. */
import type { Cluster, StartOptions } from '../../../cluster/index.ts';
import type { Output } from '../reporters/reporter.ts';

export interface OperatorEnvironment {
  readonly stdout: Output;
  /** The first line of standard input; asked for without echo where a person types. Undefined when there is none. */
  readonly readSecret: (prompt: string) => Promise<string | undefined>;
  /** What relative file names start from. */
  readonly directory: string;
  readonly controlToken: string | undefined;
  /** For work on a data file that no cluster uses. */
  readonly startCluster: (options: StartOptions) => Promise<Cluster>;
}
