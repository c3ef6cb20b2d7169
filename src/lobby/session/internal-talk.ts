/**
 * A session's private lines to the users the server itself is. They are answered on the session's own node, so whoever else
 * runs, there is one answer.
 */
import { AUTOHOST_MONITOR } from '../internal-users.ts';
import { resultFromHost } from '../matches/hosts.ts';
import type { User } from '../roster/events.ts';
import type { SessionContext } from './context.ts';

/** What each of them does with a line. Undefined: it has nothing to do with it. */
type Listener = (session: SessionContext, text: string) => Promise<readonly string[] | undefined>;

const LISTENERS: ReadonlyMap<number, Listener> = new Map<number, Listener>([[AUTOHOST_MONITOR.userId, toMonitor]]);

/** Gives the line to `to` and his answers to the session. False when it is nothing to him. */
export async function tellInternalUser(session: SessionContext, to: User, text: string): Promise<boolean> {
  const answers = await LISTENERS.get(to.userId)?.(session, text);
  for (const line of answers ?? []) session.inbox({ kind: 'private-message', from: to, text: line, emote: false });
  return answers !== undefined;
}

/** He does not talk: what he does not understand is not answered. */
async function toMonitor(session: SessionContext, text: string): Promise<readonly string[]> {
  return (await resultFromHost(session.hub.node, session.userId, text)) ?? [];
}
