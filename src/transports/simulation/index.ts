/** The simulation: virtual time, a simulated network, and the worlds that stand on them. */
export * from './ambient.ts';
export * from './network.ts';
export * from './party-clock.ts';
export * from './scheduler.ts';
export * from './world.ts';
