/** One publisher, four nodes, one subscriber on each: messages published per second, all counted by all. */
import { limit, rawBroadcastChannel } from '../baselines/fan-out.ts';
import type { Scenario, Subject } from '../harness.ts';
import { ask, NODE_IDS, NODES, onCluster } from '../ours.ts';
import { perSecond } from '../work.ts';

export const pubsubFanOut: Scenario = {
  name: 'pubsub/fan-out',
  nodes: NODES,
  size: { full: 200_000, quick: 50_000 },
  unit: 'messages/s',
  better: 'higher',
  subjects: [muster, limit, rawBroadcastChannel],
};

function muster(count: number): Promise<Subject> {
  return onCluster(async (cluster, round) => {
    const heard = Promise.all(NODE_IDS.map((id) => ask(cluster, id, 'heard', round * count)));
    const [startedAt, endedAt] = await Promise.all([ask(cluster, 'n1', 'publish', count), heard]);
    return perSecond(count, startedAt, endedAt);
  });
}
