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
  /** How many seeds were run. */
  readonly runs: number;
  readonly report: string;
  /** Violations of other promises, by seed: also true, but not what was looked for. */
  readonly others: readonly string[];
}

/** Small and short: what a fault needs beside that, it says. */
const USUAL: Setting = { nodes: 4, seconds: 3, everyMs: 150, pauseMs: 15 };

async function hunt({ seeds, promise, under }: Hunt): Promise<Catch> {
  const others: string[] = [];
  const { nodes, seconds = 0, faults = 'swarm', ...pressure } = { ...USUAL, ...under };
  let runs = 0;
  for (const seed of seeds) {
    runs += 1;
    const result = await runSeed({ seed, nodes, minutes: seconds / 60, faults, pressure });
    const found = result.violations.filter((violation) => violation.promise.startsWith(promise));
    const replay = `the planted fault, seed ${seed}`;
    if (found.length > 0) return { seed, runs, report: report({ ...result, violations: found }, replay), others };
    others.push(...result.violations.slice(0, 2).map((other) => `seed ${seed}: ${other.promise}: ${other.problem}`));
  }
  return { seed: undefined, runs, report: '', others };
}

parentPort?.postMessage(await hunt(workerData as Hunt));
