/** Starts what the server's own users do on a node, and tells them what happens there. */
import type { MusterNode } from '../../services/index.ts';
import { matchUpdates } from '../matches/declarations.ts';
import { watchHosts } from '../matches/hosts.ts';
import { moderationNews } from '../moderation/news.ts';
import { accoladeBot } from './accolades/bot.ts';
import { automod } from './automod/server.ts';
import { clientInOut } from './client-inout.ts';
import { coordinator } from './coordinator/server.ts';

/** To be awaited once on each node, before anybody logs in there. */
export async function startBots(node: MusterNode): Promise<void> {
  watchHosts(node);
  await node.subscribe(clientInOut(), ({ kind, userId, session }) => {
    if (kind !== 'login') return;
    node.server(coordinator).cast('loggedIn', userId, session);
    node.server(automod).cast('loggedIn', userId, session);
  });
  await node.subscribe(matchUpdates(), ({ kind, matchId }) => {
    if (kind === 'completed') node.server(accoladeBot).cast('completed', matchId);
  });
  await node.subscribe(moderationNews(), (news) => {
    if (news.kind === 'imposed') node.server(coordinator).cast('imposed', news.userId, news.restrictions);
    if (news.kind === 'reported' && news.reporterId !== null)
      node.server(coordinator).cast('reported', news.reporterId);
  });
}
