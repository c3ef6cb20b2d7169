/** Matchmaking as it is seen from outside its servers: which queues there are, who is taken, and what is told. */
import * as z from 'zod';
import { cache, topic } from '../../services/index.ts';
import { UserId } from '../presence/sessions.ts';

export const QueueId = z.int();

export const QueueInfo = z.object({
  queueId: QueueId,
  name: z.string(),
  teamSize: z.int(),
  teamCount: z.int(),
  readyWaitMs: z.int(),
  /** One is chosen for each match; none: the map stays. */
  maps: z.array(z.string()),
});
export type QueueInfo = z.infer<typeof QueueInfo>;

export const queues = cache('queues', {
  key: QueueId,
  value: QueueInfo,
  writes: 'owner',
  filled: 'by the matchmaker, from the table `queues`',
  about: 'The queues that can be joined. Who waits in them is known to their wait servers.',
});

/** One attempt at a match: the queue's and its own number. */
export const AttemptKey = z.tuple([QueueId, z.int()]);
export type AttemptKey = z.infer<typeof AttemptKey>;

export const matchClaims = cache('match_claims', {
  /** `user:ID` or `lobby:ID`. */
  key: z.string(),
  value: z.object({ queueId: QueueId, attempt: z.int() }),
  writes: 'owner',
  filled: 'by a match server before it asks players or takes a lobby; deleted when it is done',
  about: 'Players and lobbies that one attempt at a match has to itself, so that no other takes them too.',
});

export const QueueUpdate = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('joined'), queueId: QueueId, userIds: z.array(UserId) }),
  z.object({ kind: z.literal('left'), queueId: QueueId, userIds: z.array(UserId) }),
  z.object({ kind: z.literal('match-made'), queueId: QueueId, lobbyId: z.int(), userIds: z.array(UserId) }),
]);
export type QueueUpdate = z.infer<typeof QueueUpdate>;

export const queueUpdates = topic('queue:{queueId}', QueueUpdate, {
  reach: 'cluster',
  actedOnBy: 'every node',
  about: 'Who joins and leaves a queue, and matches made of it, for whoever shows it.',
});

export const QueuePeriodic = z.object({ queueId: QueueId, size: z.int(), meanWaitMs: z.number() });
export type QueuePeriodic = z.infer<typeof QueuePeriodic>;

export const queuePeriodic = topic('queue_all_queues', QueuePeriodic, {
  reach: 'cluster',
  actedOnBy: 'every node',
  about: 'How many wait in each queue and for how long on average, every 2.5 s, from the queue’s wait server.',
});

export const matchAttempts = topic('match_attempts', z.object({ key: AttemptKey }), {
  reach: 'node',
  about:
    'A wait server has set players aside for an attempt: its own node starts the match server. Said again while it lasts.',
});
