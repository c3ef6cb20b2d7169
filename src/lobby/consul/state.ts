/** What a Consul remembers of its lobby beyond the lobby's own record. Kept across the death of its node. */
import * as z from 'zod';

/** What a lock pins; see `decideStatus`. */
export const LOCKS = ['team', 'allyid', 'player', 'spectator', 'side'] as const;
export type Lock = (typeof LOCKS)[number];

export const ConsulState = z.object({
  /** Whether the lobby's record has been seen; until then its absence does not mean that the lobby closed. */
  opened: z.boolean(),
  /** `node.now()` when it was first started. */
  startedAt: z.number(),
  locks: z.array(z.enum(LOCKS)),
  /** User ids, the next to be promoted first. */
  queue: z.array(z.int()),
  /** Empty: none. */
  welcome: z.string(),
});
export type ConsulState = z.infer<typeof ConsulState>;

export function newConsulState(now: number): ConsulState {
  return { opened: false, startedAt: now, locks: [], queue: [], welcome: '' };
}

export function isLock(word: string): word is Lock {
  return (LOCKS as readonly string[]).includes(word);
}
