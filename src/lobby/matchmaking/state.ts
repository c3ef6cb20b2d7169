/** What the servers of matchmaking keep. Times are of the wall clock: they outlive a node. */
import * as z from 'zod';
import { UserId } from '../presence/sessions.ts';
import { QueueInfo } from './declarations.ts';

export const Player = z.object({
  userId: UserId,
  /** The login he is known by; another one takes his place over. */
  session: z.string(),
  rating: z.number(),
});
export type Player = z.infer<typeof Player>;

export const Group = z.object({
  /** `user:ID` or `party:ID`. */
  id: z.string(),
  members: z.array(Player),
  joinedAt: z.number(),
  /** Since when one of its members has not been logged in. */
  goneSince: z.nullable(z.number()),
});
export type Group = z.infer<typeof Group>;

export const Attempt = z.object({ number: z.int(), groups: z.array(Group), madeAt: z.number() });
export type Attempt = z.infer<typeof Attempt>;

export const WaitState = z.object({
  /** In the order in which they get a match; the front first. */
  groups: z.array(Group),
  /** Who was set aside for a match that is not settled yet. */
  attempts: z.array(Attempt),
  nextAttempt: z.int(),
  /** How long those waited for whom the last match was found, on average. */
  meanWaitMs: z.number(),
});
export type WaitState = z.infer<typeof WaitState>;

export const Answer = z.object({
  userId: UserId,
  session: z.string(),
  said: z.enum(['nothing', 'ready', 'declined']),
});
export type Answer = z.infer<typeof Answer>;

export const MatchState = z.object({
  /**
   * `new` → `asking` the players → `placing` the match in a lobby → `moving` the players there → `starting` the game → `over`
   * (the queue is told) → `closed`. `over` may follow any other.
   */
  phase: z.enum(['new', 'asking', 'placing', 'moving', 'starting', 'over', 'closed']),
  queue: z.nullable(QueueInfo),
  groups: z.array(Group),
  answers: z.array(Answer),
  /** Of the present phase. */
  deadline: z.number(),
  /** The members of each team; empty until they are balanced. */
  teams: z.array(z.array(UserId)),
  lobbyId: z.nullable(z.int()),
  /** What the host has still to be told. */
  orders: z.array(z.string()),
  /** Ids of the groups that return to the queue. */
  back: z.array(z.string()),
  made: z.boolean(),
});
export type MatchState = z.infer<typeof MatchState>;

export function membersOf(groups: readonly Group[]): Player[] {
  return groups.flatMap(({ members }) => members);
}

export function userIdsOf(groups: readonly Group[]): number[] {
  return membersOf(groups).map(({ userId }) => userId);
}
