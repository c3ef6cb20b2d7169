/**
 * The Coordinator: the user in whose name the server speaks. He has no account, no session and no node: every roster
 * shows him, always, under the same ids, so he is there once for every client and outlives any node.
 */
import type { User } from './roster/events.ts';
import { encodeClientStatus } from './status/client-status.ts';

export const COORDINATOR_NAME = 'Coordinator';
/** Accounts and sequences begin at 1, so 0 is nobody else's. */
export const COORDINATOR_ID = 0;

export const COORDINATOR: User = Object.freeze({
  userId: COORDINATOR_ID,
  springId: COORDINATOR_ID,
  session: 'coordinator',
  name: COORDINATOR_NAME,
  country: '??',
  client: 'Muster Internal Process',
  status: encodeClientStatus({ inGame: false, away: false, rank: 0, moderator: true, bot: true }),
  moderator: true,
  bot: true,
});
