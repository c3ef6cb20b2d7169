/** Counts who comes and goes on the node that holds the session, so each is counted once. */
import type { MusterNode } from '../../services/index.ts';
import { sessions } from '../presence/sessions.ts';
import type { Counter } from './counters.ts';
import { telemetryServer } from './telemetry-server.ts';

/** A connection that goes on with a held seat is one more. */
export function countPresence(node: MusterNode): void {
  const count = (counter: Counter): void => node.server(telemetryServer, node.id).cast('count', counter);
  node.registry(sessions).watch(({ before, after }) => {
    if (!isHere(node, (after ?? before)!.holder)) return;
    const [was, is] = [before?.value, after?.value];
    if (was?.connection === is?.connection) return;
    if (was) count(was.bot ? 'botsDisconnected' : 'usersDisconnected');
    if (is) count(is.bot ? 'botsConnected' : 'usersConnected');
  });
}

function isHere(node: MusterNode, holder: string): boolean {
  return holder === node.view().addressFor(node.id);
}
