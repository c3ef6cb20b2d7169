/** Counts who comes and goes, and matches that begin and end, on the node that holds the session: so each is counted once. */
import type { MusterNode } from '../../services/index.ts';
import { lobbies } from '../battles/record.ts';
import { type SessionInfo, sessions } from '../presence/sessions.ts';
import { decodeClientStatus } from '../status/client-status.ts';
import type { Counter } from './counters.ts';
import { telemetryServer } from './telemetry-server.ts';

/** A match is on while the host of a battle is in game. */
export function countPresence(node: MusterNode): void {
  /** Sessions of hosts whose match is on. */
  const playing = new Set<string>();
  const count = (counter: Counter): void => node.server(telemetryServer, node.id).cast('count', counter);
  const end = (session: string): void => {
    if (playing.delete(session)) count('matchesStopped');
  };
  node.registry(sessions).watch(({ before, after }) => {
    if (!isHere(node, (after ?? before)!.holder)) return;
    const [was, is] = [before?.value, after?.value];
    if (was && was.session !== is?.session) {
      end(was.session);
      count(was.bot ? 'botsDisconnected' : 'usersDisconnected');
    }
    if (!is) return;
    if (was?.session !== is.session) count(is.bot ? 'botsConnected' : 'usersConnected');
    if (!decodeClientStatus(is.status).inGame) end(is.session);
    else if (!playing.has(is.session) && isHost(node, is)) {
      playing.add(is.session);
      count('matchesStarted');
    }
  });
}

function isHere(node: MusterNode, holder: string): boolean {
  return holder === node.view().addressFor(node.id);
}

function isHost(node: MusterNode, { userId }: SessionInfo): boolean {
  for (const [, { founder }] of node.cache(lobbies).entries()) if (founder === userId) return true;
  return false;
}
