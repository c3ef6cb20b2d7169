/** The answer to `GET /inspect`: all that the host and its nodes know of themselves, as plain data. Pure. */
import type { NodeId } from '../../base/index.ts';
import type { Inspection, NodeState, NodeStatus } from '../../cluster/index.ts';
import type { LinkInspection, ServerInspection, Standing, ViewData } from '../../services/index.ts';

export interface ClusterInspection {
  readonly view: ViewData;
  /** All nodes the cluster has had, in order. */
  readonly nodes: readonly InspectedNode[];
}

export interface InspectedNode {
  readonly id: NodeId;
  readonly incarnation: number;
  readonly state: NodeState;
  /** Why it is in this state. */
  readonly cause: string;
  /** What it told of itself; null when it does not run or did not answer in time. */
  readonly told: NodeReport | null;
}

export interface NodeReport {
  /** Whether it may act for the cluster. */
  readonly standing: Standing;
  readonly epoch: number;
  readonly ready: boolean;
  readonly servers: readonly ServerInspection[];
  readonly links: readonly LinkInspection[];
  /** Entries, by table. */
  readonly tables: Readonly<Record<string, number>>;
  readonly pending: Readonly<Record<string, number>>;
  readonly counters: Readonly<Record<string, number>>;
  readonly gauges: Readonly<Record<string, number>>;
}

export function inspectionOf({ view, nodes }: Inspection, known: readonly NodeStatus[]): ClusterInspection {
  const answers = new Map(nodes.map((node) => [node.id, node]));
  return {
    view,
    nodes: known.map(({ id, incarnation, state, cause }) => {
      const answer = answers.get(id);
      if (!answer) return { id, incarnation, state, cause, told: null };
      const { standing, epoch, ready, servers, links, tables, pending, counters, gauges } = answer;
      const told = { standing, epoch, ready, servers, links, tables, pending, counters, gauges };
      return { id, incarnation, state, cause, told };
    }),
  };
}
