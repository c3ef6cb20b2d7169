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
  /** To an older login of the same user. */
  z.object({ kind: z.literal('end-session'), connection: z.string() }),
  /** From the server itself: leave your battle, if you are in one, and go to this one, whatever its host or password. */
  z.object({ kind: z.literal('join-lobby'), lobbyId: z.int(), scriptPassword: z.nullable(z.string()) }),
  /** From the server itself: leave your battle, if you are in one. */
  z.object({ kind: z.literal('leave-battle'), session: z.string() }),
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
  sentBy: 'the session of who talks, rings, asks or answers; a login that replaces a session; Consul',
  heardBy: 'the hub of the node where the user is connected, while he is',
  about:
    'Private messages, rings, join requests and their answers, moves to another lobby or out of one, and the end of a replaced session. One node listens: the one with the session.',
});
