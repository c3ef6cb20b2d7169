/**
 * `muster chaos`: faults on a cluster of real threads under load, judged by the checkers of the simulation. Everything outside
 * comes in as a `ChaosEnvironment`, so that a test can hold it.
 */
import { resolve } from 'node:path';
import {
  covered,
  NO_PAGE_WANTED,
  pageOutcome,
  preparePages,
  report,
  type ThreadsResult,
  type ThreadsRunOptions,
  writeThreadsPage,
} from '../../../chaos/index.ts';
import { failureOf } from '../failure.ts';
import type { Output } from '../reporters/reporter.ts';
import { type ChaosCommandOptions, replayOf } from './options.ts';
import { barReporter, type ChaosFailure, type ChaosReporter, jsonReporter, linesReporter } from './reporters.ts';

export interface ChaosEnvironment {
  readonly runOnThreads: (options: ThreadsRunOptions) => Promise<ThreadsResult>;
  readonly drawSeed: () => number;
  readonly stdout: Output;
  readonly stderr: Output;
  /** The width of the terminal; undefined without one. */
  readonly columns: (() => number) | undefined;
  /** What relative file names start from. */
  readonly directory: string;
  /** The listener gets the exit code for ending early. Returns what ends the listening. */
  readonly onStopSignal: (listener: (exitCode: number) => void) => () => void;
}

const MINUTE_MS = 60_000;

/** Resolves to the exit code: 0, 1 when a promise broke or it could not run, or a signal's. */
export async function runChaos(options: ChaosCommandOptions, environment: ChaosEnvironment): Promise<number> {
  const { runOnThreads, drawSeed, stderr, onStopSignal } = environment;
  const seed = options.seed ?? drawSeed();
  const reporter = reporterOf(options, environment);
  const stop = new AbortController();
  let stoppedWith: number | undefined;
  const ignoreSignals = onStopSignal((exitCode) => {
    stoppedWith = exitCode;
    stop.abort();
  });
  try {
    if (options.pages !== undefined)
      await preparePages('--pages', 'none', resolve(environment.directory, options.pages));
    reporter.begin(seed, options.nodes);
    const result = await runOnThreads({
      ...{ seed, nodes: options.nodes, minutes: options.minutes, signal: stop.signal },
      onProgress: (figures) => reporter.progress(figures),
    });
    const { figures, isInterrupted, history } = result;
    const failure = await failureOfRun(result, options, environment);
    reporter.end({ seed, figures, covered: covered(history), isInterrupted, failure });
    return failure ? 1 : (stoppedWith ?? 0);
  } catch (error) {
    stderr.write(`muster: ${failureOf(error).message}\n`);
    return 1;
  } finally {
    ignoreSignals();
  }
}

function reporterOf(
  { json, minutes }: ChaosCommandOptions,
  { stdout, columns }: Pick<ChaosEnvironment, 'stdout' | 'columns'>,
): ChaosReporter {
  const ofMs = minutes * MINUTE_MS;
  if (json) return jsonReporter(stdout);
  return columns ? barReporter(stdout, ofMs, columns) : linesReporter(stdout, ofMs);
}

async function failureOfRun(
  result: ThreadsResult,
  options: ChaosCommandOptions,
  { directory }: Pick<ChaosEnvironment, 'directory'>,
): Promise<ChaosFailure | undefined> {
  const [first] = result.violations;
  if (!first) return undefined;
  const replay = replayOf(options, result.seed);
  const { pages } = options;
  const page =
    pages === undefined
      ? NO_PAGE_WANTED
      : await pageOutcome(writeThreadsPage(result, replay, resolve(directory, pages)));
  return { promise: first.promise, problem: first.problem, text: report(result, replay), ...page };
}
