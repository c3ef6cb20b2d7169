/** Who is in the cluster, and the flush that every change of it goes through. */
export * from './protocol.ts';
export * from './service.ts';
export * from './view.ts';
