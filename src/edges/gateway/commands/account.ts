/** Commands about the user's own account. */
import { formatLine } from '../protocol/grammar.ts';
import { serverMessage } from '../protocol/lines.ts';
import { type CommandTable, forUser, noArguments } from './command.ts';

export const accountCommands: CommandTable = {
  /** Of the user himself only. Autohosts ask for it after each login, and read the time. */
  GETUSERINFO: forUser({
    parse: noArguments,
    run: async (context) => {
      const { registeredAt, email, hoursInGame } = await context.session.account.info();
      context.reply(
        serverMessage(`Registration date: ${new Date(registeredAt).toISOString().slice(0, 19).replace('T', ' ')}`),
        serverMessage(`Email address: ${email ?? 'none'}`),
        serverMessage(`Ingame time: ${hoursInGame}`),
      );
    },
    refused: ({ message }) => serverMessage(message),
  }),

  CHANGEPASSWORD: forUser({
    parse: (args) => ({ oldHash: args.word('old password'), newHash: args.word('new password') }),
    run: async (context, { oldHash, newHash }) => {
      await context.session.account.changePassword(oldHash, newHash);
      context.reply(serverMessage('Password changed, you will need it next time you log in'));
    },
    refused: ({ message }) => serverMessage(message),
  }),

  CHANGEEMAIL: forUser({
    parse: (args) => args.word('email'),
    run: async (context, email) => {
      await context.session.account.changeEmail(email);
      context.reply(formatLine('CHANGEEMAILACCEPTED', email));
    },
    refused: ({ message }) => formatLine('CHANGEEMAILDENIED', message),
  }),

  /** Its success is the end of the session. */
  RENAMEACCOUNT: forUser({
    parse: (args) => args.word('new name'),
    run: (context, name) => context.session.account.rename(name),
    refused: ({ message }) => serverMessage(message),
  }),
};
