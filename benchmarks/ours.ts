/** Muster as the subject of a scenario: a cluster of the benchmark's app, and how to ask its nodes. */
import { type Cluster, startCluster } from '../src/index.ts';
import type { Benches } from './app/index.ts';
import type { Measured, Subject } from './harness.ts';

export const NODES = 4;

/** The ids of the first `count` nodes. */
export function nodeIds(count = NODES): string[] {
  return Array.from({ length: count }, (_, at) => `n${at + 1}`);
}

const APP = new URL('./app/index.ts', import.meta.url);

export function startBench(nodes = NODES): Promise<Cluster> {
  return startCluster({ nodes, app: APP, freezeValues: false });
}

type Asked<B> = { [M in keyof B]: B[M] extends (...args: infer A) => infer R ? (...args: A) => R : never };

/** Calls a method of one of the node's benches. */
export function ask<B extends keyof Benches, M extends keyof Benches[B] & string>(
  cluster: Cluster,
  node: string,
  bench: B,
  method: M,
  ...args: Parameters<Asked<Benches[B]>[M]>
): Promise<Awaited<ReturnType<Asked<Benches[B]>[M]>>> {
  const call = (_node: unknown, [of, name]: readonly [string, string], given: readonly unknown[]): unknown =>
    (globalThis as unknown as { benches: Record<string, Record<string, (...args: readonly unknown[]) => unknown>> })
      .benches[of]![name]!(...given);
  return cluster.run(node, call, [bench, method] as const, args) as Promise<Awaited<ReturnType<Asked<Benches[B]>[M]>>>;
}

export interface OnCluster {
  readonly nodes?: number;
  /** Shown instead of `muster`. */
  readonly name?: string;
  /** Before the first round. */
  readonly prepare?: (cluster: Cluster) => Promise<unknown>;
  /** Resolves to the figure of a round; told its number, from 1. */
  readonly round: (cluster: Cluster, round: number) => Promise<number | Measured>;
}

/** Muster with a cluster of its own that lives as long as the subject. */
export async function onCluster({ nodes, name = 'muster', prepare, round }: OnCluster): Promise<Subject> {
  const cluster = await startBench(nodes);
  await prepare?.(cluster);
  let rounds = 0;
  return {
    name,
    round() {
      rounds += 1;
      return round(cluster, rounds);
    },
    close: () => cluster.close(),
  };
}
