/** The scenario of a user's app: clients that run the user's workload, and what can be checked of any app. */
import { MusterError, type NodeId, seededRandom } from '../base/index.ts';
import type { SimulatedCluster } from '../cluster/index.ts';
import type { MusterNode } from '../services/index.ts';
import { checkViews } from './checkers/index.ts';
import { Client } from './client.ts';
import type { History } from './history.ts';
import type { ClientPace } from './pace.ts';
import type { Scenario, Stage } from './scenario.ts';

/** One client of a user's workload, tied to one node. */
export interface WorkloadClient {
  readonly cluster: SimulatedCluster;
  /** Its node; it is up when the workload is called, and may go at any time. */
  readonly id: NodeId;
  readonly history: History;
  /** Seeded; a number in [0, 1). */
  readonly random: () => number;
  /** Runs a function on its node. */
  run<A extends readonly unknown[], R>(fn: (node: MusterNode, ...args: A) => R, ...args: A): Promise<Awaited<R>>;
  /**
   * Does the same, and writes it into the history as an operation `kind` on `key`: when it was asked for, when it ended and
   * how. Resolves to its result; undefined when it failed.
   */
  record<R>(kind: string, key: string | number, fn: (node: MusterNode) => R | Promise<R>): Promise<R | undefined>;
}

/**
 * What clients do: called again and again, by each client one after the other, while faults go on. Muster's own errors
 * (`Timeout`, `NodeDown` …) are expected then; any other error ends the run as a failure.
 */
export type AppWorkload = (client: WorkloadClient) => unknown;

const CLIENTS_PER_NODE = 2;

export function appScenario(
  cluster: SimulatedCluster,
  workload: AppWorkload | undefined,
  ids: readonly NodeId[],
): Scenario {
  const clients = workload ? Array.from({ length: CLIENTS_PER_NODE }, () => ids).flat() : [];
  return {
    clientCount: clients.length,
    prepare: async () => undefined,
    clients: (stage, pace) => clients.map((id) => startClient(cluster, stage, pace, id, workload!)),
    judge: async ({ history }) => ({ violations: checkViews(history, new Map()), checked: 1 }),
  };
}

function startClient(
  cluster: SimulatedCluster,
  { history, random: draw }: Stage,
  pace: ClientPace,
  id: NodeId,
  workload: AppWorkload,
): Promise<void> {
  const random = seededRandom(draw() * 2 ** 31);
  const client = new Client({ cluster, history, pace, id, random });
  const shown: WorkloadClient = {
    cluster,
    id,
    history,
    random,
    run: (fn, ...args) => cluster.run(id, fn, ...args),
    record: async <R>(kind: string, key: string | number, fn: (node: MusterNode) => R | Promise<R>) => {
      const operation = await client.record(kind, key, null, () => cluster.run(id, fn));
      return operation?.outcome === 'ok' ? (operation.output as R) : undefined;
    },
  };
  return client.run(async () => {
    try {
      await workload(shown);
    } catch (error) {
      if (!(error instanceof MusterError)) throw error;
      history.note(id, 'workload refused', { code: error.code, message: error.message });
    }
  });
}
