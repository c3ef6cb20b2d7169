/** Servers: calls many at once and one at a time, and how soon they are back after a death. */
import type { Cluster } from '../../src/index.ts';
import { bareTakeover } from '../baselines/bare-workers.ts';
import { calling, callingInTurn } from '../baselines/calls.ts';
import { erlangCalling, erlangCallingInTurn } from '../baselines/erlang.ts';
import { moleculerCalling } from '../baselines/moleculer.ts';
import type { Scenario, Subject } from '../harness.ts';
import { ask, NODES, onCluster } from '../ours.ts';
import { nowMs } from '../work.ts';

export const call64 = callConcurrent('server/call-concurrent', 64, [moleculerCalling, erlangCalling]);
export const call1024 = callConcurrent('server/call-concurrent-1024', 1_024);

/** Other systems that do the same work. */
type Peers = readonly ((count: number, callers: number) => Promise<Subject>)[];

/** So many callers on one node call a server on another: answers per second, each the right one. */
function callConcurrent(name: string, callers: number, peers: Peers = []): Scenario {
  return {
    name,
    nodes: NODES,
    size: { full: 100_000, quick: 20_000 },
    unit: 'calls/s',
    better: 'higher',
    subjects: [
      (count) =>
        onCluster({
          round: async (cluster) =>
            (count * 1_000) / (await ask(cluster, 'n1', 'servers', 'call', 'n2', count, callers)),
        }),
      (count) => calling('batched-by-hand', count, callers),
      (count) => calling('comlink', count, callers),
      ...peers.map((start) => (count: number) => start(count, callers)),
    ],
  };
}

/** Calls one at a time, to a server that keeps nothing: the median. */
export const callSequential: Scenario = {
  name: 'server/call-sequential',
  nodes: NODES,
  size: { full: 10_000, quick: 2_000 },
  unit: 'µs, p50',
  better: 'lower',
  subjects: [
    (count) => onCluster({ round: (cluster) => ask(cluster, 'n1', 'servers', 'callInTurn', 'n2', count) }),
    (count) => callingInTurn('port-round-trip', count),
    (count) => callingInTurn('comlink', count),
    erlangCallingInTurn,
  ],
};

/** The same, to a server that keeps its state: one round trip more, until every member has it. */
export const callKept: Scenario = {
  ...callSequential,
  name: 'server/call-sequential-kept',
  subjects: [callsOfKept, (count) => callingInTurn('port-round-trip', count)],
};

function callsOfKept(count: number): Promise<Subject> {
  let key = 0;
  return onCluster({
    prepare: async (cluster) => {
      key = await ask(cluster, 'n1', 'servers', 'keptAt', 'n2');
    },
    round: (cluster) => ask(cluster, 'n1', 'servers', 'callKept', key, count),
  });
}

export const failoverFirst = failover('singleton/failover-first', (times) => times[0]!);
export const failoverAll = failover('singleton/failover-all', (times) => times.at(-1)!);

/** One of four nodes is killed: milliseconds until the first, or all, of its share of 200 servers answer from another. */
function failover(name: string, which: (times: readonly number[]) => number): Scenario {
  return {
    name,
    nodes: NODES,
    size: { full: 200, quick: 200 },
    unit: 'ms',
    better: 'lower',
    subjects: [
      (count) =>
        onCluster({
          prepare: (cluster) => ask(cluster, 'n1', 'servers', 'startResidents', count),
          round: async (cluster) => which(await killAndWait(cluster, count)),
        }),
      bareTakeover,
    ],
  };
}

async function killAndWait(cluster: Cluster, count: number): Promise<number[]> {
  const gone = 'n4';
  const keys = await ask(cluster, 'n1', 'servers', 'residentsOf', gone, count);
  if (keys.length === 0) throw new Error(`none of ${count} servers runs on ${gone}`);
  const startedAt = nowMs();
  const [times] = await Promise.all([ask(cluster, 'n1', 'servers', 'back', keys, gone), cluster.kill(gone)]);
  await cluster.start(gone);
  await cluster.settled();
  return times.map((time) => time - startedAt);
}
