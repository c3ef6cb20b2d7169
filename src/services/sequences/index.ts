/** Ids that are never issued twice. */
export * from './declaration.ts';
export * from './service.ts';
