/**
 * A worker thread's entry: runs seeds until a checker finds a promise broken, and tells what it found. Bundled together with
 * everything it runs, so that a planted fault is in this thread only.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { report, runSeed } from '../../../src/chaos/index.ts';
import type { Setting } from './fault.ts';

export interface Hunt {
  readonly seeds: readonly number[];
  /** Begins the promise that must be broken; any when it is empty. */
  readonly promise: string;
  readonly under: Setting | undefined;
}

export interface Catch {
  /** The seed that showed it; undefined when none did. */
  readonly seed: number | undefined;
  /** What the checker said. */
  readonly problem: string;
  readonly report: string;
  /** Violations of other promises, by seed: also true, but not what was looked for. */
  readonly others: readonly string[];
}

/** Small and short: what a fault needs beside that, it says. */
const USUAL: Setting = { nodes: 4, seconds: 2, everyMs: 150, pauseMs: 20 };
const MOST_OTHERS = 10;

async function hunt({ seeds, promise, under }: Hunt): Promise<Catch> {
  const { nodes, seconds = 0, faults = 'swarm', ...pressure } = { ...USUAL, ...under };
  const others: string[] = [];
  for (const seed of seeds) {
    const result = await runSeed({ seed, nodes, minutes: seconds / 60, faults, pressure });
    const found = result.violations.filter((violation) => violation.promise.startsWith(promise));
    if (found[0]) {
      const text = report({ ...result, violations: found }, `seed ${seed} of this test`);
      return { seed, problem: found[0].problem.slice(0, 200), report: text, others };
    }
    others.push(...result.violations.map((other) => `seed ${seed}: ${other.promise}: ${other.problem}`));
  }
  return { seed: undefined, problem: '', report: '', others: others.slice(0, MOST_OTHERS) };
}

parentPort?.postMessage(await hunt(workerData as Hunt));
