/** Every planted fault, by promise. */
export * from './bounds.ts';
export * from './merged.ts';
export * from './owned.ts';
export * from './pubsub.ts';
export * from './servers.ts';
export * from './views.ts';
