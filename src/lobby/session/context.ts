/** What the parts of a session share: whose it is, and the ways to its hub, its client and Consul. */
import type { Actor } from '../battles/changes.ts';
import type { Hub } from '../hub/hub.ts';
import type { Act } from '../moderation/restrictions.ts';
import type { SessionInfo } from '../presence/sessions.ts';
import type { RosterEvent } from '../roster/events.ts';
import type { InboxMessage } from './session.ts';

export interface SessionContext {
  readonly hub: Hub;
  readonly id: string;
  readonly userId: number;
  readonly matchmaking: { join(queueId: number): Promise<void>; leave(queueId: number): Promise<void> };
  /** As last registered. */
  info(): SessionInfo;
  actor(): Actor;
  /** The held battle is left: a client that came back to it and said nothing of a game since then plays none. */
  leftHeldGame(): Promise<void>;
  /** Throws `LobbyRefused` when the session has ended. */
  requireLive(): void;
  /** Throws `LobbyRefused` when the user is kept from it. */
  requireAllowed(act: Act): void;
  /** The same for a line that is to be said, which counts then. */
  requireMaySpeak(act: Act): void;
  /** The tag of the user's clan, as it is now. */
  clan(): string | null;
  /** To this session's client only. */
  deliver(event: RosterEvent): void;
  inbox(message: InboxMessage): void;
  /** A line from the Coordinator to this session's client. */
  notice(text: string): void;
}

const MOST_TEXT = 20_000;

/** Whether a text may be said: not too long. */
export function fitsChat(text: string): boolean {
  return text.length <= MOST_TEXT;
}
