/**
 * The app that `muster up` runs: the lobby with its TCP gateway on every node. Settings of a node: `host` to listen on
 * (default 127.0.0.1) and `lobbyPort` (default 0, a free one); the port it got is the gauge `lobbyPort`.
 */
import * as z from 'zod';
import {
  COORDINATOR_NAME,
  lobbyDeclarations,
  type RosterReader,
  setting,
  startLobby,
  type User,
} from '../../lobby/index.ts';
import { defineApp, type MusterNode, parseValue } from '../../services/index.ts';
import { openGateway } from './gateway.ts';

/** What the host asks for its operator. */
export { operate } from '../../lobby/index.ts';

const GatewaySettings = z.object({
  host: z.string().min(1).default('127.0.0.1'),
  lobbyPort: z.int().min(0).max(65_535).default(0),
});

export default defineApp({ uses: lobbyDeclarations }, async (node) => {
  const { host, lobbyPort } = parseValue('settings', GatewaySettings, node.settings);
  const lobby = await startLobby(node);
  const gateway = await openGateway({
    lobby,
    clock: node,
    log: node.log,
    host,
    port: lobbyPort,
    motd: (user, roster) => motd(node, user, roster),
  });
  node.onStop(() => gateway.close());
  node.gauge('lobbyPort', () => gateway.port);
  node.gauge('connections', () => gateway.connections);
});

function motd(node: MusterNode, user: User, roster: RosterReader): string[] {
  const users = [...roster.users()].filter(({ name }) => name !== COORDINATOR_NAME).length;
  const battles = [...roster.battles()].length;
  const known: Readonly<Record<string, string | number>> = { user: user.name, node: node.id, users, battles };
  return setting(node, 'motd').map((line) =>
    line.replace(/\{(user|node|users|battles)\}/g, (_, word) => `${known[word]}`),
  );
}
