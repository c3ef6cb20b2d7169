/**
 * What the command reports, in one shape for every reporter. These are the objects that `--json` prints, field by field:
 * adding a field here changes what scripts see.
 */
import type { NodeId } from '../../base/index.ts';
import type { ClusterEvent, Inspection, MoveCause, NodeState, NodeStatus } from '../../cluster/index.ts';
import type { Member, Standing, ViewData } from '../../services/index.ts';
import { failureOf } from './failure.ts';

/** `t` is in ms since the process started, as is `ms` of `up`. */
export type Report =
  | {
      readonly event: 'up';
      readonly t: number;
      readonly ms: number;
      /** `lobbyPort` is null for an app that does not say (gauge `lobbyPort`) where it listens. */
      readonly nodes: readonly { readonly id: NodeId; readonly lobbyPort: number | null }[];
      /** Where the control port answers; null when there is none. */
      readonly control: string | null;
    }
  | {
      readonly event: 'view';
      readonly t: number;
      readonly epoch: number;
      readonly members: readonly Member[];
      readonly cause: string;
    }
  | {
      readonly event: 'node';
      readonly t: number;
      readonly id: NodeId;
      readonly incarnation: number;
      readonly state: NodeState;
      readonly cause: string;
    }
  | {
      readonly event: 'moved';
      readonly t: number;
      readonly server: string;
      readonly from: NodeId;
      readonly to: NodeId;
      readonly cause: MoveCause;
      readonly ms: number;
    }
  | {
      readonly event: 'catch-up';
      readonly t: number;
      readonly node: NodeId;
      readonly entries: number;
      readonly of: number;
      readonly ms: number;
    }
  | {
      readonly event: 'primary';
      readonly t: number;
      readonly exists: boolean;
      readonly reached: readonly NodeId[];
      readonly unreached: readonly NodeId[];
    }
  /** A command that changes something was carried out, and took `ms`. */
  | ({ readonly event: 'done'; readonly t: number; readonly command: string; readonly ms: number } & Effect)
  | { readonly event: 'refused'; readonly t: number; readonly command: string; readonly message: string }
  | {
      readonly event: 'error';
      readonly t: number;
      readonly code: string;
      readonly message: string;
      readonly node?: NodeId;
    }
  | InspectReport;

/** What came of a command beyond its being done; which fields there are depends on the command. */
export interface Effect {
  readonly node?: NodeId;
  /** Where the node that was added listens; null for an app that does not say. */
  readonly lobbyPort?: number | null;
  /** Why the life of the node ended under the command. */
  readonly ended?: string;
}

/** The answer to the command `inspect`; printed for nothing else. */
export interface InspectReport {
  readonly event: 'inspect';
  readonly t: number;
  readonly epoch: number;
  readonly nodes: readonly InspectedNode[];
  /** Running nodes that did not answer in time. */
  readonly missing: readonly NodeId[];
}

export interface InspectedNode {
  readonly id: NodeId;
  readonly incarnation: number;
  readonly state: NodeState;
  /** Whether it may act for the cluster; null when it did not answer. */
  readonly standing: Standing | null;
  readonly lobbyPort: number | null;
  readonly servers: readonly string[];
  readonly pending: Readonly<Record<string, number>>;
  readonly counters: Readonly<Record<string, number>>;
  readonly gauges: Readonly<Record<string, number>>;
}

type Translations = { [E in ClusterEvent['event']]: (event: Extract<ClusterEvent, { event: E }>, t: number) => Report };

const translations: Translations = {
  view: ({ view }, t) => viewReport(view, t),
  node: ({ node: { id, incarnation, state, cause } }, t) => ({ event: 'node', t, id, incarnation, state, cause }),
  moved: ({ server, from, to, cause, ms }, t) => ({ event: 'moved', t, server, from, to, cause, ms: Math.round(ms) }),
  'catch-up': ({ node, entries, of, ms }, t) => ({ event: 'catch-up', t, node, entries, of, ms }),
  primary: ({ exists, reached, unreached }, t) => ({ event: 'primary', t, exists, reached, unreached }),
  error: ({ code, message, node }, t) => ({
    event: 'error',
    t,
    code,
    message,
    ...(node === undefined ? {} : { node }),
  }),
};

export function reportOf(event: ClusterEvent, t: number): Report {
  const translate = translations[event.event] as (event: ClusterEvent, t: number) => Report;
  return translate(event, t);
}

export function viewReport({ epoch, members, cause }: ViewData, t: number): Report {
  return { event: 'view', t, epoch, members, cause };
}

export function errorReport(error: unknown, t: number): Report {
  return { event: 'error', t, ...failureOf(error) };
}

/** Nodes that are known but do not run are listed too, with nothing in them. */
export function inspectReport(inspection: Inspection, known: readonly NodeStatus[], t: number): InspectReport {
  const answers = new Map(inspection.nodes.map((node) => [node.id, node]));
  const nodes = known.map(({ id, incarnation, state }): InspectedNode => {
    const answer = answers.get(id);
    return {
      id,
      incarnation,
      state,
      standing: answer?.standing ?? null,
      lobbyPort: answer?.gauges.lobbyPort ?? null,
      servers: (answer?.servers ?? []).map(({ server }) => server),
      pending: answer?.pending ?? {},
      counters: answer?.counters ?? {},
      gauges: answer?.gauges ?? {},
    };
  });
  return { event: 'inspect', t, epoch: inspection.view.epoch, nodes, missing: inspection.missing };
}
