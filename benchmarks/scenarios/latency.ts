/**
 * Latency beside load: microseconds from when a message was due to its handler on another node, at so many percent of what the
 * publisher does at full speed, measured just before in the same cluster; and with next to nothing to do, beside a bare message.
 */
import type { Cluster } from '../../src/index.ts';
import { bareLatency, limitLatency, shownLatencies } from '../baselines/latency.ts';
import type { Scenario, Subject } from '../harness.ts';
import { ask, onCluster } from '../ours.ts';
import { FLOOD, fullSpeed, planFor } from '../pace.ts';
import { perSecond } from '../work.ts';

/** Two nodes, so that with two cores neither waits for one. */
const NODES = 2;
const FROM = 'n1';
const TO = 'n2';

/** Messages a second that are next to nothing. */
const IDLE_RATE = 1_000;

const COMMON = {
  nodes: NODES,
  size: { full: 3_000, quick: 1_000 },
  unit: 'µs, p50',
  better: 'lower',
  effort: { rounds: 5, warmUps: 1 },
} as const;

const idle: Scenario = {
  ...COMMON,
  name: 'pubsub/latency-idle',
  curves: [{ of: 'latency', by: 'load %', at: 0 }],
  subjects: [
    (forMs) => latencyAt(async () => IDLE_RATE, forMs),
    (forMs) => bareLatency('bare-port', IDLE_RATE, forMs),
    (forMs) => bareLatency('bare-broadcastchannel', IDLE_RATE, forMs),
  ],
};

/** What a quick run has beside the idle one. */
const QUICK_LOAD = 50;

export const latencies: readonly Scenario[] = [idle, ...[10, 50, 90].map(atLoad)];

function atLoad(load: number): Scenario {
  return {
    ...COMMON,
    name: `pubsub/latency-${load}`,
    curves: [{ of: 'latency', by: 'load %', at: load }],
    slow: load !== QUICK_LOAD,
    subjects: [
      (forMs) => latencyAt(async (cluster) => ((await throughput(cluster)) * load) / 100, forMs),
      (forMs) => limitLatency(load, forMs),
    ],
  };
}

export function latencyAt(rateOf: (cluster: Cluster) => Promise<number>, forMs: number): Promise<Subject> {
  let rate = 0;
  return onCluster({
    nodes: NODES,
    prepare: async (cluster) => {
      rate = await rateOf(cluster);
    },
    round: async (cluster) => {
      await ask(cluster, TO, 'latency', 'expect', planFor(0, rate, forMs).count);
      const plan = await ask(cluster, FROM, 'latency', 'publish', rate, forMs);
      return shownLatencies(await ask(cluster, TO, 'latency', 'latencies', plan), rate);
    },
  });
}

/** Messages per second at full speed, handled as they are when their latency is measured. */
export function throughput(cluster: Cluster, count = FLOOD): Promise<number> {
  return fullSpeed(async () => {
    await ask(cluster, TO, 'latency', 'expect', count);
    const startedAt = await ask(cluster, FROM, 'latency', 'flood', count);
    return perSecond(count, startedAt, [await ask(cluster, TO, 'latency', 'complete')]);
  });
}
