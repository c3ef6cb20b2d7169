/** What moderation did, for those who tell people about it. */
import * as z from 'zod';
import { topic } from '../../services/index.ts';
import { Restriction } from './restrictions.ts';

export const ModerationNews = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('reported'), reportId: z.int(), reporterId: z.nullable(z.int()), targetId: z.int() }),
  z.object({
    kind: z.literal('imposed'),
    actionId: z.int(),
    userId: z.int(),
    restrictions: z.array(Restriction),
    until: z.nullable(z.number()),
  }),
]);
export type ModerationNews = z.infer<typeof ModerationNews>;

export const moderationNews = topic('moderation', ModerationNews, {
  reach: 'node',
  actedOnBy: 'origin',
  sentBy: 'the node on which somebody reports or imposes',
  heardBy: 'the same node, where the Coordinator thanks or warns',
  about: 'A report was made, an action imposed. Heard only on the node that did it, so whoever reacts does so once.',
});
