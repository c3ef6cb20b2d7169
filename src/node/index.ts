/** One node in any world; the services stand on it. */
export * from './core.ts';
export type { Message, OpenMessage, PeerSet } from './outbox.ts';
export { DEFAULT_DEADLINE_MS, type Request, RequestBook, type RequestOptions } from './requests.ts';
export * from './words.ts';
