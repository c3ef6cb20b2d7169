/** How long the threads of a cluster's nodes have been on a core. */
import type { Cluster } from '../../src/index.ts';

/**
 * In ms, of all nodes together; undefined where the system does not say so by thread (only Linux does). What libuv's and V8's own
 * threads do for them is not in it.
 */
export async function nodeCpuMs(cluster: Cluster): Promise<number | undefined> {
  const nodes = cluster.nodes().map(({ id }) => cluster.run(id, onCoreMs));
  const all = await Promise.all(nodes);
  return all.reduce<number | undefined>((sum, ms) => (sum === undefined || ms === null ? undefined : sum + ms), 0);
}

/** Runs on a node: it is sent there as its source, so it names nothing of this module. */
function onCoreMs(): number | null {
  try {
    const statistics = process.getBuiltinModule('node:fs').readFileSync('/proc/thread-self/schedstat', 'utf8');
    return Number.parseInt(statistics, 10) / 1_000_000;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
