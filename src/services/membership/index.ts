/** Who is in the cluster, and the flush that every change of it goes through. */
export * from './lease.ts';
export * from './protocol.ts';
export * from './service.ts';
export * from './timing.ts';
export * from './view.ts';
