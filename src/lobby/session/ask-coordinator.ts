/** Asking the Coordinator of the session's own node. */
import { coordinator } from '../bots/coordinator/server.ts';
import type { SessionContext } from './context.ts';

/** His answer, which may be why not; undefined when the line is nothing to him. */
export async function askCoordinator(session: SessionContext, text: string): Promise<readonly string[] | undefined> {
  const { userId, name, moderator } = session.info();
  const answer = await session.hub.node.server(coordinator).call('hear', { userId, name, moderator }, text);
  return answer.ok ? (answer.value ?? undefined) : [answer.message];
}
