/**
 * Who is connected: one registry name per user, held by the node where the client is. A node that dies takes its names with
 * it, without anybody announcing it; whether its users are gone then, `seats.ts` says.
 */
import * as z from 'zod';
import { registry } from '../../services/index.ts';
import type { User } from '../roster/events.ts';

export const UserId = z.int();

export const SessionInfo = z.object({
  userId: UserId,
  springId: z.int(),
  /** Unique to this stay: a login that takes up a held seat goes on with its session. */
  session: z.string(),
  /** Unique to this login. */
  connection: z.string(),
  name: z.string(),
  country: z.string(),
  client: z.string(),
  status: z.int(),
  moderator: z.boolean(),
  bot: z.boolean(),
  ip: z.string(),
  /** Its client announced that it authorises joins to its battles. */
  authorisesJoins: z.boolean(),
});
export type SessionInfo = z.infer<typeof SessionInfo>;

export const sessions = registry('sessions', {
  key: UserId,
  value: SessionInfo,
  about: 'Users who are logged in, held by the node of their connection. A second login must wait for the name.',
});

export function userOf(info: SessionInfo): User {
  const { userId, springId, session, name, country, client, status, moderator, bot } = info;
  return Object.freeze({ userId, springId, session, name, country, client, status, moderator, bot });
}
