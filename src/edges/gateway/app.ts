/**
 * The app that `muster up` runs: the lobby with its TCP gateway on every node. Settings of a node: `host` to listen on
 * (default 127.0.0.1) and `lobbyPort` (default 0, a free one); the port it got is the gauge `lobbyPort`.
 */
import * as z from 'zod';
import {
  isInternalUser,
  lobbyDeclarations,
  lobbyTasks,
  type RosterReader,
  startLobby,
  type User,
} from '../../lobby/index.ts';
import { defineApp, type MusterNode, parseValue } from '../../services/index.ts';
import { openGateway } from './gateway.ts';

const GatewaySettings = z.object({
  host: z.string().min(1).default('127.0.0.1'),
  lobbyPort: z.int().min(0).max(65_535).default(0),
});

export default defineApp({ uses: lobbyDeclarations, tasks: lobbyTasks }, async (node) => {
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
  const users = [...roster.users()].filter(({ userId }) => !isInternalUser(userId)).length;
  const battles = [...roster.battles()].length;
  return [`Welcome, ${user.name}. You are on node ${node.id}.`, `Users online: ${users}. Battles open: ${battles}.`];
}
