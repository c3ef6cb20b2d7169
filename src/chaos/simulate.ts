/**
 * `simulate`: a user's app on a simulated cluster under faults, seed after seed, for their own tests; with the user's workload
 * and invariants. Runs in this thread; `muster simulate` spreads seeds over cores.
 */
import { InvalidValue, MusterError } from '../base/index.ts';
import { checkApp } from '../services/index.ts';
import { seedOfEnvironment } from './environment.ts';
import { checkFaults } from './fault-plan.ts';
import { checkHarness } from './harness.ts';
import { report } from './report.ts';
import { DEFAULT_NODES, type RunFigures, type RunOptions, type RunResult, runSeed, type Subject } from './run.ts';
import { NO_PAGE_WANTED, type PageOutcome, pageLines, pageOutcome, preparePages, writePage } from './write-page.ts';

export interface SimulateOptions extends Omit<RunOptions, 'seed' | 'subject' | 'keepTrace'>, Omit<Subject, 'app'> {
  /** One seed. Default: `seeds`. */
  readonly seed?: number;
  /** How many seeds, from 1 on, or which. Default 10. MUSTER_SEED in the environment stands above both. */
  readonly seeds?: number | readonly number[];
  /**
   * The app under test, as `defineApp` made it, with a `workload`, `invariants` or both. Default: Muster's own promises are put to
   * the test.
   */
  readonly app?: Subject['app'];
  /** The directory for the page of a seed that fails, made if it is not there; `false` writes none. Default: the working directory. */
  readonly pages?: string | false;
}

/** What all seeds amounted to. */
export interface SimulateSummary extends RunFigures {
  readonly seeds: number;
}

/** A seed broke a promise or an invariant. The message has the seed, what broke, the history that shows it, the replay. */
export class SimulationFailed extends MusterError {
  readonly seed: number;
  /** The promise, or the name of the invariant. */
  readonly promise: string;
  readonly result: RunResult;

  /** The file of its page, if one was written. */
  readonly page: string | undefined;

  constructor(result: RunResult, replay: string, outcome: PageOutcome) {
    const { seed, violations } = result;
    const { promise, problem } = violations[0]!;
    const text = [report(result, replay), ...pageLines(outcome)].join('\n');
    super('SimulationFailed', text, { seed, promise, problem, replay });
    this.seed = seed;
    this.promise = promise;
    this.result = result;
    this.page = outcome.page;
  }
}

const DEFAULT_SEEDS = 10;

/**
 * Runs every seed; each has a new cluster. Rejects with `SimulationFailed` for the first seed that breaks something, with
 * `InvalidValue` for bad options, or with what the app's start threw.
 */
export async function simulate(options: SimulateOptions = {}): Promise<SimulateSummary> {
  const { seed, seeds, app, workload, settings, store, pages, ...rest } = options;
  const chosen = seedsOf(seed, seeds);
  if (app !== undefined) {
    checkApp('simulate app', app);
    checkHarness('simulate options', { ...options });
  }
  if (app === undefined && workload !== undefined)
    throw new InvalidValue('simulate workload', 'expected an app with it; without one Muster brings its own');
  checkNumbers(rest);
  if (typeof pages === 'string') await preparePages('simulate pages', 'false', pages);
  const subject = app && { app, workload, settings, store };
  const figures: RunFigures[] = [];
  for (const one of chosen) {
    const run = { ...rest, seed: one, subject };
    const result = await runSeed(run);
    if (result.violations.length > 0) throw await failed(result, run, pages ?? process.cwd());
    figures.push(result.figures);
  }
  return { seeds: chosen.length, ...totalOf(figures) };
}

/** The seed is run again with every frame kept, for its page. */
async function failed(result: RunResult, run: RunOptions, pages: string | false): Promise<SimulationFailed> {
  const replay = replayOf(result.seed);
  if (pages === false) return new SimulationFailed(result, replay, NO_PAGE_WANTED);
  const again = await runSeed({ ...run, keepTrace: true });
  if (again.violations.length === 0)
    return new SimulationFailed(result, replay, { page: undefined, noPage: 'the seed broke nothing the second time' });
  return new SimulationFailed(result, replay, await pageOutcome(writePage(again, replay, pages)));
}

/** The sum of several runs. */
export function totalOf(figures: readonly RunFigures[]): RunFigures {
  const sum = (of: (one: RunFigures) => number): number => figures.reduce((total, one) => total + of(one), 0);
  return {
    virtualMs: sum(({ virtualMs }) => virtualMs),
    faults: sum(({ faults }) => faults),
    operations: sum(({ operations }) => operations),
    checked: sum(({ checked }) => checked),
    deliveries: sum(({ deliveries }) => deliveries),
    events: sum(({ events }) => events),
  };
}

function seedsOf(seed: number | undefined, seeds: number | readonly number[] | undefined): readonly number[] {
  const replayed = seedOfEnvironment();
  if (replayed !== undefined) return [replayed];
  if (seed !== undefined) return [checkSeed('simulate seed', seed)];
  if (Array.isArray(seeds) && seeds.length > 0) return seeds.map((one) => checkSeed('simulate seeds', one));
  const count = seeds ?? DEFAULT_SEEDS;
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 1)
    throw new InvalidValue('simulate seeds', `expected a number of seeds or a list of them, got ${String(seeds)}`);
  return Array.from({ length: count }, (_, at) => at + 1);
}

function checkSeed(what: string, seed: unknown): number {
  if (Number.isSafeInteger(seed) && (seed as number) >= 0) return seed as number;
  throw new InvalidValue(what, `expected a whole number from 0, got ${String(seed)}`);
}

function checkNumbers({ nodes = DEFAULT_NODES, minutes = 1, faults = 'swarm' }: Omit<RunOptions, 'seed'>): void {
  if (!Number.isInteger(nodes) || nodes < 1)
    throw new InvalidValue('simulate nodes', `expected a whole number from 1, got ${String(nodes)}`);
  if (!(Number.isFinite(minutes) && minutes > 0))
    throw new InvalidValue('simulate minutes', `expected more than 0 virtual minutes, got ${String(minutes)}`);
  checkFaults('simulate faults', faults);
}

/** The command that ran this file, with the seed. */
function replayOf(seed: number): string {
  return `MUSTER_SEED=${seed} ${['node', ...process.execArgv, ...process.argv.slice(1)].join(' ')}`;
}
