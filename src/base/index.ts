/** Words everybody uses. Nothing here knows a node, a world or a service. */
export * from './assert.ts';
export * from './bounded-queue.ts';
export * from './codec.ts';
export * from './deferred.ts';
export * from './errors.ts';
export * from './hash.ts';
export * from './hybrid-clock.ts';
export * from './ids.ts';
export * from './key.ts';
export * from './key-slots.ts';
export * from './near-name.ts';
export * from './numbered.ts';
export * from './plain.ts';
export * from './random.ts';
