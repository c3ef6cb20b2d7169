/** Who has still to say that he has read what was imposed on him. Until then he enters no lobby, on whatever node. */
import * as z from 'zod';
import { cache, type MusterNode } from '../../../services/index.ts';
import { UserId } from '../../presence/sessions.ts';
import { LobbyRefused } from '../../refusal.ts';
import { setting } from '../../settings/settings.ts';

export const awaitingAcknowledgement = cache('awaiting_acknowledgement', {
  key: UserId,
  value: z.object({ since: z.number() }),
  writes: 'owner',
  ttlMs: 24 * 3_600_000,
  filled:
    'when the Coordinator has warned a user after his login; deleted when he acknowledges, or nothing holds any more',
  about:
    'Users who must acknowledge a moderation action before they may enter a lobby. Who comes back later is warned again.',
});

/** The words that acknowledge; the setting `acknowledgePhrase`. */
export function acknowledgePhrase(node: MusterNode): string {
  return setting(node, 'acknowledgePhrase');
}

/** Throws `LobbyRefused` `Restricted` while the user has to acknowledge something. */
export function requireAcknowledged(node: MusterNode, userId: number): void {
  if (!node.cache(awaitingAcknowledgement).has(userId)) return;
  throw new LobbyRefused(
    'Restricted',
    `Awaiting acknowledgement: answer the Coordinator's message with '${acknowledgePhrase(node)}' first`,
  );
}
