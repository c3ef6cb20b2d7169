/** 64 callers on one node call a server on another: answers per second, each the right one. */
import { comlink, portRoundTrip } from '../baselines/calls.ts';
import type { Scenario, Subject } from '../harness.ts';
import { ask, NODES, onCluster } from '../ours.ts';

export const serverCallConcurrent: Scenario = {
  name: 'server/call-concurrent',
  nodes: NODES,
  size: { full: 50_000, quick: 10_000 },
  unit: 'calls/s',
  better: 'higher',
  subjects: [muster, portRoundTrip, comlink],
};

function muster(count: number): Promise<Subject> {
  return onCluster(async (cluster) => (count * 1_000) / (await ask(cluster, 'n1', 'call', 'n2', count)));
}
