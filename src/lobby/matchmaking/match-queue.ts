/** What a match server asks of queues. One that was closed meanwhile has no server, and nobody waits in it. */
import { NoSuchServer } from '../../base/index.ts';
import type { MusterNode } from '../../services/index.ts';
import { type AttemptKey, queues } from './declarations.ts';
import type { Attempt } from './state.ts';
import { queueWait } from './wait-server.ts';

/** Whom the attempt is about; null when it is settled. */
export function readAttempt(node: MusterNode, [queueId, number]: AttemptKey): Promise<Attempt | null> {
  return orNull(() => node.server(queueWait, queueId).call('attempt', number));
}

/** Takes users out of all queues but the one. */
export async function leaveOtherQueues(node: MusterNode, queueId: number, userIds: readonly number[]): Promise<void> {
  const others = [...node.cache(queues).entries()].flatMap(([id]) => (id === queueId ? [] : [id]));
  for (const id of others) {
    for (const userId of userIds) await orNull(() => node.server(queueWait, id).call('leave', userId));
  }
}

async function orNull<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof NoSuchServer) return null;
    throw error;
  }
}
