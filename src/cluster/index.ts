/** The host's side: how a test, a program or the command holds a cluster. */
export * from './cluster.ts';
export * from './settling.ts';
export * from './simulation.ts';
export * from './start.ts';
