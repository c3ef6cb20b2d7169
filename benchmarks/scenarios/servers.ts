/** Servers: calls many at once and one at a time, and how soon they are back after a death. */
import type { Cluster } from '../../src/index.ts';
import { bareTakeover } from '../baselines/bare-workers.ts';
import { calling, callingInTurn } from '../baselines/calls.ts';
import { erlangCalling, erlangCallingInTurn } from '../baselines/erlang.ts';
import { moleculerCalling } from '../baselines/moleculer.ts';
import type { Scenario, Subject } from '../harness.ts';
import { ask, NODES, nodeIds, onCluster } from '../ours.ts';
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
    ],
    peers: peers.map((start) => (count: number) => start(count, callers)),
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
  ],
  peers: [erlangCallingInTurn],
};

/** The same, to a server that keeps its state: one round trip more, until every member has it. */
export const callKept: Scenario = {
  ...callSequential,
  name: 'server/call-sequential-kept',
  subjects: [callsOfKept, (count) => callingInTurn('port-round-trip', count)],
  peers: [],
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

async function killAndWait(cluster: Cluster, count: number): Promise<readonly number[]> {
  return (await killAtOnce(cluster, ['n4'], count)).times;
}

/** Two of four nodes are killed at once: milliseconds until all of their share of 200 servers answer again, none lost. */
export const failoverTwo: Scenario = {
  name: 'singleton/failover-two-nodes',
  nodes: NODES,
  size: { full: 200, quick: 200 },
  unit: 'ms',
  better: 'lower',
  subjects: [
    (count) =>
      onCluster({
        prepare: (cluster) => ask(cluster, 'n1', 'servers', 'startResidents', count),
        round: async (cluster) => {
          const { times, running } = await killAtOnce(cluster, ['n3', 'n4'], count);
          checkRunning(count, running);
          return {
            figure: times.at(-1)!,
            also: { 'ms until the first': times[0]!, 'servers that had died': times.length },
          };
        },
      }),
    bareTakeover,
  ],
};

interface Failover {
  /** When each server that had run on a killed node answered from another, in ms from the kill, in order. */
  readonly times: readonly number[];
  /** By node, how many servers ran there when all were back. */
  readonly running: Readonly<Record<string, number>>;
}

/** Kills the nodes at once, waits for what ran there to answer from another, and starts them again. */
async function killAtOnce(cluster: Cluster, gone: readonly string[], count: number): Promise<Failover> {
  const lists = await Promise.all(gone.map((id) => ask(cluster, 'n1', 'servers', 'residentsOf', id, count)));
  const keys = lists.flat();
  if (keys.length === 0) throw new Error(`none of ${count} servers runs on ${gone.join(' ')}`);
  const startedAt = nowMs();
  const [times] = await Promise.all([
    ask(cluster, 'n1', 'servers', 'back', keys, gone),
    ...gone.map((id) => cluster.kill(id)),
  ]);
  const staying = nodeIds().filter((id) => !gone.includes(id));
  const running = await Promise.all(staying.map((id) => ask(cluster, id, 'servers', 'residing')));
  for (const id of gone) await cluster.start(id);
  await cluster.settled();
  return {
    times: times.map((time) => time - startedAt),
    running: Object.fromEntries(staying.map((id, at) => [id, running[at]!])),
  };
}

/** Throws unless the servers that run are exactly `count`: none is lost, none runs twice. */
export function checkRunning(count: number, running: Readonly<Record<string, number>>): void {
  const all = Object.values(running).reduce((sum, each) => sum + each, 0);
  if (all !== count) throw new Error(`${all} of ${count} servers run: ${JSON.stringify(running)}`);
}
