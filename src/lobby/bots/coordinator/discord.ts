/** Codes by which a user shows a bridge to another chat who he is. Made on one node, they are good on every other. */
import * as z from 'zod';
import { cache, type MusterNode } from '../../../services/index.ts';
import { UserId } from '../../presence/sessions.ts';

export const discordCodes = cache('discord_codes', {
  key: UserId,
  value: z.string(),
  writes: 'anywhere',
  ttlMs: 5 * 60_000,
  filled: 'when a user asks the Coordinator for one',
  about: 'The six digits with which a user links his Discord account, good for five minutes.',
});

/** A new code, in place of an older one of his. */
export function newDiscordCode(node: MusterNode, userId: number): string {
  const word = node.compute.randomBytes(4).reduce((sum, byte) => sum * 256 + byte, 0);
  const code = String(word % 1_000_000).padStart(6, '0');
  node.cache(discordCodes).put(userId, code);
  return code;
}

/** Whether that is the user's code now. It is used up then. */
export function takeDiscordCode(node: MusterNode, userId: number, code: string): boolean {
  const codes = node.cache(discordCodes);
  if (codes.get(userId) !== code) return false;
  codes.delete(userId);
  return true;
}
