/** Unique names in the cluster. */
export * from './declaration.ts';
export * from './name-table.ts';
export * from './service.ts';
