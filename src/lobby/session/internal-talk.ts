/**
 * A session's private lines to the users the server itself is. They are answered on the session's own node, so whoever else
 * runs, there is one answer.
 */
import { NoSuchServer } from '../../base/index.ts';
import { accoladeChat } from '../bots/accolades/chat.ts';
import { automod } from '../bots/automod/server.ts';
import { readUserInfo } from '../bots/automod/user-info.ts';
import { COORDINATOR } from '../coordinator.ts';
import { ACCOLADES_BOT, AUTOHOST_MONITOR } from '../internal-users.ts';
import { resultFromHost } from '../matches/hosts.ts';
import type { User } from '../roster/events.ts';
import { askCoordinator } from './ask-coordinator.ts';
import type { SessionContext } from './context.ts';

const AWAITS_NOTHING = 'I am not waiting for an answer from you.';

/** What each of them does with a line. Undefined: it has nothing to do with it. */
type Listener = (session: SessionContext, text: string) => Promise<readonly string[] | undefined>;

const LISTENERS: ReadonlyMap<number, Listener> = new Map<number, Listener>([
  [COORDINATOR.userId, askCoordinator],
  [ACCOLADES_BOT.userId, toAccoladesBot],
  [AUTOHOST_MONITOR.userId, toMonitor],
]);

/** Gives the line to `to` and his answers to the session. False when it is nothing to him. */
export async function tellInternalUser(session: SessionContext, to: User, text: string): Promise<boolean> {
  const answers = await LISTENERS.get(to.userId)?.(session, text);
  for (const line of answers ?? []) session.inbox({ kind: 'private-message', from: to, text: line, emote: false });
  return answers !== undefined;
}

/** An answer to his question; a command is the Coordinator's. */
async function toAccoladesBot(session: SessionContext, text: string): Promise<readonly string[]> {
  if (text.startsWith('$')) return (await askCoordinator(session, text)) ?? ['Please ask the Coordinator.'];
  try {
    const answer = await session.hub.node.server(accoladeChat, session.userId).call('answer', text);
    return answer.ok ? (answer.value ?? [AWAITS_NOTHING]) : [answer.message];
  } catch (error) {
    if (error instanceof NoSuchServer) return [AWAITS_NOTHING];
    throw error;
  }
}

/** He does not talk: what he does not understand is not answered. */
async function toMonitor(session: SessionContext, text: string): Promise<readonly string[]> {
  const { node } = session.hub;
  const info = session.info().bot ? readUserInfo(text) : undefined;
  if (info) {
    const checked = await node.server(automod).call('hardware', info.name, info.hardware);
    return checked.ok ? [] : [checked.message];
  }
  return (await resultFromHost(node, session.userId, text)) ?? [];
}
