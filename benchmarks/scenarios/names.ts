/** Names and ids: registering so that all see it, looking up, taking ids. */
import { erlangNames } from '../baselines/erlang.ts';
import { mapGet } from '../baselines/maps.ts';
import type { Scenario, Subject } from '../harness.ts';
import { ask, NODES, nodeIds, onCluster } from '../ours.ts';
import { perSecond } from '../work.ts';

/** One node registers so many names at once: milliseconds until all nodes see them all. */
export const register: Scenario = {
  name: 'registry/register',
  nodes: NODES,
  size: { full: 10_000, quick: 2_000 },
  unit: 'ms',
  better: 'lower',
  subjects: [(count) => registering(count, NODES)],
  peers: [erlangNames],
};

export function registering(count: number, nodes: number): Promise<Subject> {
  return onCluster({
    nodes,
    round: async (cluster, round) => {
      const first = round * count;
      const [startedAt, endedAt] = await ask(cluster, 'n1', 'names', 'register', first, count);
      for (const id of nodeIds(nodes)) {
        const seen = await ask(cluster, id, 'names', 'seen', first, count);
        if (seen !== count) throw new Error(`${id} sees ${seen} of ${count} names`);
      }
      await ask(cluster, 'n1', 'names', 'unregisterAll');
      return endedAt - startedAt;
    },
  });
}

const LOOKUPS = 1_000_000;

/** Look-ups on one node of names that another holds. */
export const lookUp: Scenario = {
  name: 'registry/lookup',
  nodes: 2,
  size: { full: 10_000, quick: 10_000 },
  unit: 'look-ups/s',
  better: 'higher',
  subjects: [
    (count) =>
      onCluster({
        nodes: 2,
        prepare: (cluster) => ask(cluster, 'n1', 'names', 'register', 0, count),
        round: (cluster) => ask(cluster, 'n2', 'names', 'lookUp', LOOKUPS, count),
      }),
    (count) => mapGet(LOOKUPS, count),
  ],
};

const TAKERS = 1_024;

/** Every node takes ids at once, with so many callers each: ids per second of the slowest node, no id twice. */
export const sequenceNext: Scenario = {
  name: 'sequence/next',
  nodes: NODES,
  size: { full: 200_000, quick: 50_000 },
  unit: 'ids/s a node',
  better: 'higher',
  subjects: [
    (count) =>
      onCluster({
        round: async (cluster) => {
          const taken = await Promise.all(nodeIds().map((id) => ask(cluster, id, 'names', 'takeIds', count, TAKERS)));
          const all = taken.flatMap(({ ids }) => [...ids]);
          const twice = all.length - new Set(all).size;
          if (twice > 0) throw new Error(`${twice} ids were given twice`);
          const rates = taken.map(({ startedAt, endedAt }) => perSecond(count, startedAt, [endedAt]));
          return Math.min(...rates);
        },
      }),
  ],
};
