/** The lines of matchmaking: one space after the name, then what is separated by TABs. */
import type { MatchmakingMessage, QueueFigures, QueueInfo } from '../../../lobby/index.ts';
import { formatLine, joinSentences } from './grammar.ts';

/** `1:name`; an empty list leaves the space. */
const list = (line: string, queues: readonly QueueInfo[]): string =>
  formatLine(line, joinSentences(queues.map(({ queueId, name }) => `${queueId}:${name}`)));

export const fullQueueList = (queues: readonly QueueInfo[]): string => list('s.matchmaking.full_queue_list', queues);
export const yourQueueList = (queues: readonly QueueInfo[]): string => list('s.matchmaking.your_queue_list', queues);

/** The wait in whole seconds. */
export const queueInfo = ({ queue, size, meanWaitMs }: QueueFigures): string =>
  formatLine(
    's.matchmaking.queue_info',
    joinSentences([queue.queueId, queue.name, Math.round(meanWaitMs / 1_000), size]),
  );

export function matchmakingLine(message: MatchmakingMessage): string {
  switch (message.kind) {
    case 'ready-check':
      return formatLine('s.matchmaking.ready_check', message.queueId);
    case 'match-cancelled':
      return formatLine('s.matchmaking.match_cancelled', message.queueId);
    case 'your-queues':
      return yourQueueList(message.queues);
  }
}
