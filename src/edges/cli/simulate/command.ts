/**
 * `muster simulate`: runs seeds on all cores, shows how far it is, and says which broke a promise. Everything outside comes in
 * as a `SimulateEnvironment`, so that a test can hold it.
 */
import { resolve } from 'node:path';
import { preparePages, type SeedAnswer } from '../../../chaos/index.ts';
import { failureOf } from '../failure.ts';
import type { Output } from '../reporters/reporter.ts';
import { replayOf, type SimulateCommandOptions } from './options.ts';
import type { SeedPool } from './pool.ts';
import { begin, type Progress, withAnswer } from './progress.ts';
import { remarksAfter, remarksOn } from './remarks.ts';
import { barReporter, jsonReporter, linesReporter, type SimulateReporter } from './reporters.ts';

export interface SimulateEnvironment {
  readonly openPool: (app: string | undefined, threads: number) => Promise<SeedPool>;
  readonly cores: number;
  readonly stdout: Output;
  readonly stderr: Output;
  /** The width of the terminal; undefined without one. */
  readonly columns: (() => number) | undefined;
  /** What relative file names start from. */
  readonly directory: string;
  readonly elapsedMs: () => number;
  /** The listener gets the exit code for ending early. Returns what ends the listening. */
  readonly onStopSignal: (listener: (exitCode: number) => void) => () => void;
}

/** Whoever breaks this often need not be shown more. */
const MOST_FAILURES = 10;

/** Resolves to the exit code: 0, 1 when a seed failed or none could run, or a signal's. */
export async function runSimulate(options: SimulateCommandOptions, environment: SimulateEnvironment): Promise<number> {
  const app = options.app === undefined ? undefined : resolve(environment.directory, options.app);
  const { stderr, cores } = environment;
  const pages = pagesOf(options, environment);
  try {
    if (pages !== undefined) await preparePages('--pages', 'none', pages);
    const pool = await environment.openPool(app, Math.min(cores, options.count));
    const { harness } = pool;
    const remark = (text: string): void => void stderr.write(`muster: ${text}\n`);
    if (harness) remarksOn(harness).forEach(remark);
    const { exitCode, progress } = await new SeedRun(options, environment, pool).run();
    if (harness && exitCode === 0) remarksAfter(harness, progress.done, progress.figures.operations).forEach(remark);
    return exitCode;
  } catch (error) {
    stderr.write(`muster: ${failureOf(error).message}\n`);
    return 1;
  }
}

function pagesOf({ pages }: SimulateCommandOptions, { directory }: SimulateEnvironment): string | undefined {
  return pages === undefined ? undefined : resolve(directory, pages);
}

class SeedRun {
  readonly #options: SimulateCommandOptions;
  readonly #environment: SimulateEnvironment;
  readonly #pool: SeedPool;
  readonly #reporter: SimulateReporter;
  readonly #startedAt: number;
  #progress: Progress;
  #next: number;
  #interruptedWith: number | undefined;
  #interrupt: () => void = () => undefined;

  constructor(options: SimulateCommandOptions, environment: SimulateEnvironment, pool: SeedPool) {
    const { stdout, columns } = environment;
    this.#options = options;
    this.#environment = environment;
    this.#pool = pool;
    this.#reporter = options.json
      ? jsonReporter(stdout)
      : columns
        ? barReporter(stdout, columns)
        : linesReporter(stdout);
    this.#startedAt = environment.elapsedMs();
    this.#progress = begin(options.count);
    this.#next = options.from;
  }

  async run(): Promise<{ exitCode: number; progress: Progress }> {
    const interrupted = new Promise<void>((resolve) => {
      this.#interrupt = resolve;
    });
    const ignoreSignals = this.#environment.onStopSignal((exitCode) => {
      this.#interruptedWith = exitCode;
      this.#interrupt();
    });
    try {
      const lanes = Array.from({ length: this.#pool.threads }, () => this.#lane());
      await Promise.race([Promise.all(lanes), interrupted]);
    } finally {
      ignoreSignals();
      this.#next = Number.POSITIVE_INFINITY;
      await this.#pool.close();
    }
    this.#reporter.end(this.#progress, this.#interruptedWith !== undefined);
    const exitCode = this.#interruptedWith ?? (this.#progress.failed.length > 0 ? 1 : 0);
    return { exitCode, progress: this.#progress };
  }

  /** One seed after the other, beside the other lanes. */
  async #lane(): Promise<void> {
    const { nodes, faults, minutes } = this.#options;
    const pages = pagesOf(this.#options, this.#environment);
    while (this.#hasMore()) {
      const seed = this.#next++;
      const replay = replayOf(this.#options, seed);
      let answer: SeedAnswer;
      try {
        answer = await this.#pool.run({ seed, nodes, faults, minutes, replay, pages });
      } catch (error) {
        // What was under way when the pool closed is not missed.
        if (this.#interruptedWith !== undefined) return;
        throw error;
      }
      this.#progress = withAnswer(this.#progress, answer, this.#environment.elapsedMs() - this.#startedAt);
      this.#reporter.seed(answer, this.#progress);
    }
  }

  #hasMore(): boolean {
    const { from, count } = this.#options;
    return this.#next < from + count && this.#progress.failed.length < MOST_FAILURES;
  }
}
