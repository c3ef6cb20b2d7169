/** Commands about the connection and its user: account, login, keep-alive, status. */
import { formatLine } from '../protocol/grammar.ts';
import { commandFailed } from '../protocol/lines.ts';
import { type CommandTable, forAnybody, forGuest, forUser, noArguments } from './command.ts';

/** Compatibility flags this server knows: script passwords, and hosts that authorise joins. */
const FLAGS = ['sp', 'b', 'token-auth'];

/** What a client says it can do, in one sentence. */
export const readFlags = (sentence: string): string[] => sentence.split(' ').filter((flag) => flag !== '');

export const sessionCommands: CommandTable = {
  PING: forAnybody({
    isLocal: true,
    parse: (args) => args.optionalText(),
    run: (context, text) => context.reply(text === '' ? 'PONG' : formatLine('PONG', text)),
  }),

  LISTCOMPFLAGS: forAnybody({
    isLocal: true,
    parse: noArguments,
    run: (context) => context.reply(formatLine('COMPFLAGS', ...FLAGS)),
  }),

  EXIT: forAnybody({
    isLocal: true,
    parse: noArguments,
    run: (context) => context.close(),
  }),

  REGISTER: forGuest({
    parse: (args) => ({
      name: args.word('name'),
      passwordHash: args.word('password'),
      email: args.optionalWord() ?? '',
    }),
    run: async (context, { email, ...account }) => {
      await context.lobby.register(email === '' ? account : { ...account, email });
      context.reply('REGISTRATIONACCEPTED');
    },
    refused: ({ message }) => formatLine('REGISTRATIONDENIED', message),
  }),

  LOGIN: forGuest({
    parse: (args) => {
      const name = args.word('name');
      const passwordHash = args.word('password');
      args.optionalWord(); // processor speed, of no use any more
      args.optionalWord(); // the client's own idea of its address
      const [client = '', , flags = ''] = args.sentences();
      return { name, passwordHash, client: client.trim(), flags: readFlags(flags) };
    },
    run: async (context, { client, ...request }) => {
      const session = await context.lobby.login({
        ...request,
        ip: context.address,
        client: client === '' ? 'unknown' : client,
      });
      context.begin(session);
    },
    refused: ({ message }) => formatLine('DENIED', message),
  }),

  CONFIRMAGREEMENT: forGuest({
    parse: noArguments,
    run: (context) => context.reply(commandFailed('CONFIRMAGREEMENT', 'There is no agreement to confirm.')),
  }),

  MYSTATUS: forUser({
    parse: (args) => args.leadingInteger('status'),
    run: (context, status) => context.session.setStatus(status),
    causes: (event, _status, { self }) => event.kind === 'user-status' && event.user.userId === self.userId,
  }),
};
