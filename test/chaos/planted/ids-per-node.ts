/** A wrong app: when its node was started again, it counts its ids from the beginning. */
import type { Perform } from '../../../src/chaos/perform.ts';
import { makeNodeParts } from '../../../src/chaos/threads/node-parts.ts';

const { app, perform: performRightly, show } = makeNodeParts();
const last = { id: 0 };

export default app;

export const perform: Perform = async (node, asked) => {
  if (asked.kind !== 'next id') return performRightly(node, asked);
  last.id += 1;
  return last.id;
};

export { show };
