/** TLS on a connection that began without, and the tokens that are given out under it only. */
import { createHash } from 'node:crypto';
import type { AccountHint } from '../../../lobby/index.ts';
import { BadArguments, formatLine, joinSentences } from '../protocol/grammar.ts';
import { no } from '../protocol/lines.ts';
import { type CommandTable, forAnybody, forGuest, noArguments } from './command.ts';
import { logIn, readFlags } from './session.ts';

const getToken = (command: string, hint: (who: string) => AccountHint) =>
  forAnybody({
    parse: (args) => {
      const [who = '', password = ''] = args.sentences();
      if (who === '' || password === '') throw new BadArguments('account and password are needed, with a TAB between');
      return { who, password };
    },
    run: async (context, { who, password }) => {
      if (!context.isSecure) {
        context.reply(no(command, 'cannot get token over insecure connection'));
        return;
      }
      // The only command that is given a password as it is typed.
      const token = await context.lobby.issueToken(hint(who), createHash('md5').update(password).digest('base64'));
      context.reply(formatLine('s.user.user_token', joinSentences([who, token])));
    },
    refused: ({ message }) => no(command, message),
  });

export const secureCommands: CommandTable = {
  STLS: forGuest({ parse: noArguments, run: (context) => context.secure() }),

  'c.user.get_token_by_email': getToken('c.user.get_token_by_email', (email) => ({ email })),
  'c.user.get_token_by_name': getToken('c.user.get_token_by_name', (name) => ({ name })),

  'c.user.login': forGuest({
    parse: (args) => {
      const [token = '', client = '', lobbyHash = '', flags = ''] = args.sentences();
      if (token === '') throw new BadArguments('token is missing');
      return { token, client: client.trim() || 'unknown', lobbyHash: lobbyHash.trim(), flags: readFlags(flags) };
    },
    run: (context, request) => logIn(context, { name: '', passwordHash: '', ip: context.address, ...request }),
    refused: ({ message }) => formatLine('DENIED', message),
  }),
};
