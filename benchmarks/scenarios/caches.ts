/** Caches: puts that every replica holds, reads, contended updates, and what a joiner is given. */
import { limitOfPuts } from '../baselines/fan-out.ts';
import { mapGet } from '../baselines/maps.ts';
import { checkHeld, transfer } from '../baselines/transfer.ts';
import type { Scenario, Subject } from '../harness.ts';
import { ask, NODES, nodeIds, onCluster } from '../ours.ts';
import { watchMemory } from '../peak-memory.ts';
import { nowMs, perSecond, SMALL_BYTES } from '../work.ts';

/** One node puts into a merged cache: keys per second that every replica holds. */
export const cachePut: Scenario = {
  name: 'cache/put',
  nodes: NODES,
  size: { full: 100_000, quick: 20_000 },
  unit: 'puts/s',
  better: 'higher',
  subjects: [(count) => putting(count, NODES, SMALL_BYTES), (count) => limitOfPuts({ count, threads: NODES })],
};

export function putting(count: number, nodes: number, bytes: number): Promise<Subject> {
  const ids = nodeIds(nodes);
  // Many nodes that look every millisecond would be the load.
  const pollMs = Math.max(1, Math.round(nodes / NODES));
  return onCluster({
    nodes,
    round: async (cluster, round) => {
      const last = Promise.all(ids.map((id) => ask(cluster, id, 'caches', 'holds', count, round, pollMs)));
      const [startedAt, lastAt] = await Promise.all([ask(cluster, 'n1', 'caches', 'put', count, round, bytes), last]);
      const endedAt: number[] = [];
      for (const [at, id] of ids.entries()) {
        endedAt.push(await ask(cluster, id, 'caches', 'holdsAll', count, round, lastAt[at]!, pollMs));
      }
      return perSecond(count, startedAt, endedAt);
    },
  });
}

const GETS = 1_000_000;

/** Reads of random keys on one node, from a cache of so many entries that another node put. */
export const cacheGet: Scenario = {
  name: 'cache/get',
  nodes: 2,
  size: { full: 1_000_000, quick: 100_000 },
  unit: 'gets/s',
  better: 'higher',
  subjects: [
    (entries) =>
      onCluster({
        nodes: 2,
        prepare: async (cluster) => {
          await ask(cluster, 'n1', 'caches', 'put', entries, 1, SMALL_BYTES);
          await ask(cluster, 'n2', 'caches', 'holdsAll', entries, 1, nowMs());
        },
        round: (cluster) => ask(cluster, 'n2', 'caches', 'get', GETS, entries),
      }),
    (entries) => mapGet(GETS, entries),
  ],
};

const AT_ONCE = 1_000;

/** All nodes add one to the same entry at once, `size` times each: updates per second, and the sum is exact. */
export const updateContended: Scenario = {
  name: 'cache/update-contended',
  nodes: NODES,
  size: { full: 5_000, quick: 1_000 },
  unit: 'updates/s',
  better: 'higher',
  subjects: [
    (count) =>
      onCluster({
        round: async (cluster, round) => {
          const key = `round ${round}`;
          const began = await Promise.all(
            nodeIds().map((id) => ask(cluster, id, 'caches', 'countUp', key, count, AT_ONCE)),
          );
          const endedAt = nowMs();
          for (const id of nodeIds()) {
            const sum = await ask(cluster, id, 'caches', 'counted', key);
            if (sum !== count * NODES) throw new Error(`${id} has ${sum} of ${count * NODES}`);
          }
          return perSecond(count * NODES, Math.min(...began), [endedAt]);
        },
      }),
  ],
};

/** A node joins a cluster that holds so many entries: entries per second until it is up and has them all. */
export const catchUp: Scenario = {
  name: 'cache/catch-up',
  nodes: 2,
  size: { full: 1_000_000, quick: 100_000 },
  unit: 'entries/s',
  better: 'higher',
  subjects: [
    (entries) =>
      onCluster({
        nodes: 1,
        prepare: (cluster) => ask(cluster, 'n1', 'caches', 'put', entries, 1, SMALL_BYTES),
        round: async (cluster, round) => {
          const memory = watchMemory();
          let learnMs = 0;
          const forget = cluster.on((event) => {
            if (event.event === 'catch-up') learnMs = event.ms;
          });
          try {
            const startedAt = nowMs();
            if (round === 1) await cluster.add();
            else await cluster.start('n2');
            const endedAt = nowMs();
            checkHeld(entries, await ask(cluster, 'n2', 'caches', 'size'));
            const joiner = (await cluster.inspect()).nodes.find(({ id }) => id === 'n2');
            const also = {
              'entries/s once it was started': (entries * 1_000) / learnMs,
              ...memory.end(joiner!.gauges.heapUsedBytes!),
            };
            await cluster.stop('n2');
            return { figure: perSecond(entries, startedAt, [endedAt]), also };
          } finally {
            forget();
            memory.close();
          }
        },
      }),
    transfer,
  ],
};
