/** Publish and subscribe. */
export * from './service.ts';
export * from './topic.ts';
