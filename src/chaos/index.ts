/** Chaos: clients and faults on a cluster, what happened meanwhile, and the checkers of the promises. */
export * from './app-scenario.ts';
export * from './checkers/index.ts';
export * from './environment.ts';
export * from './fault-plan.ts';
export * from './harness.ts';
export * from './history.ts';
export * from './invariants.ts';
export * from './linearizable.ts';
export * from './notes.ts';
export { type Failure, failureOf, failurePage } from './page/index.ts';
export * from './report.ts';
export * from './run.ts';
export * from './seed-task.ts';
export * from './simulate.ts';
export { type Covered, covered } from './threads/covered.ts';
export * from './threads/run.ts';
export * from './write-page.ts';
