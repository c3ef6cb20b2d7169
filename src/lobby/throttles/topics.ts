/** What slow viewers of lobbies and of the user list hear: web pages, which look up the rest in the caches themselves. */
import * as z from 'zod';
import { topic } from '../../services/index.ts';

export const LobbyNews = z.discriminatedUnion('kind', [
  /** What has changed since the last message: parts of the lobby, and users who came, went, or have another status. */
  z.object({
    kind: z.literal('changed'),
    lobbyId: z.int(),
    parts: z.array(z.enum(['lobby', 'bots'])),
    players: z.array(z.int()),
  }),
  /** Something may have been missed: look at everything again. */
  z.object({ kind: z.literal('refresh'), lobbyId: z.int() }),
  /** Said by Consul itself, at once. */
  z.object({
    kind: z.literal('consul'),
    lobbyId: z.int(),
    reason: z.nullable(z.enum(['timeout', 'ban', 'unban', 'reset'])),
  }),
  /** The last one. */
  z.object({ kind: z.literal('closed'), lobbyId: z.int() }),
]);
export type LobbyNews = z.infer<typeof LobbyNews>;

export const lobbyNews = topic('liveview_lobby_updates:{lobbyId}', LobbyNews, {
  reach: 'cluster',
  actedOnBy: 'every node',
  about:
    'That a lobby has changed, at most once in half a second, from its one throttle in the cluster; that its Consul has, and that it closed, at once.',
});

export const ClientIndexNews = z.object({
  /** Who came or changed, as he is now. */
  clients: z.array(
    z.object({
      userId: z.int(),
      name: z.string(),
      country: z.string(),
      client: z.string(),
      status: z.int(),
      moderator: z.boolean(),
      bot: z.boolean(),
    }),
  ),
  /** Who has gone. */
  removed: z.array(z.int()),
});
export type ClientIndexNews = z.infer<typeof ClientIndexNews>;

export const clientIndexNews = topic('liveview_client_index_updates', ClientIndexNews, {
  reach: 'node',
  actedOnBy: 'every node',
  about: 'Who logged in, changed his status or left, at most once in two seconds; from the throttle of the same node.',
});
