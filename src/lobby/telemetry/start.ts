/** Starts what a node counts, and what it takes down of its clients. */
import type { MusterNode } from '../../services/index.ts';
import type { LobbyStore } from '../store/lobby-store.ts';
import { ClientTelemetry } from './client-telemetry.ts';
import { countPresence } from './count-presence.ts';

/** To be called before anybody can log in. What waits to be written when the node stops is written then. */
export function startTelemetry(node: MusterNode, store: LobbyStore): ClientTelemetry {
  countPresence(node);
  const telemetry = new ClientTelemetry(node, store);
  node.onStop(() => telemetry.close());
  node.gauge('telemetryDropped', () => telemetry.dropped);
  return telemetry;
}
