/** Messages per second from publishers to all who listen, each counted by each. */
import type { Cluster } from '../../src/index.ts';
import { erlangPublishing } from '../baselines/erlang.ts';
import { limit, type Publishing, rawBroadcastChannel } from '../baselines/fan-out.ts';
import { moleculerPublishing } from '../baselines/moleculer.ts';
import type { Scenario, Subject } from '../harness.ts';
import { ask, NODES, nodeIds, onCluster } from '../ours.ts';
import { perSecond, SMALL_BYTES } from '../work.ts';

export interface FanOut {
  readonly nodes: number;
  readonly bytes: number;
  /** The first so many nodes publish. */
  readonly publishers: number;
  /** The last so many nodes listen. */
  readonly listeners: number;
}

const USUAL: FanOut = { nodes: NODES, bytes: SMALL_BYTES, publishers: 1, listeners: NODES };

const PEERS: Peers = [moleculerPublishing, erlangPublishing];

export const fanOut = pubsub('pubsub/fan-out', USUAL, { full: 200_000, quick: 50_000 }, PEERS);
export const allToAll = pubsub(
  'pubsub/all-to-all',
  { ...USUAL, publishers: NODES },
  { full: 50_000, quick: 12_500 },
  PEERS,
);
/** With a handler on one other node only: the rest decode nothing. */
export const oneListens = pubsub('pubsub/one-listens', { ...USUAL, listeners: 1 }, { full: 200_000, quick: 50_000 });

/** Sixteen nodes of which one listens, against two of which one does: a publish costs about the same (P3). */
export const narrow: Scenario = {
  name: 'pubsub/narrow',
  nodes: 16,
  size: { full: 200_000, quick: 50_000 },
  unit: 'messages/s',
  better: 'higher',
  subjects: [
    (count) => publishing('muster', { ...USUAL, nodes: 16, listeners: 1 }, count),
    (count) => publishing('two-nodes', { ...USUAL, nodes: 2, listeners: 1 }, count),
  ],
};

/** Other systems that do the same work. */
type Peers = readonly ((what: Publishing) => Promise<Subject>)[];

/** `size` is what each publisher sends. */
export function pubsub(name: string, what: FanOut, size: Scenario['size'], peers: Peers = []): Scenario {
  const bare = { threads: what.nodes, publishers: what.publishers, bytes: what.bytes };
  return {
    name,
    nodes: what.nodes,
    size,
    unit: 'messages/s',
    better: 'higher',
    subjects: [
      (count) => publishing('muster', what, count),
      (count) => limit({ ...bare, count }),
      (count) => rawBroadcastChannel({ ...bare, count }),
    ],
    peers: peers.map((start) => (count: number) => start({ ...bare, count })),
  };
}

export function publishing(
  name: string,
  { nodes, bytes, publishers, listeners }: FanOut,
  count: number,
): Promise<Subject> {
  const ids = nodeIds(nodes);
  const listening = ids.slice(-listeners);
  const all = count * publishers;
  return onCluster({
    name,
    nodes,
    prepare: (cluster: Cluster) => Promise.all(listening.map((id) => ask(cluster, id, 'pubsub', 'listen'))),
    round: async (cluster, round) => {
      const total = round * all;
      await Promise.all(listening.map((id) => ask(cluster, id, 'pubsub', 'expect', total)));
      const startedAt = await Promise.all(
        ids.slice(0, publishers).map((id) => ask(cluster, id, 'pubsub', 'publish', count, bytes)),
      );
      const endedAt = await Promise.all(listening.map((id) => ask(cluster, id, 'pubsub', 'heard', total)));
      return perSecond(all, Math.min(...startedAt), endedAt);
    },
  });
}
