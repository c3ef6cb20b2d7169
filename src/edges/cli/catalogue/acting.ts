/**
 * The worked example of the catalogue: one app in which the same announcement travels in each of the ways there are, and a count of
 * who acted on it. It is printed on docs/topics.md; a test takes it from there and runs it.
 */

export const ACTING_EXAMPLE = `// acting.mjs
import { cache, defineApp, topic } from 'muster';
import * as z from 'zod';

const Done = z.object({ match: z.number() });

// Per node: it never leaves the node it was published on. For what only this node's connections are shown.
export const shown = topic('shown', Done, { reach: 'node', about: 'A line was shown to the clients of this node.' });
// To every node, acted on where it was published. For effects that belong to the connection: counted once, where it is.
export const played = topic('played', Done, { actedOnBy: 'origin', about: 'A client of the origin has played a match.' });
// To every node, acted on by one of them. For effects of the whole cluster. At most once, so the effect is idempotent.
export const rated = topic('rated', Done, { actedOnBy: 'one node', about: 'A match is over and has to be rated.' });
// Per key: only nodes that subscribed to this match get it.
export const lines = topic('match:{id}', Done, { actedOnBy: 'every node', about: 'What is said in a match.' });

// Who acted: the topic, the node and the match are the key, so that acting twice would be the same entry.
export const acted = cache('acted', {
  key: z.tuple([z.string(), z.string(), z.number()]), value: z.number(), writes: 'owner',
  filled: 'when a handler runs', about: 'How often each node acted on a match.',
});

export default defineApp({ uses: [shown, played, rated, lines, acted] }, async (node) => {
  const act = (what) => ({ match }) => node.cache(acted).update([what, node.id, match], (times) => (times ?? 0) + 1);
  await node.subscribe(shown(), act('shown'));
  await node.subscribe(played(), act('played'));
  await node.subscribe(rated(), act('rated'));
  // Everybody is interested in match 7 but n3.
  if (node.id !== 'n3') await node.subscribe(lines(7), act('lines'));
});
`;

/** How to publish each, and who acts on it in a cluster of n1, n2 and n3 when n2 publishes. */
export const ACTING_TABLE: readonly (readonly [publish: string, acts: string])[] = [
  ['node.broadcast(shown(), { match: 7 })', 'n2'],
  ['node.broadcast(played(), { match: 7 })', 'n2'],
  ['node.broadcast(rated(), { match: 7 })', 'one of n1, n2, n3'],
  ['node.broadcast(lines(7), { match: 7 })', 'n1, n2'],
];
