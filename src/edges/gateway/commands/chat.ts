/** Commands for talking: channels, private messages, the ring. */
import { AUTOHOST_MONITOR_NAME, INTERNAL_USERS, type RosterEvent } from '../../../lobby/index.ts';
import type { Arguments } from '../protocol/grammar.ts';
import { formatLine } from '../protocol/grammar.ts';
import { channel } from '../protocol/lines.ts';
import { unpackUserInfo } from '../protocol/user-info.ts';
import { type CommandTable, forUser, noArguments, type UserContext } from './command.ts';

const say = (emote: boolean) =>
  forUser({
    parse: (args) => ({ room: args.word('channel'), text: args.text('text') }),
    run: (context, { room, text }) => context.session.rooms.say(room, text, { emote, tag: context.tag }),
    causes: (event, _args, context) => event.kind === 'room-said' && isOwnCopy(event, context),
  });

const sayPrivate = (emote: boolean) =>
  forUser({
    parse: readNameAndText,
    run: async (context, { name, text }) => {
      const echo = formatLine(emote ? 'SAYPRIVATEEX' : 'SAYPRIVATE', name, text);
      // The server's own users answer at once, and a person reads the question first.
      const answersAtOnce = INTERNAL_USERS.some((user) => user.name === name);
      if (answersAtOnce) context.reply(echo);
      await context.session.sayPrivate(name, name === AUTOHOST_MONITOR_NAME ? unpackUserInfo(text) : text, { emote });
      if (!answersAtOnce) context.reply(echo);
    },
  });

export const chatCommands: CommandTable = {
  CHANNELS: forUser({
    isLocal: true,
    parse: noArguments,
    run: (context) => context.reply(...context.lobby.rooms().map(channel), 'ENDOFCHANNELS'),
  }),

  JOIN: forUser({
    parse: (args) => args.word('channel'),
    run: async (context, room) => {
      await context.session.rooms.join(room);
    },
    causes: (event, room, { self }) =>
      event.kind === 'room-joined' && event.room === room && event.user.userId === self.userId,
    refused: ({ message }, room) => formatLine('JOINFAILED', room, message),
  }),

  LEAVE: forUser({
    parse: (args) => args.word('channel'),
    run: async (context, room) => {
      await context.session.rooms.leave(room);
    },
    causes: (event, room, { self }) =>
      event.kind === 'room-left' && event.room === room && event.user.userId === self.userId,
  }),

  SAY: say(false),
  SAYEX: say(true),
  SAYPRIVATE: sayPrivate(false),
  SAYPRIVATEEX: sayPrivate(true),

  RING: forUser({
    parse: (args) => args.word('name'),
    run: (context, name) => context.session.ring(name),
  }),
};

export function readNameAndText(args: Arguments): { name: string; text: string } {
  return { name: args.word('name'), text: args.text('text') };
}

/** A chat line that this very command caused: from this user, with this command's tag. */
export function isOwnCopy(
  event: Extract<RosterEvent, { kind: 'room-said' | 'battle-said' }>,
  { self, tag }: UserContext,
): boolean {
  return event.user.userId === self.userId && event.tag === tag;
}
