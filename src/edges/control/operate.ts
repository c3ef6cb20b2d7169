/** Doing what an operator asks on a node of a cluster: on the first that can. */
import { MusterError, NodeDown, NotPrimary, Refused, Timeout } from '../../base/index.ts';
import type { Cluster } from '../../cluster/index.ts';
import type { Operation, OperationResult } from '../../lobby/operator/operation.ts';
import type { MusterNode } from '../../services/index.ts';

const DEADLINE_MS = 20_000;

/** What the app's module exports under this name, on the node. */
declare const operate: ((node: MusterNode, operation: Operation) => Promise<OperationResult>) | undefined;

/**
 * Rejects with what it was refused with, `NoNode` when no node can act, `Timeout`, and `Refused` when the cluster's app is not the
 * lobby. An app that exports a function `operate` of its own is asked likewise.
 */
export async function operateOn(cluster: Cluster, operation: Operation): Promise<OperationResult> {
  for (const { id } of cluster.nodes().filter(({ state }) => state === 'up')) {
    try {
      const result = await inTime(onNode(cluster, id, operation));
      if (result !== 'elsewhere') return result;
    } catch (error) {
      if (!isElsewhere(error)) throw error;
    }
  }
  throw new MusterError('NoNode', 'no node of the cluster can act now');
}

async function onNode(cluster: Cluster, id: string, operation: Operation): Promise<OperationResult | 'elsewhere'> {
  const result = await cluster.run(
    id,
    async (node, wanted) => {
      if (node.standing() !== 'primary') return 'elsewhere';
      return typeof operate === 'function' ? operate(node, wanted) : null;
    },
    operation,
  );
  if (result === null) throw new Refused('the app of this cluster has no users and settings: it is not the lobby');
  return result;
}

/** Whether nothing happened there, and another node may well do it. */
function isElsewhere(error: unknown): boolean {
  return (error instanceof NodeDown || error instanceof NotPrimary) && error.outcome === 'not-run';
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Timeout('the operation', DEADLINE_MS, 'unknown')), DEADLINE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
