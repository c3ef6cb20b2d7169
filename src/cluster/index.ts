/** The host's side: how a test, a program or the command holds a cluster. */
export { threadsClock } from '../transports/threads/index.ts';
export * from './cluster.ts';
export * from './settling.ts';
export type { SimulationOptions } from './simulation/launcher.ts';
export * from './simulation/memory-store.ts';
export * from './simulation/start.ts';
export { bundleAppModule, bundlePlayerThread, bundleSeedThread } from './threads/bundle.ts';
export * from './threads/start.ts';
