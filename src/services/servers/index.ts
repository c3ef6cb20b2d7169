/** Servers and where they run. */
export * from './declaration.ts';
export * from './service.ts';
