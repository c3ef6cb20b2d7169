/** Milliseconds from nothing to a cluster whose app is ready on each node; the bundle is in the cache. */
import { bareWorkers } from '../baselines/bare-workers.ts';
import type { Scenario, Subject } from '../harness.ts';
import { startBench } from '../ours.ts';
import { nowMs } from '../work.ts';

export const boot4 = boot(4);
export const boot16 = boot(16);
export const boot64 = boot(64);

function boot(nodes: number): Scenario {
  return {
    name: `cluster/boot-${nodes}`,
    nodes,
    size: { full: nodes, quick: nodes },
    unit: 'ms',
    better: 'lower',
    slow: nodes > 16,
    subjects: [muster, bareWorkers],
  };
}

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
