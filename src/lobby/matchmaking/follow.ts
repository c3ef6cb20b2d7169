/** What every node does for matchmaking: starts the match servers that its wait servers ask for. */
import type { MusterNode } from '../../services/index.ts';
import { matchAttempts } from './declarations.ts';
import { queueMatch } from './match-server.ts';

export async function followMatchmaking(node: MusterNode): Promise<void> {
  await node.subscribe(matchAttempts(), ({ key }) => {
    const match = node.server(queueMatch, key);
    if (match.where() !== undefined) return;
    // The wait server asks again while the attempt lasts.
    match.start().catch((error: unknown) => {
      node.log.write('warn', 'a match server could not be started yet', { key: key.join('/'), error: String(error) });
    });
  });
}
