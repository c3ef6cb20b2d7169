/** Starts what the server's own users do on a node. */
import type { MusterNode } from '../../services/index.ts';
import { watchHosts } from '../matches/hosts.ts';

/** To be awaited once on each node. */
export async function startBots(node: MusterNode): Promise<void> {
  watchHosts(node);
}
