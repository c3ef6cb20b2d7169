/** Commands of parties. What they change all members are told; the one who asked is told `OK` or `NO` beside that. */
import type { LobbyRefused, SessionParty } from '../../../lobby/index.ts';
import type { Arguments } from '../protocol/grammar.ts';
import { formatLine, joinSentences } from '../protocol/grammar.ts';
import { partyAccepted, partyInfo } from '../protocol/party-lines.ts';
import { type Command, type CommandTable, forUser, noArguments } from './command.ts';

const no =
  (command: string) =>
  ({ message }: LobbyRefused): string =>
    formatLine('NO', joinSentences([`cmd=${command}`, message]));

/** A command that does one thing to the party, answered with OK. */
function change<A>(
  command: string,
  parse: (args: Arguments) => A,
  apply: (party: SessionParty, args: A) => Promise<unknown>,
): Command {
  return forUser({
    parse,
    run: async (context, args) => {
      await apply(context.session.party, args);
      context.reply(formatLine('OK', `cmd=${command}`));
    },
    refused: no(command),
  });
}

const readName = (args: Arguments): string => args.word('name');
const readParty = (args: Arguments): number => args.integer('party');

export const partyCommands: CommandTable = {
  'c.party.create': forUser({
    parse: noArguments,
    run: async (context) => context.reply(partyInfo(await context.session.party.create())),
    refused: no('c.party.create'),
  }),

  'c.party.get_info': forUser({
    parse: noArguments,
    run: async (context) => context.reply(partyInfo(await context.session.party.info())),
    refused: no('c.party.get_info'),
  }),

  'c.party.accept': forUser({
    parse: readParty,
    run: async (context, partyId) => {
      const party = await context.session.party.accept(partyId);
      context.reply(partyAccepted(party), partyInfo(party));
    },
    refused: no('c.party.accept'),
  }),

  'c.party.invite': change('c.party.invite', readName, (party, name) => party.invite(name)),
  'c.party.decline': change('c.party.decline', readParty, (party, partyId) => party.decline(partyId)),
  'c.party.leave': change('c.party.leave', noArguments, (party) => party.leave()),
  'c.party.kick': change('c.party.kick', readName, (party, name) => party.kick(name)),
  'c.party.leader': change('c.party.leader', readName, (party, name) => party.lead(name)),

  // Its author gets his own copy, which is the reply.
  'c.party.message': forUser({
    parse: (args) => args.text('text'),
    run: (context, text) => context.session.party.say(text),
    refused: no('c.party.message'),
  }),
};
