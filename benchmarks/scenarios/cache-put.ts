/** One node puts into a merged cache: keys per second that every replica holds. */
import { limitOfPuts } from '../baselines/fan-out.ts';
import type { Scenario, Subject } from '../harness.ts';
import { ask, NODE_IDS, NODES, onCluster } from '../ours.ts';
import { perSecond } from '../work.ts';

export const cachePut: Scenario = {
  name: 'cache/put',
  nodes: NODES,
  size: { full: 100_000, quick: 20_000 },
  unit: 'puts/s',
  better: 'higher',
  subjects: [muster, limitOfPuts],
};

function muster(count: number): Promise<Subject> {
  return onCluster(async (cluster, round) => {
    const held = Promise.all(NODE_IDS.map((id) => ask(cluster, id, 'holds', count, round)));
    const [startedAt, endedAt] = await Promise.all([ask(cluster, 'n1', 'put', count, round), held]);
    return perSecond(count, startedAt, endedAt);
  });
}
