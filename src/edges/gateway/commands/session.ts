/** Commands about the connection and its user: account, login, keep-alive, status. */
import { LobbyRefused, type LoginRequest, type RefusalCode } from '../../../lobby/index.ts';
import { formatLine } from '../protocol/grammar.ts';
import { agreement, commandFailed, serverMessage } from '../protocol/lines.ts';
import { type CommandTable, forAnybody, forGuest, forUser, type GuestContext, noArguments } from './command.ts';

/** Compatibility flags this server knows: script passwords, hosts that authorise joins, login tokens, queues. */
const FLAGS = ['sp', 'b', 'token-auth', 'matchmaking'];

/** Refusals of a login that the same login may not meet in a moment. */
const PASSING: ReadonlySet<RefusalCode> = new Set(['Unavailable', 'TooManyTries', 'AlreadyLoggedIn']);

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
      const [client = '', lobbyHash = '', flags = ''] = args.sentences();
      return {
        name,
        passwordHash,
        client: client.trim(),
        lobbyHash: lobbyHash.trim(),
        flags: readFlags(flags),
      };
    },
    run: (context, { client, ...request }) =>
      logIn(context, { ...request, ip: context.address, client: client === '' ? 'unknown' : client }),
    refused: ({ message }) => formatLine('DENIED', message),
  }),

  CONFIRMAGREEMENT: forGuest({
    parse: (args) => args.optionalText().trim(),
    run: async (context, agreementCode) => {
      const { request } = context.unagreed;
      if (request) await logIn(context, { ...request, agreementCode });
      else context.reply(commandFailed('CONFIRMAGREEMENT', 'There is no agreement to confirm.'));
    },
    refused: ({ message }) => formatLine('DENIED', message),
  }),

  MYSTATUS: forUser({
    parse: (args) => args.leadingInteger('status'),
    run: (context, status) => context.session.setStatus(status),
    causes: (event, _status, { self }) => event.kind === 'user-status' && event.user.userId === self.userId,
  }),
};

/**
 * Who has to agree to the rules first is sent them; his login waits for his word. What will pass is no `DENIED`: SPADS takes that for
 * final and ends itself, but comes back when it is disconnected.
 */
export async function logIn(context: GuestContext, request: LoginRequest): Promise<void> {
  try {
    context.begin(await context.lobby.login(request));
  } catch (error) {
    if (!(error instanceof LobbyRefused)) throw error;
    if (error.reason === 'AgreementNeeded') {
      context.unagreed.request = request;
      context.reply(...agreement(context.lobby.agreement));
    } else if (PASSING.has(error.reason)) {
      context.warnOf(error);
      context.reply(serverMessage(error.message));
      context.close();
    } else throw error;
  }
}
