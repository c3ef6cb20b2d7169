/** Commands of a battle's host. From anybody else they are refused, silently. */
import type { ForcedChange, RosterEvent, Session } from '../../../lobby/index.ts';
import type { Arguments } from '../protocol/grammar.ts';
import { BadArguments, formatLine } from '../protocol/grammar.ts';
import { readColour } from './battle.ts';
import { type Command, type CommandTable, forUser, noArguments } from './command.ts';

type SessionBattle = Session['battle'];

/** A command that does one thing to the battle, and whose reply is the event of that change. */
function change<A>(
  parse: (args: Arguments) => A,
  apply: (battle: SessionBattle, args: A) => Promise<unknown>,
  kind: RosterEvent['kind'],
): Command {
  return forUser({
    parse,
    run: async (context, args) => {
      await apply(context.session.battle, args);
    },
    causes: (event, _args, { session }) =>
      event.kind === kind && 'lobbyId' in event && event.lobbyId === session.battle.id(),
  });
}

/** A command that forces something on one member, or a bot. */
function force(read: (args: Arguments) => ForcedChange): Command {
  return forUser({
    parse: (args) => ({ name: args.word('name'), forced: read(args) }),
    run: (context, { name, forced }) => context.session.battle.force(name, forced),
    causes: (event, { name }) =>
      (event.kind === 'member-status' && event.member.user.name === name) ||
      (event.kind === 'bot-updated' && event.bot.name === name),
  });
}

const readUnits = (args: Arguments): string[] => atLeastOne('unit', args.words());

export const hostCommands: CommandTable = {
  JOINBATTLEACCEPT: forUser({
    parse: (args) => args.word('name'),
    run: async (context, name) => {
      await context.session.battle.answerJoin(name, { allow: true });
    },
  }),

  JOINBATTLEDENY: forUser({
    parse: (args) => ({ name: args.word('name'), reason: args.optionalText() }),
    run: async (context, { name, reason }) => {
      await context.session.battle.answerJoin(name, {
        allow: false,
        reason: reason === '' ? 'The host refused.' : reason,
      });
    },
  }),

  KICKFROMBATTLE: forUser({
    parse: (args) => args.word('name'),
    run: (context, name) => context.session.battle.kick(name),
    causes: (event, name) => event.kind === 'member-left' && event.user.name === name,
  }),

  UPDATEBATTLEINFO: change(
    (args) => ({
      spectators: args.integer('spectators'),
      locked: args.integer('locked', 0, 1) === 1,
      mapHash: args.word('map hash'),
      mapName: args.text('map'),
    }),
    (battle, info) => battle.updateInfo(info),
    'battle-info',
  ),

  'c.battle.update_lobby_title': forUser({
    parse: (args) => args.text('title'),
    run: async (context, title) => {
      await context.session.battle.setTitle(title);
      context.reply(formatLine('OK', 'cmd=c.battle.update_lobby_title'));
    },
    causes: (event, _title, { session }) => event.kind === 'battle-title' && event.lobbyId === session.battle.id(),
  }),

  'c.battle.update_host': forUser({
    parse: (args) => readObject(args.text('settings')),
    run: (context, settings) => context.session.battle.updateHost(settings),
  }),

  SETSCRIPTTAGS: change(
    (args) =>
      atLeastOne(
        'tag',
        args.sentences().filter((sentence) => sentence !== ''),
      ).map(readTag),
    (battle, tags) => battle.setTags(tags),
    'tags-set',
  ),

  // Clients separate the names by spaces or by TABs.
  REMOVESCRIPTTAGS: change(
    (args) => atLeastOne('tag', args.words()).map((key) => key.toLowerCase()),
    (battle, keys) => battle.removeTags(keys),
    'tags-removed',
  ),

  ADDSTARTRECT: change(
    (args) => ({
      team: args.integer('team'),
      left: args.integer('left'),
      top: args.integer('top'),
      right: args.integer('right'),
      bottom: args.integer('bottom'),
    }),
    (battle, rect) => battle.addRect(rect),
    'rect-added',
  ),

  REMOVESTARTRECT: change(
    (args) => args.integer('team'),
    (battle, team) => battle.removeRect(team),
    'rect-removed',
  ),

  DISABLEUNITS: change(readUnits, (battle, units) => battle.disableUnits(units), 'units-disabled'),
  ENABLEUNITS: change(readUnits, (battle, units) => battle.enableUnits(units), 'units-enabled'),
  ENABLEALLUNITS: change(noArguments, (battle) => battle.enableAllUnits(), 'units-all-enabled'),

  HANDICAP: force((args) => ({ handicap: args.integer('handicap', 0, 100) })),
  FORCETEAMNO: force((args) => ({ team: args.leadingInteger('team') })),
  FORCEALLYNO: force((args) => ({ ally: args.leadingInteger('ally team') })),
  FORCETEAMCOLOR: force((args) => ({ colour: readColour(args) })),
  FORCESPECTATORMODE: force(() => ({ spectator: true })),
};

function readObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new BadArguments(`the settings are not JSON: ${(error as Error).message}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new BadArguments('the settings are not a JSON object');
}

function readTag(text: string): { key: string; value: string } {
  const equals = text.indexOf('=');
  if (equals <= 0) throw new BadArguments(`the tag ${text.slice(0, 100)} is not of the form key=value`);
  return { key: text.slice(0, equals).toLowerCase(), value: text.slice(equals + 1) };
}

function atLeastOne(what: string, words: string[]): string[] {
  if (words.length === 0) throw new BadArguments(`no ${what} is named`);
  return words;
}
