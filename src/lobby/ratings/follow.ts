/** What every node does for ratings: hands the end of a match on to the rater; the topic is acted on by one node. */
import type { MusterNode } from '../../services/index.ts';
import { matchUpdates } from '../matches/declarations.ts';
import { rater } from './rater.ts';

export async function followRatings(node: MusterNode): Promise<void> {
  await node.subscribe(matchUpdates(), ({ kind, matchId }) => {
    if (kind === 'completed') node.server(rater).cast('rate', matchId);
  });
}
