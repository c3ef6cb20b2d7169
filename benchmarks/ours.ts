/** Muster as the subject of a scenario: a cluster of the benchmark's app, and how to ask its nodes. */
import { type Cluster, startCluster } from '../src/index.ts';
import type { Bench } from './app.ts';
import type { Subject } from './harness.ts';

export const NODES = 4;
export const NODE_IDS: readonly string[] = Array.from({ length: NODES }, (_, at) => `n${at + 1}`);

const APP = new URL('./app.ts', import.meta.url);

export function startBench(nodes = NODES): Promise<Cluster> {
  return startCluster({ nodes, app: APP, freezeValues: false });
}

type Asked = { [M in keyof Bench]: Bench[M] };

/** Calls a method of the node's `Bench`. */
export function ask<M extends keyof Asked>(
  cluster: Cluster,
  node: string,
  method: M,
  ...args: Parameters<Asked[M]>
): Promise<Awaited<ReturnType<Asked[M]>>> {
  const call = (_node: unknown, name: string, given: readonly unknown[]): unknown =>
    (globalThis as unknown as { bench: Record<string, (...args: readonly unknown[]) => unknown> }).bench[name]!(
      ...given,
    );
  return cluster.run(node, call, method, args) as Promise<Awaited<ReturnType<Asked[M]>>>;
}

/** Muster with a cluster of its own that lives as long as the subject. `round` is told its number, from 1. */
export async function onCluster(round: (cluster: Cluster, round: number) => Promise<number>): Promise<Subject> {
  const cluster = await startBench();
  let rounds = 0;
  return {
    name: 'muster',
    round() {
      rounds += 1;
      return round(cluster, rounds);
    },
    close: () => cluster.close(),
  };
}
