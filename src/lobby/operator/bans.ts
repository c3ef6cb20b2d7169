/** Keeping an account out, for an operator: moderation takes its right to log in, which ends its session. */

import type { MusterNode } from '../../services/index.ts';
import { Moderation } from '../moderation/moderation.ts';
import { sessions } from '../presence/sessions.ts';

/** Also while another ban runs: the one that lasts longest holds. `forMs` null: for good. */
export async function ban(
  node: MusterNode,
  userId: number,
  { forMs, reason }: { forMs: number | null; reason: string },
): Promise<{ endedSession: boolean }> {
  const endedSession = node.registry(sessions).lookup(userId) !== undefined;
  await new Moderation(node).impose({ userId, restrictions: ['Login'], reason, by: null, forMs });
  return { endedSession };
}

/** Lifts all actions that keep the account out now. How many there were. */
export async function unban(node: MusterNode, userId: number): Promise<number> {
  const moderation = new Moderation(node);
  const actions = await moderation.actionsOf(userId);
  let lifted = 0;
  for (const { actionId, restrictions } of actions) {
    if (restrictions.includes('Login') && (await moderation.lift(actionId, null))) lifted += 1;
  }
  return lifted;
}
