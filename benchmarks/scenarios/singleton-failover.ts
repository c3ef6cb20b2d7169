/** The node that holds a singleton is killed: milliseconds until the singleton answers from another one. */
import { bareTakeover } from '../baselines/bare-workers.ts';
import type { Scenario, Subject } from '../harness.ts';
import { ask, NODE_IDS, NODES, onCluster } from '../ours.ts';
import { nowMs } from '../work.ts';

export const singletonFailover: Scenario = {
  name: 'singleton/failover',
  nodes: NODES,
  size: { full: 1, quick: 1 },
  unit: 'ms',
  better: 'lower',
  subjects: [muster, bareTakeover],
};

function muster(): Promise<Subject> {
  return onCluster(async (cluster) => {
    const holder = await ask(cluster, 'n1', 'home');
    const asking = NODE_IDS.find((id) => id !== holder)!;
    const startedAt = nowMs();
    const [movedAt] = await Promise.all([ask(cluster, asking, 'movedFrom', holder), cluster.kill(holder)]);
    await cluster.start(holder);
    await cluster.settled();
    return movedAt - startedAt;
  });
}
