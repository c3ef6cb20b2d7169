/** A wrong app: its tally says that it is one in the cluster, and each node has one of its own. */
import { MusterError } from '../../../src/base/index.ts';
import type { Perform } from '../../../src/chaos/perform.ts';
import { makeNodeParts, type NodeParts } from '../../../src/chaos/threads/node-parts.ts';

const parts = makeNodeParts();
const own = new Map<string, number[]>();

export default parts.app;

export const perform: Perform = async (node, asked) => {
  if (asked.kind === 'crash tally') throw new MusterError('NoSuchServer', 'there is none that could crash');
  if (asked.kind !== 'tally add') return parts.perform(node, asked);
  const list = [...(own.get(asked.key) ?? []), asked.id];
  own.set(asked.key, list);
  return list;
};

export const show: NodeParts['show'] = async (node) => ({
  ...(await parts.show(node)),
  tallies: Object.fromEntries(own),
});
