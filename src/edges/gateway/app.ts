/**
 * The app that `muster up` runs: the lobby with its TCP gateway on every node. Settings of a node: `host` to listen on
 * (default 127.0.0.1) and `lobbyPort` (default 0, a free one); the port it got is the gauge `lobbyPort`. `tlsCertFile` and
 * `tlsKeyFile`: the PEM files of the certificate that clients who ask for TLS are shown (default: one made for the cluster).
 */
import * as z from 'zod';
import { InvalidValue } from '../../base/index.ts';
import {
  isInternalUser,
  lobbyDeclarations,
  lobbyTasks,
  type RosterReader,
  startLobby,
  type User,
} from '../../lobby/index.ts';
import { defineApp, type MusterNode, parseValue } from '../../services/index.ts';
import { clusterCertificate, readCertificate } from './certificate.ts';
import { openGateway } from './gateway.ts';

const GatewaySettings = z.object({
  host: z.string().min(1).default('127.0.0.1'),
  lobbyPort: z.int().min(0).max(65_535).default(0),
  tlsCertFile: z.string().min(1).optional(),
  tlsKeyFile: z.string().min(1).optional(),
});

export default defineApp({ uses: lobbyDeclarations, tasks: lobbyTasks }, async (node) => {
  const { host, lobbyPort, tlsCertFile, tlsKeyFile } = parseValue('settings', GatewaySettings, node.settings);
  if ((tlsCertFile === undefined) !== (tlsKeyFile === undefined)) {
    throw new InvalidValue('settings', 'tlsCertFile and tlsKeyFile go together: set both or neither');
  }
  const own = tlsCertFile && tlsKeyFile ? await readCertificate({ cert: tlsCertFile, key: tlsKeyFile }) : undefined;
  const lobby = await startLobby(node);
  const gateway = await openGateway({
    lobby,
    clock: node,
    log: node.log,
    host,
    port: lobbyPort,
    motd: (user, roster) => motd(node, user, roster),
    certificate: async () => own ?? clusterCertificate(lobby, node.wall()),
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
