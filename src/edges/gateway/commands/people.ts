/** Commands about other people: friends, ignores, reports, and what moderators may ask. */
import type { PeopleChange, PeopleList } from '../../../lobby/index.ts';
import { type Arguments, BadArguments, formatLine, joinSentences } from '../protocol/grammar.ts';
import { peopleList, serverMessage } from '../protocol/lines.ts';
import { type Command, type CommandTable, forUser, noArguments } from './command.ts';

const REPORT = 'c.moderation.report_user';

const list = (which: PeopleList): Command =>
  forUser({
    parse: noArguments,
    run: async (context) => context.reply(...peopleList(which, await context.session.people.list(which))),
  });

/** Its answer are the lists that changed, as those of the other user get theirs. */
const change = (kind: PeopleChange): Command =>
  forUser({
    parse: readUserName,
    run: (context, name) => context.session.people.change(kind, name),
  });

/** `userName=bob`, perhaps with more behind a TAB; a bare name is taken too. */
function readUserName(args: Arguments): string {
  const [first = ''] = args.sentences();
  const name = first.replace(/^userName=/i, '').trim();
  if (name === '' || /\s/.test(name)) throw new BadArguments('userName= is missing');
  return name;
}

export const peopleCommands: CommandTable = {
  FRIENDLIST: list('friends'),
  FRIENDREQUESTLIST: list('requests'),
  IGNORELIST: list('ignored'),
  FRIENDREQUEST: change('request'),
  ACCEPTFRIENDREQUEST: change('accept'),
  DECLINEFRIENDREQUEST: change('decline'),
  UNFRIEND: change('unfriend'),
  IGNORE: change('ignore'),
  UNIGNORE: change('unignore'),

  [REPORT]: forUser({
    parse: (args) => {
      const [name = '', location = '', id = '', reason = ''] = args.sentences();
      return { name: name.trim(), location, locationId: /^\d{1,9}$/.test(id) ? Number(id) : null, reason };
    },
    run: async (context, request) => {
      await context.session.report(request);
      context.reply(formatLine('OK', `cmd=${REPORT}`));
    },
    refused: ({ message }) => formatLine('NO', joinSentences([`cmd=${REPORT}`, message])),
  }),

  GETIP: forUser({
    parse: (args) => args.word('name'),
    run: async (context, wanted) => {
      const { name, ip } = await context.session.trace(wanted);
      context.reply(serverMessage(ip === null ? `<${name}> is not online` : `<${name}> is currently bound to ${ip}`));
    },
  }),

  GETUSERID: forUser({
    parse: (args) => args.word('name'),
    run: async (context, wanted) => {
      const { name, lobbyHash, springId } = await context.session.trace(wanted);
      context.reply(serverMessage(`The ID for <${name}> is ${lobbyHash === '' ? '0' : lobbyHash} ${springId}`));
    },
  }),
};
