/** What the cluster keeps at hand of a user, online or not. Filled from the store when it is asked for. */
import * as z from 'zod';
import { cache } from '../../services/index.ts';
import { ImposedRestriction } from '../moderation/restrictions.ts';

const USERS_TTL_MS = 3_600_000;

export const UserRecord = z.object({
  userId: z.int(),
  springId: z.int(),
  name: z.string(),
  moderator: z.boolean(),
  bot: z.boolean(),
  friends: z.array(z.int()),
  /** Who asked for this user's friendship and has no answer yet. */
  requests: z.array(z.int()),
  ignored: z.array(z.int()),
  restrictions: z.array(ImposedRestriction),
  /** The tag of his clan. */
  clan: z.nullable(z.string()),
  /** Of the account in the store: a record never gives way to an older one. */
  version: z.int(),
});
export type UserRecord = z.infer<typeof UserRecord>;

export const users = cache('users', {
  key: z.int(),
  value: UserRecord,
  writes: 'owner',
  ttlMs: USERS_TTL_MS,
  filled: 'from the store, when a user is asked for or logs in, and after each change of him',
  about: 'Users with their friends, ignores and restrictions. Nothing is read ahead; the store has the truth.',
});

export const userIds = cache('user_ids', {
  key: z.string(),
  value: z.int(),
  writes: 'owner',
  ttlMs: USERS_TTL_MS,
  filled: 'from the store, when a name is asked for; a name nobody has is not kept',
  about: 'Lower-cased names to user ids. A renamed user is dropped under his old name.',
});
