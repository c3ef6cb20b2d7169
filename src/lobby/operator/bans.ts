/** Keeping an account out, or quiet, or from something else, for an operator: moderation takes a right of it. */

import type { MusterNode } from '../../services/index.ts';
import { Moderation } from '../moderation/moderation.ts';
import type { Restriction } from '../moderation/restrictions.ts';
import { sessions } from '../presence/sessions.ts';

/** Also while another action of the kind holds: the one that lasts longest counts. `forMs` null: for good. */
export async function take(
  node: MusterNode,
  userId: number,
  taken: Restriction,
  { forMs, reason }: { forMs: number | null; reason: string },
): Promise<{ wasOnline: boolean }> {
  const wasOnline = node.registry(sessions).lookup(userId) !== undefined;
  await new Moderation(node).impose({ userId, restrictions: [taken], reason, by: null, forMs });
  return { wasOnline };
}

/** Lifts all actions that take this now. How many there were. */
export async function giveBack(node: MusterNode, userId: number, taken: Restriction): Promise<number> {
  const moderation = new Moderation(node);
  const actions = await moderation.actionsOf(userId);
  let lifted = 0;
  for (const { actionId, restrictions } of actions) {
    if (restrictions.includes(taken) && (await moderation.lift(actionId, null))) lifted += 1;
  }
  return lifted;
}
