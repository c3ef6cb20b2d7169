/** Leaving queues for good, also where a match was found already: then it is declined. */
import { NoSuchServer } from '../../base/index.ts';
import type { MusterNode } from '../../services/index.ts';
import { type AttemptKey, queues } from './declarations.ts';
import { queueMatch } from './match-server.ts';
import { queueWait } from './wait-server.ts';

/** Takes a user, and with him his group, out of a queue. Says whether he was in it. */
export async function leaveQueue(node: MusterNode, queueId: number, userId: number): Promise<boolean> {
  const { waits, attempt } = await node.server(queueWait, queueId).call('leave', userId);
  if (attempt !== null) await decline(node, [queueId, attempt], userId);
  return waits || attempt !== null;
}

async function decline(node: MusterNode, key: AttemptKey, userId: number): Promise<void> {
  try {
    await node.server(queueMatch, key).call('decline', userId);
  } catch (error) {
    // It is not started yet, or settled: the queue is asked again in the first case, and knows in the second.
    if (!(error instanceof NoSuchServer)) throw error;
  }
}

export async function leaveAllQueues(node: MusterNode, userId: number): Promise<void> {
  for (const [queueId] of [...node.cache(queues).entries()]) await leaveQueue(node, queueId, userId);
}
