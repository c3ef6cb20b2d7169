/**
 * Registers a test of the services in both worlds: in the simulation with several seeds, and once on real threads. A failure
 * in the simulation says its seed and the command that replays it.
 *
 * MUSTER_SEED runs one seed of the simulation and no threads; MUSTER_SEEDS is how many seeds are run otherwise.
 */
import { relative } from 'node:path';
import { test } from 'node:test';
import { seedCountOfEnvironment, seedOfEnvironment } from '../../src/chaos/index.ts';
import {
  type Cluster,
  type ClusterOptions,
  type SimulatedCluster,
  startCluster,
  startSimulation,
} from '../../src/index.ts';
import type { Store } from '../../src/ports/index.ts';
import app from './app.ts';

export const APP_FILE = new URL('./app.ts', import.meta.url);

export interface WorldOptions extends ClusterOptions {
  /** Seeds 1 to this number are run in the simulation. Default 3. */
  readonly seeds?: number;
  /** With a store in memory. */
  readonly store?: boolean;
}

/** Where a test runs, for what is measured differently there. */
export interface TestWorld {
  readonly kind: 'simulation' | 'threads';
  readonly seed: number;
  /** The first in the simulation, where each event costs; the second on threads. */
  size(simulated: number, threads: number): number;
}

type Body = (cluster: Cluster, world: TestWorld) => Promise<void>;

export function inEachWorld(name: string, options: WorldOptions, body: Body): void {
  inSimulation(name, options, body);
  onThreads(name, options, body);
}

/** For what only a simulation can show, such as faults at an exact moment. */
export function inSimulation(
  name: string,
  options: WorldOptions,
  body: (cluster: SimulatedCluster, world: TestWorld) => Promise<void>,
): void {
  overSeeds(name, options.seeds, (seed) => simulate(options, seed, body));
}

/** A test that makes its own simulations, once per seed. */
export function overSeeds(name: string, seeds: number | undefined, run: (seed: number) => Promise<void>): void {
  test(`${name} (simulation)`, async () => {
    for (const seed of seedsOf(seeds)) await underSeed(name, seed, () => run(seed));
  });
}

export function onThreads(name: string, options: WorldOptions, body: Body): void {
  if (seedOfEnvironment() !== undefined) return;
  test(`${name} (threads)`, async () => {
    const { seeds: _seeds, store, ...rest } = options;
    const started = { app: APP_FILE, logLevel: 'error' as const, onOutput: () => undefined, ...rest };
    await using cluster = await startCluster({ ...started, ...(store && { data: 'memory' }) });
    await body(cluster, { kind: 'threads', seed: 0, size: (_simulated, threads) => threads });
  });
}

async function simulate(
  options: WorldOptions,
  seed: number,
  body: (cluster: SimulatedCluster, world: TestWorld) => Promise<void>,
): Promise<void> {
  const { seeds: _seeds, store, ...rest } = options;
  await using cluster = await startSimulation({ app, seed, ...rest, ...(store && { store: memoryStore() }) });
  await body(cluster, { kind: 'simulation', seed, size: (simulated) => simulated });
}

function seedsOf(seeds = 3): number[] {
  const one = seedOfEnvironment();
  if (one !== undefined) return [one];
  return Array.from({ length: seedCountOfEnvironment(seeds) }, (_, at) => at + 1);
}

async function underSeed(name: string, seed: number, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    const file = relative(process.cwd(), process.argv[1] ?? '');
    const command = `MUSTER_SEED=${seed} npx tsx --test --test-name-pattern '${name.replaceAll("'", '.')}' ${file}`;
    const told = `seed ${seed}; replay with: ${command}`;
    if (!(error instanceof Error)) throw new Error(`${told}\n${String(error)}`);
    error.message = `${told}\n${error.message}`;
    error.stack = `${told}\n${error.stack ?? ''}`;
    throw error;
  }
}

/** High-water marks without SQL, for sequences in a simulation. */
export function memoryStore(): Store {
  const marks = new Map<string, number>();
  return {
    query: () => Promise.reject(new Error('this store understands no SQL')),
    batch: () => Promise.reject(new Error('this store understands no SQL')),
    reserve: async (name, count) => {
      const first = marks.get(name) ?? 1;
      marks.set(name, first + count);
      return first;
    },
    close: () => undefined,
  };
}
