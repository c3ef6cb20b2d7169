/** Commands of matchmaking. They answer only where their line says so. */
import type { LobbyRefused } from '../../../lobby/index.ts';
import { formatLine, joinSentences } from '../protocol/grammar.ts';
import { fullQueueList, queueInfo, yourQueueList } from '../protocol/matchmaking-lines.ts';
import { type CommandTable, forUser, noArguments } from './command.ts';

const queueId = (args: { integer(what: string): number }): number => args.integer('queue');

const no =
  (command: string) =>
  ({ message }: LobbyRefused): string =>
    formatLine('NO', joinSentences([`cmd=${command}`, message]));

const JOIN = 'c.matchmaking.join_queue';
const joinAnswer = (word: 'OK' | 'NO', id: number): string => formatLine(word, joinSentences([`cmd=${JOIN}`, id]));

export const matchmakingCommands: CommandTable = {
  'c.matchmaking.list_all_queues': forUser({
    isLocal: true,
    parse: noArguments,
    run: (context) => context.reply(fullQueueList(context.session.matchmaking.queues())),
  }),

  'c.matchmaking.list_my_queues': forUser({
    parse: noArguments,
    run: async (context) => context.reply(yourQueueList(await context.session.matchmaking.mine())),
    refused: no('c.matchmaking.list_my_queues'),
  }),

  'c.matchmaking.get_queue_info': forUser({
    parse: queueId,
    run: async (context, id) => context.reply(queueInfo(await context.session.matchmaking.figures(id))),
    refused: no('c.matchmaking.get_queue_info'),
  }),

  [JOIN]: forUser({
    parse: queueId,
    run: async (context, id) => {
      await context.session.matchmaking.join(id);
      context.reply(joinAnswer('OK', id));
    },
    refused: (_refusal, id) => joinAnswer('NO', id),
  }),

  'c.matchmaking.leave_queue': forUser({
    parse: queueId,
    run: (context, id) => context.session.matchmaking.leave(id),
    refused: no('c.matchmaking.leave_queue'),
  }),

  'c.matchmaking.leave_all_queues': forUser({
    parse: noArguments,
    run: (context) => context.session.matchmaking.leaveAll(),
    refused: no('c.matchmaking.leave_all_queues'),
  }),

  'c.matchmaking.ready': forUser({
    parse: noArguments,
    run: async (context) => {
      await context.session.matchmaking.ready();
    },
    refused: no('c.matchmaking.ready'),
  }),

  'c.matchmaking.decline': forUser({
    parse: noArguments,
    run: (context) => context.session.matchmaking.decline(),
    refused: no('c.matchmaking.decline'),
  }),
};
