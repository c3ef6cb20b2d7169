/** The services' door: declarations for apps, and the runtime that mounts the services on a node. */

export type { Words } from '../node/index.ts';
export * from './app.ts';
export * from './cache/declaration.ts';
export * from './declaration.ts';
export * from './inspection.ts';
export * from './jobs/index.ts';
export {
  AUTHORITY_ADDRESS,
  type Beat,
  type FromAuthority,
  membershipCodec,
  SAY_AGAIN_MS,
  type Timing,
  type ToAuthority,
  timingOf,
} from './membership/index.ts';
export * from './membership/view.ts';
export * from './pubsub/topic.ts';
export * from './registry/declaration.ts';
export * from './runtime.ts';
export * from './sequences/declaration.ts';
export * from './servers/declaration.ts';
export type { Inheritance } from './tables/index.ts';
