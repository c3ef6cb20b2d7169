/** Chaos: a workload and faults on a cluster, what happened in between, and the checkers of the promises. */
export * from './checkers/index.ts';
export * from './history.ts';
export * from './linearizable.ts';
export * from './run.ts';
