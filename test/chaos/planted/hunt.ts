/**
 * A worker thread's entry: runs seeds until a checker finds a promise broken, and tells what it found. Bundled together with
 * everything it runs, so that a planted fault is in this thread only.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { type Pressure, report, runChaos } from '../../../src/chaos/index.ts';

export interface Hunt {
  readonly seeds: readonly number[];
  /** Begins the promise that must be broken; any when it is empty. */
  readonly promise: string;
  readonly pressure: Pressure | undefined;
}

export interface Catch {
  /** The seed that showed it; undefined when none did. */
  readonly seed: number | undefined;
  /** How many seeds were run. */
  readonly runs: number;
  readonly report: string;
  /** Violations of other promises, by seed: also true, but not what was looked for. */
  readonly others: readonly string[];
}

async function hunt({ seeds, promise, pressure }: Hunt): Promise<Catch> {
  const others: string[] = [];
  let runs = 0;
  for (const seed of seeds) {
    runs += 1;
    const result = await runChaos(seed, pressure);
    const found = result.violations.filter((violation) => violation.promise.startsWith(promise));
    if (found.length > 0) return { seed, runs, report: report({ ...result, violations: found }), others };
    others.push(...result.violations.slice(0, 2).map((other) => `seed ${seed}: ${other.promise}: ${other.problem}`));
  }
  return { seed: undefined, runs, report: '', others };
}

parentPort?.postMessage(await hunt(workerData as Hunt));
