/** What keeps a cluster from being settled, in words; nothing when it is. Pure. */
import { MusterError } from '../base/index.ts';
import type { NodeInspection, ViewData } from '../services/index.ts';
import type { NodeStatus } from './cluster.ts';

/** The cluster did not settle in time. `details.open` lists what was not done. */
export class NotSettled extends MusterError {
  constructor(open: readonly string[], deadlineMs: number) {
    super('NotSettled', `not settled within ${deadlineMs} ms: ${open.join('; ')}`, { open, deadlineMs });
  }
}

export function unsettled(
  view: ViewData,
  statuses: readonly NodeStatus[],
  nodes: readonly NodeInspection[],
  missing: readonly string[],
): string[] {
  const open: string[] = [];
  for (const { id, state } of statuses) {
    if (state === 'starting' || state === 'leaving' || state === 'cut off') open.push(`${id} is ${state}`);
  }
  for (const { id, state } of view.members) if (state !== 'up') open.push(`${id} is ${state} in view ${view.epoch}`);
  for (const id of missing) open.push(`${id} does not answer`);
  for (const node of nodes) open.push(...unsettledNode(view, node));
  open.push(...differences(nodes));
  return open;
}

function unsettledNode(view: ViewData, node: NodeInspection): string[] {
  const open: string[] = [];
  if (node.flushed !== view.epoch) open.push(`${node.id} has flushed view ${node.flushed}, not ${view.epoch}`);
  if (!node.ready) open.push(`${node.id} is not ready`);
  if (node.standing !== 'primary') open.push(`the standing of ${node.id} is ${node.standing}`);
  for (const [what, count] of Object.entries(node.pending)) {
    if (count > 0) open.push(`${node.id} has ${count} ${what} pending`);
  }
  return open;
}

function differences(nodes: readonly NodeInspection[]): string[] {
  const [first, ...rest] = nodes;
  if (!first) return [];
  return Object.entries(first.digests).flatMap(([table, digest]) => {
    const other = rest.find((node) => node.digests[table] !== digest);
    return other ? [`${first.id} and ${other.id} differ in ${table}`] : [];
  });
}
