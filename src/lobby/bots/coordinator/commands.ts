/** What profiles may ask of the Coordinator himself, in private or with a `$` in a lobby. Answers are lines for who asked. */
import type { MusterNode } from '../../../services/index.ts';
import { parseCommand, type Sender } from '../../consul/commands/index.ts';
import type { Moderation } from '../../moderation/moderation.ts';
import { sessions } from '../../presence/sessions.ts';
import { LobbyRefused } from '../../refusal.ts';
import { automod } from '../automod/server.ts';
import { pointsAbout } from './code-of-conduct.ts';
import { newDiscordCode } from './discord.ts';
import type { Profile, Profiles } from './profiles.ts';

export interface Asked {
  readonly node: MusterNode;
  readonly profiles: Profiles;
  readonly moderation: Moderation;
  readonly sender: Sender;
  readonly rest: string;
}

interface Entry {
  readonly usedBy: 'everybody' | 'moderators';
  /** Empty: it is another name of the one before. */
  readonly help: string;
  readonly run: (asked: Asked) => Promise<readonly string[]> | readonly string[];
}

const COMMANDS: ReadonlyMap<string, Entry> = new Map<string, Entry>([
  ['help', { usedBy: 'everybody', help: '$help: these lines', run: help }],
  ['whoami', { usedBy: 'everybody', help: '$whoami: what is known about you', run: whoami }],
  ['whois', { usedBy: 'everybody', help: '$whois name: what is known about somebody', run: whois }],
  ['discord', { usedBy: 'everybody', help: '$discord: a code to link your Discord account', run: discord }],
  ['coc', { usedBy: 'everybody', help: '$coc [term]: the code of conduct, or what it says about that', run: conduct }],
  ['check', { usedBy: 'moderators', help: '$check name: has automod look at him now', run: check }],
  ['ignore', { usedBy: 'everybody', help: '$ignore or $mute name: hear nothing from him', run: ignore(true) }],
  ['mute', { usedBy: 'everybody', help: '', run: ignore(true) }],
  ['unignore', { usedBy: 'everybody', help: '$unignore or $unmute name: hear him again', run: ignore(false) }],
  ['unmute', { usedBy: 'everybody', help: '', run: ignore(false) }],
]);

/** Whether a line in a lobby is meant for the Coordinator; there, `$help` is Consul's. */
export function isForCoordinator(line: string): boolean {
  const name = parseCommand(line)?.name;
  return name !== undefined && name !== 'help' && COMMANDS.has(name);
}

/** Runs the command in a line. Undefined when there is none of his. Throws `LobbyRefused`. */
export async function runCoordinatorCommand(
  line: string,
  asked: Omit<Asked, 'rest'>,
): Promise<readonly string[] | undefined> {
  const command = parseCommand(line);
  const entry = command && COMMANDS.get(command.name);
  if (!entry) return undefined;
  if (entry.usedBy === 'moderators' && !asked.sender.moderator) return [`Only moderators may use $${command.name}.`];
  return entry.run({ ...asked, rest: command.rest });
}

function help({ sender }: Asked): readonly string[] {
  const own = [...COMMANDS.values()].filter(({ usedBy }) => usedBy === 'everybody' || sender.moderator);
  return [
    ...own.map((entry) => entry.help).filter((line) => line !== ''),
    'What you may ask of the lobby you are in, say there: $help.',
  ];
}

async function whoami({ profiles, sender }: Asked): Promise<readonly string[]> {
  const profile = await profiles.of(sender.userId);
  return [`You are ${profile.name}, user #${profile.userId}.`, ...described(profile)];
}

async function whois({ node, profiles, moderation, sender, rest }: Asked): Promise<readonly string[]> {
  const { userId } = await named(profiles, rest);
  const profile = await profiles.of(userId);
  const isOnline = node.registry(sessions).lookup(userId) !== undefined;
  const lines = [`${profile.name} is user #${userId}, ${isOnline ? 'online' : 'offline'}.`, ...described(profile)];
  if (!sender.moderator) return lines;
  const actions = await moderation.actionsOf(userId);
  const { lastLoginAt, lobbyClient } = profile;
  return [
    ...lines,
    `Last login: ${lastLoginAt === null ? 'unknown' : new Date(lastLoginAt).toISOString()}, with ${lobbyClient ?? 'an unknown client'}`,
    ...(actions.length === 0 ? ['Nothing is imposed on him.'] : []),
    ...actions.map(
      ({ actionId, restrictions, reason }) => `Action #${actionId}: ${restrictions.join(', ')}: ${reason}`,
    ),
  ];
}

function described({ rank, hours, accolades }: Profile): string[] {
  return [`Rank ${rank}, ${hours} hours in game.`, `Accolades: ${accolades.join(', ') || 'none'}`];
}

function discord({ node, sender }: Asked): readonly string[] {
  const code = newDiscordCode(node, sender.userId);
  return [`Your code is ${code}. Send it to the bridge bot on Discord within five minutes.`];
}

function conduct({ rest }: Asked): readonly string[] {
  const points = pointsAbout(rest);
  return points.length > 0 ? points : [`The code of conduct says nothing about '${rest}'.`];
}

async function check({ node, profiles, rest }: Asked): Promise<readonly string[]> {
  const { userId, name } = await named(profiles, rest);
  const checked = await node.server(automod).call('checkUser', userId);
  return [`${name}: ${checked.ok ? checked.value : checked.message}`];
}

function ignore(wanted: boolean) {
  return async ({ profiles, sender, rest }: Asked): Promise<readonly string[]> => {
    const { name } = await named(profiles, rest);
    await profiles.social.change(wanted ? 'ignore' : 'unignore', sender.userId, name);
    return [wanted ? `You hear nothing from ${name} any more.` : `You hear ${name} again.`];
  };
}

function named(profiles: Profiles, name: string): Promise<{ userId: number; name: string }> {
  if (name === '') throw new LobbyRefused('BadValue', 'Say whom you mean, by his name');
  return profiles.users.named(name);
}
