/** Declared caches. */
export * from './declaration.ts';
export * from './service.ts';
