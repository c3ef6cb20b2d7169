/** Milliseconds from nothing to a cluster of four nodes whose app is ready on each; the bundle is in the cache. */
import { bareWorkers } from '../baselines/bare-workers.ts';
import type { Scenario, Subject } from '../harness.ts';
import { NODES, startBench } from '../ours.ts';
import { nowMs } from '../work.ts';

export const clusterBoot: Scenario = {
  name: 'cluster/boot',
  nodes: NODES,
  size: { full: NODES, quick: NODES },
  unit: 'ms',
  better: 'lower',
  subjects: [muster, bareWorkers],
};

async function muster(nodes: number): Promise<Subject> {
  return {
    name: 'muster',
    async round() {
      const startedAt = nowMs();
      const cluster = await startBench(nodes);
      const tookMs = nowMs() - startedAt;
      const up = cluster.nodes().filter(({ state }) => state === 'up');
      await cluster.close();
      if (up.length !== nodes) throw new Error(`${up.length} of ${nodes} nodes are up`);
      return tookMs;
    },
    close: async () => {},
  };
}
