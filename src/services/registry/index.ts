/** Unique names in the cluster. */
export * from './declaration.ts';
export * from './service.ts';
