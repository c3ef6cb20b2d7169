/** The life of a match as others hear of it. What it was stands in the tables `matches` and `match_members`. */
import * as z from 'zod';
import { sequence, topic } from '../../services/index.ts';

export const MatchUpdate = z.object({ kind: z.enum(['started', 'completed']), matchId: z.int() });
export type MatchUpdate = z.infer<typeof MatchUpdate>;

export const matchUpdates = topic('match_updates', MatchUpdate, {
  reach: 'cluster',
  actedOnBy: 'one node',
  sentBy: 'the match monitor, which runs once in the cluster',
  heardBy: 'every node, for what follows from a match: ratings, accolades',
  about:
    'A match has begun, or ended, after its rows were written; told of its end again when its result came later. One node acts: what follows from a match is made idempotent in the store.',
});

export const matchIds = sequence('match_ids', { block: 100, about: 'Ids of matches.' });
