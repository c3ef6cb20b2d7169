/**
 * The users the server itself is: the Coordinator and his like. They have no account, no session and no node; every roster
 * shows them, always, each once under the same ids, so that they outlive any node and cannot be there twice.
 */
import { COORDINATOR } from './coordinator.ts';
import type { User } from './roster/events.ts';

/** Asks players for accolades after a match. Ids below 1 are nobody else's; spring ids are given out from the other end. */
export const ACCOLADES_BOT: User = Object.freeze({
  ...COORDINATOR,
  userId: -1,
  springId: 2_147_483_647,
  session: 'accolades-bot',
  name: 'AccoladesBot',
});

export const AUTOHOST_MONITOR_NAME = 'AutohostMonitor';

/** Listens to hosts: what begins and ends on them, and what their games were like. */
export const AUTOHOST_MONITOR: User = Object.freeze({
  ...COORDINATOR,
  userId: -2,
  springId: 2_147_483_646,
  session: 'autohost-monitor',
  name: AUTOHOST_MONITOR_NAME,
});

export const INTERNAL_USERS: readonly User[] = Object.freeze([COORDINATOR, ACCOLADES_BOT, AUTOHOST_MONITOR]);

export function isInternalUser(userId: number): boolean {
  return INTERNAL_USERS.some((user) => user.userId === userId);
}

/** Whether a name is one of theirs, in whatever case: nobody may register it. */
export function isInternalName(name: string): boolean {
  return INTERNAL_USERS.some((user) => user.name.toLowerCase() === name.toLowerCase());
}
