/** What a Consul remembers of its lobby beyond the lobby's own record. Kept across the death of its node. */
import * as z from 'zod';

/** What a lock pins; see `decideStatus`. */
export const LOCKS = ['team', 'allyid', 'player', 'spectator', 'side'] as const;
export type Lock = (typeof LOCKS)[number];

/**
 * Whom the lobby lets in, or play: everybody; only friends of somebody inside; everybody inside, but only friends of somebody
 * inside among the players.
 */
export const GATEKEEPERS = ['default', 'friends', 'friendsplay', 'clan'] as const;
export type Gatekeeper = (typeof GATEKEEPERS)[number];

/** Bounds of what hosts and members can make it remember. */
export const CONSUL_BOUNDS = { bans: 250, reason: 300, text: 2_000, bosses: 32, number: 255 } as const;

export const Ban = z.object({
  userId: z.int(),
  /** As it was then; for lifting it by name when he is not there. */
  name: z.string(),
  /** `spectator`: he may come in and not play. */
  level: z.enum(['spectator', 'banned']),
  by: z.int(),
  reason: z.string(),
});
export type Ban = z.infer<typeof Ban>;

export const Vote = z.object({
  userId: z.int(),
  choice: z.enum(['yes', 'no', 'follow']),
  /** Whom he follows. */
  follows: z.nullable(z.int()),
});
export type Vote = z.infer<typeof Vote>;

export const Split = z.object({
  /** Tells one split from the next. */
  id: z.string(),
  first: z.int(),
  /** On `node.now()`'s scale; whoever runs this Consul then carries it out. */
  deadline: z.number(),
  /** One a voter, the newest. */
  votes: z.array(Vote),
});
export type Split = z.infer<typeof Split>;

/** A member who has been sent to another lobby, until he is seen to have gone. */
export const Departure = z.object({
  userId: z.int(),
  /** His stay here; who has come back is not sent again. */
  session: z.string(),
  turn: z.int(),
  to: z.int(),
  /** When to let it be, on `node.now()`'s scale. */
  until: z.number(),
});
export type Departure = z.infer<typeof Departure>;

export const ConsulState = z.object({
  /** Whether the lobby's record has been seen; until then its absence does not mean that the lobby closed. */
  opened: z.boolean(),
  /** `node.now()` when it was first started. */
  startedAt: z.number(),
  gatekeeper: z.enum(GATEKEEPERS),
  /** The lowest rank that may play, and that may come in at all. */
  levelToPlay: z.int(),
  levelToSpectate: z.int(),
  locks: z.array(z.enum(LOCKS)),
  bans: z.array(Ban),
  /** As bans, until the match ends. */
  timeouts: z.array(Ban),
  split: z.nullable(Split),
  /** Whom the last splits have sent away and who is still here: sent again until they go, should a node die over it. */
  departures: z.array(Departure),
  /** Empty: none. */
  welcome: z.string(),
  /** User ids, the next to be promoted first. */
  queue: z.array(z.int()),
  /** Those of low priority: always behind `queue`. */
  lowQueue: z.array(z.int()),
  /** Users who may do some of what the host may; as the host tells. */
  bosses: z.array(z.int()),
  /** As the host tells; null: not told yet. */
  preset: z.nullable(z.string()),
  teamSize: z.nullable(z.int()),
  teamCount: z.nullable(z.int()),
  /** Set by a moderator; null: the site's. */
  playerLimit: z.nullable(z.int()),
  /** A match has started and not stopped. */
  matchRuns: z.boolean(),
});
export type ConsulState = z.infer<typeof ConsulState>;

export function newConsulState(now: number): ConsulState {
  return {
    opened: false,
    startedAt: now,
    gatekeeper: 'default',
    levelToPlay: 0,
    levelToSpectate: 0,
    locks: [],
    bans: [],
    timeouts: [],
    split: null,
    departures: [],
    welcome: '',
    queue: [],
    lowQueue: [],
    bosses: [],
    preset: null,
    teamSize: null,
    teamCount: null,
    playerLimit: null,
    matchRuns: false,
  };
}

export function isLock(word: string): word is Lock {
  return (LOCKS as readonly string[]).includes(word);
}

export function isGatekeeper(word: string): word is Gatekeeper {
  return (GATEKEEPERS as readonly string[]).includes(word);
}

/** Everybody who waits to play, the next first. */
export function waiting(state: ConsulState): number[] {
  return [...state.queue, ...state.lowQueue];
}

/** Nobody waits twice. */
export function withoutWaiting(state: ConsulState, userId: number): ConsulState {
  return {
    ...state,
    queue: state.queue.filter((id) => id !== userId),
    lowQueue: state.lowQueue.filter((id) => id !== userId),
  };
}

/** The ban or timeout that holds for a user; one that keeps him out before one that keeps him from playing. */
export function banOf(state: ConsulState, userId: number): Ban | undefined {
  const own = [...state.timeouts, ...state.bans].filter((ban) => ban.userId === userId);
  return own.find((ban) => ban.level === 'banned') ?? own[0];
}

/** The list with this ban, and without an older one of the same user. The oldest go when there are too many. */
export function withBan(bans: readonly Ban[], ban: Ban): Ban[] {
  return [...bans.filter(({ userId }) => userId !== ban.userId), ban].slice(-CONSUL_BOUNDS.bans);
}
