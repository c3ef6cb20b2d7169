/** Commands of any member of a battle, and those that open, join and leave one. */
import { BadArguments, formatLine } from '../protocol/grammar.ts';
import { battleIds } from '../protocol/lines.ts';
import { isOwnCopy, readNameAndText } from './chat.ts';
import { type CommandTable, forUser, noArguments } from './command.ts';

/** A colour is red + 256 · green + 65,536 · blue; clients may set bits above those. */
const COLOUR_BITS = 0xff_ff_ff;
const LARGEST_PORT = 65_535;

export const readColour = (args: { leadingInteger(what: string): number }): number =>
  args.leadingInteger('colour') & COLOUR_BITS;

const say = (emote: boolean) =>
  forUser({
    parse: (args) => args.text('text'),
    run: (context, text) => context.session.battle.say(text, { emote, tag: context.tag }),
    causes: (event, _text, context) => event.kind === 'battle-said' && isOwnCopy(event, context),
  });

export const battleCommands: CommandTable = {
  OPENBATTLE: forUser({
    parse: (args) => {
      const words = {
        type: args.integer('type', 0, 1),
        nat: args.integer('nat', 0, 2),
        password: args.optionalWord() ?? '*',
        port: args.integer('port', 0, LARGEST_PORT),
        maxPlayers: args.integer('max players'),
        gameHash: args.word('game hash'),
        rank: args.integer('rank'),
        mapHash: args.word('map hash'),
      };
      const sentences = args.sentences();
      if (sentences.length !== 5) throw new BadArguments('engine, version, map, title and game are needed');
      const [engineName = '', engineVersion = '', mapName = '', title = '', gameName = ''] = sentences;
      return { ...words, engineName, engineVersion, mapName, title, gameName };
    },
    run: async (context, request) => {
      await context.session.battle.open(request);
    },
    causes: (event, _request, { self }) =>
      event.kind === 'battle-opened' && event.battle.founder.userId === self.userId,
    refused: ({ message }) => formatLine('OPENBATTLEFAILED', message),
  }),

  JOINBATTLE: forUser({
    waitsForSomebody: true, // the host
    parse: (args) => ({
      lobbyId: args.integer('battle'),
      password: args.optionalWord() ?? '',
      scriptPassword: args.optionalWord() ?? '',
    }),
    run: (context, { lobbyId, ...passwords }) => context.session.battle.join(lobbyId, passwords),
    causes: (event, _args, { self }) => event.kind === 'member-joined' && event.member.user.userId === self.userId,
    refused: ({ message }) => formatLine('JOINBATTLEFAILED', message),
  }),

  LEAVEBATTLE: forUser({
    parse: noArguments,
    run: async (context) => {
      await context.session.battle.leave();
    },
    causes: (event, _args, { self }) =>
      (event.kind === 'bot-removed' && event.bot.owner.userId === self.userId) ||
      (event.kind === 'member-left' && event.user.userId === self.userId) ||
      (event.kind === 'battle-closed' && event.founder.userId === self.userId),
  }),

  MYBATTLESTATUS: forUser({
    parse: (args) => ({ status: args.leadingInteger('status'), colour: readColour(args) }),
    run: (context, { status, colour }) => context.session.battle.setStatus(status, colour),
    causes: (event, _args, { self }) => event.kind === 'member-status' && event.member.user.userId === self.userId,
  }),

  SAYBATTLE: say(false),
  SAYBATTLEEX: say(true),
  SAYBATTLEPRIVATEEX: forUser({
    parse: readNameAndText,
    run: (context, { name, text }) => context.session.battle.sayPrivate(name, text),
  }),

  ADDBOT: forUser({
    parse: (args) => ({
      name: args.word('name'),
      status: args.leadingInteger('status'),
      colour: readColour(args),
      ai: args.text('AI'),
    }),
    run: (context, bot) => context.session.battle.addBot(bot),
    causes: (event, { name }) => event.kind === 'bot-added' && event.bot.name === name,
  }),

  UPDATEBOT: forUser({
    parse: (args) => ({ name: args.word('name'), status: args.leadingInteger('status'), colour: readColour(args) }),
    run: (context, { name, status, colour }) => context.session.battle.updateBot(name, status, colour),
    causes: (event, { name }) => event.kind === 'bot-updated' && event.bot.name === name,
  }),

  REMOVEBOT: forUser({
    parse: (args) => args.word('name'),
    run: (context, name) => context.session.battle.removeBot(name),
    causes: (event, name) => event.kind === 'bot-removed' && event.bot.name === name,
  }),

  'c.battles.list_ids': forUser({
    isLocal: true,
    parse: noArguments,
    run: (context) => context.reply(battleIds([...context.roster.battles()].map(({ summary }) => summary.lobbyId))),
  }),
};
