/** Parties as they are seen from outside their servers: ids, and who is in which. */
import * as z from 'zod';
import { cache, sequence } from '../../services/index.ts';
import { UserId } from '../presence/sessions.ts';

export const PartyId = z.int();

export const partyIds = sequence('party_ids', { block: 100, about: 'Ids of parties; never used twice.' });

export const partyOf = cache('party_of', {
  key: UserId,
  value: z.object({ partyId: PartyId }),
  writes: 'owner',
  filled: 'by a party’s server when somebody joins; deleted when he leaves',
  about: 'The party a user is in: one at a time.',
});

export const PartyMember = z.object({
  userId: UserId,
  name: z.string(),
  /** The login he is known by; another one takes his place over. */
  session: z.string(),
  /** Since when he has not been logged in. */
  goneSince: z.nullable(z.number()),
});
export type PartyMember = z.infer<typeof PartyMember>;

export const PartyInvite = z.object({ userId: UserId, name: z.string() });
export type PartyInvite = z.infer<typeof PartyInvite>;

/** Who is in a party and who may come. Names are as they were at login. */
export const PartyView = z.object({
  partyId: PartyId,
  leader: z.string(),
  /** Who is in it for longest first. */
  members: z.array(z.string()),
  invited: z.array(z.string()),
});
export type PartyView = z.infer<typeof PartyView>;

export const PartyNews = z.discriminatedUnion('event', [
  /** To the person asked. */
  z.object({ event: z.literal('invited'), partyId: PartyId, by: z.string() }),
  z.object({ event: z.literal('joined'), partyId: PartyId, name: z.string() }),
  /** Also to himself. */
  z.object({ event: z.literal('left'), partyId: PartyId, name: z.string() }),
  z.object({ event: z.literal('declined'), partyId: PartyId, name: z.string() }),
  z.object({ event: z.literal('leader'), partyId: PartyId, name: z.string() }),
  z.object({ event: z.literal('message'), partyId: PartyId, name: z.string(), text: z.string() }),
  /** To who came back to find himself in it still. */
  z.object({ event: z.literal('info'), party: PartyView }),
]);
export type PartyNews = z.infer<typeof PartyNews>;
