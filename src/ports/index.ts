/** What a node needs from a world: interfaces and their contracts, no implementation. */
export * from './clock.ts';
export * from './compute.ts';
export * from './faults.ts';
export * from './log.ts';
export * from './pulse.ts';
export * from './store.ts';
export * from './transport.ts';
export * from './world.ts';
