/** What is meant for one user's connection, wherever it is. The node that holds the session subscribes; nobody else. */
import * as z from 'zod';
import { topic } from '../../services/index.ts';
import { PartyNews } from '../parties/declarations.ts';

const From = { from: z.int(), fromSession: z.string() };

export const UserMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('private-message'), ...From, text: z.string(), emote: z.boolean() }),
  z.object({ kind: z.literal('ring'), ...From }),
  z.object({ kind: z.literal('battle-private'), ...From, lobbyId: z.int(), text: z.string() }),
  /** To a host: may this user join? */
  z.object({ kind: z.literal('join-request'), ...From, lobbyId: z.int(), ip: z.string(), request: z.string() }),
  /** From the host, to who asked. */
  z.object({ kind: z.literal('join-answer'), request: z.string(), allow: z.boolean(), reason: z.string() }),
  /** To an older session of the same user. */
  z.object({ kind: z.literal('end-session'), session: z.string() }),
  /** The server moves this user: out of the battle he is in, into that one, without asking its host. */
  z.object({ kind: z.literal('join-lobby'), lobbyId: z.int(), scriptPassword: z.nullable(z.string()) }),
  /** A match was found: is he ready? */
  z.object({ kind: z.literal('ready-check'), queueId: z.int(), attempt: z.int() }),
  /** The match comes to nothing. `returns`: he waits in the queue again. */
  z.object({ kind: z.literal('match-cancelled'), queueId: z.int(), attempt: z.int(), returns: z.boolean() }),
  z.object({ kind: z.literal('party'), news: PartyNews }),
  /** He came back to find himself in this queue still. */
  z.object({ kind: z.literal('in-queue'), queueId: z.int() }),
]);
export type UserMessage = z.infer<typeof UserMessage>;

export const userMessages = topic('user:{userId}', UserMessage, {
  reach: 'cluster',
  actedOnBy: 'every node',
  about:
    'Private messages, rings, join requests and their answers, and the end of a replaced session. One node listens: the one with the session.',
});
