/** What the live view shows of each node, made from two inspections: the newest, and the one before for rates. Pure. */
import { incarnationOf, type NodeId } from '../../../base/index.ts';
import type { Inspection } from '../../../cluster/index.ts';
import type { NodeInspection, Standing } from '../../../services/index.ts';

/** One node's figures; null where they are not known. */
export interface Figures {
  readonly id: NodeId;
  readonly incarnation: number;
  readonly standing: Standing;
  readonly port: number | null;
  readonly connections: number | null;
  /** Messages between nodes, sent and received. */
  readonly messagesPerSecond: number | null;
  readonly servers: number;
  readonly eventLoopDelayMs: number | null;
}

/** Inspections with the time they were made, in ms of one clock. */
export interface Sample {
  readonly inspection: Inspection;
  readonly atMs: number;
}

export function figuresOf(newest: Sample, before: Sample | undefined): Figures[] {
  const earlier = new Map((before?.inspection.nodes ?? []).map((node) => [node.address, node]));
  const seconds = before ? (newest.atMs - before.atMs) / 1_000 : 0;
  return newest.inspection.nodes.map((node) => ({
    id: node.id,
    incarnation: incarnationOf(node.address),
    standing: node.standing,
    port: node.gauges.lobbyPort ?? null,
    connections: node.gauges.connections ?? null,
    messagesPerSecond: rate(node, earlier.get(node.address), seconds),
    servers: node.servers.filter(({ state }) => state !== 'failed').length,
    eventLoopDelayMs: node.gauges.eventLoopDelayMs ?? null,
  }));
}

/** Null for a node's first sample: a new incarnation counts from zero again. */
function rate(newest: NodeInspection, before: NodeInspection | undefined, seconds: number): number | null {
  if (!before || seconds <= 0) return null;
  return Math.max(0, messages(newest) - messages(before)) / seconds;
}

function messages({ counters }: NodeInspection): number {
  return (counters.messagesIn ?? 0) + (counters.messagesOut ?? 0);
}
