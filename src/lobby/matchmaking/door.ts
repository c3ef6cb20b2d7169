/** Matchmaking as a session offers it. */
import type { QueueInfo } from './declarations.ts';

export interface QueueFigures {
  readonly queue: QueueInfo;
  /** Players who wait. */
  readonly size: number;
  /** How long those waited for whom the last match was found. */
  readonly meanWaitMs: number;
}

/** Requests reject with `LobbyRefused`: `NoSuchQueue`, and `Unavailable` when a queue does not answer. */
export interface SessionMatchmaking {
  /** By id. */
  queues(): readonly QueueInfo[];
  /** The queues this user waits in, or was set aside from for a match that is not settled yet. */
  mine(): Promise<readonly QueueInfo[]>;
  figures(queueId: number): Promise<QueueFigures>;
  /**
   * Joins, with his party if he leads one; joining again is fine. Rejects with `NotAllowed` (only the leader may), `QueueFull`,
   * `PartyTooLarge`, `Restricted`.
   */
  join(queueId: number): Promise<void>;
  /** Leaves; a match that was found is declined. Fine when he is not in it. */
  leave(queueId: number): Promise<void>;
  leaveAll(): Promise<void>;
  /** Says that he is ready for the match he was asked about. False when there is none. */
  ready(): Promise<boolean>;
  /** Declines the match he was asked about, and leaves all queues. */
  decline(): Promise<void>;
}

/** What matchmaking tells one session. */
export type MatchmakingMessage =
  | { readonly kind: 'ready-check'; readonly queueId: number }
  | { readonly kind: 'match-cancelled'; readonly queueId: number }
  /** The queues this user is in, when he has just come back. */
  | { readonly kind: 'your-queues'; readonly queues: readonly QueueInfo[] };
