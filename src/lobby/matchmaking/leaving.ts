/** Leaving queues for good, also where a match was found already: then it is declined. */
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

/** A match server that is not there yet is started for it; one whose match is settled ends again by itself. */
async function decline(node: MusterNode, key: AttemptKey, userId: number): Promise<void> {
  const match = node.server(queueMatch, key);
  await match.start();
  await match.call('decline', userId);
}

export async function leaveAllQueues(node: MusterNode, userId: number): Promise<void> {
  for (const [queueId] of [...node.cache(queues).entries()]) await leaveQueue(node, queueId, userId);
}
