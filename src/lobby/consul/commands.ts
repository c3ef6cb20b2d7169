/**
 * Consul's commands: how `$name args` is read, who may use which, and what each makes of Consul's state. Pure: the
 * answers are lines to send, Consul sends them.
 */

import { playersIn } from '../battles/changes.ts';
import { type LobbyRecord, memberOf } from '../battles/record.ts';
import { decodeBattleStatus } from '../status/battle-status.ts';
import { playerLimit } from './decisions.ts';
import { type ConsulState, isLock, LOCKS, type Lock } from './state.ts';

export interface Command {
  /** Lower case. */
  readonly name: string;
  readonly rest: string;
  /** Written `$%name`: not echoed to the lobby. */
  readonly silent: boolean;
}

/** Reads a line of lobby chat. Undefined when it is plain chat, as `$ name` is. */
export function parseCommand(line: string): Command | undefined {
  const match = /^\$(%?)([^\s%]\S*)(?:\s+([\s\S]*))?$/.exec(line);
  if (!match) return undefined;
  return { name: match[2]!.toLowerCase(), rest: (match[3] ?? '').trim(), silent: match[1] === '%' };
}

export interface Sender {
  readonly userId: number;
  readonly name: string;
  readonly moderator: boolean;
}

export interface CommandInput {
  readonly state: ConsulState;
  readonly record: LobbyRecord;
  readonly sender: Sender;
  readonly rest: string;
  /** The site's limit of players. */
  readonly limit: number;
}

export interface CommandOutcome {
  /** The state afterwards. */
  readonly state: ConsulState;
  /** To the sender alone. */
  readonly notices: readonly string[];
  /** To the lobby. */
  readonly announcements: readonly string[];
  /** Accepted, so to be echoed to the lobby as the sender's own words, unless silent. */
  readonly accepted: boolean;
}

interface CommandEntry {
  readonly usedBy: 'everybody' | 'host';
  readonly help: string;
  readonly run: (input: CommandInput) => Partial<CommandOutcome>;
}

const COMMANDS: ReadonlyMap<string, CommandEntry> = new Map<string, CommandEntry>([
  ['help', { usedBy: 'everybody', help: '$help: these lines', run: help }],
  ['status', { usedBy: 'everybody', help: '$status or $s: locks, sizes and the join queue', run: status }],
  ['s', { usedBy: 'everybody', help: '', run: status }],
  ['joinq', { usedBy: 'everybody', help: '$joinq: wait for a place to play', run: joinQueue }],
  ['leaveq', { usedBy: 'everybody', help: '$leaveq: wait no longer', run: leaveQueue }],
  ['lock', { usedBy: 'host', help: `$lock ${LOCKS.join('|')}: pin that part of everybody's status`, run: lock }],
  ['unlock', { usedBy: 'host', help: `$unlock ${LOCKS.join('|')}: let it go`, run: unlock }],
  [
    'welcome-message',
    { usedBy: 'host', help: '$welcome-message text: tell it to who joins; without text: nothing', run: welcome },
  ],
]);

/** Runs a command. An unknown one, and one that the sender may not use, answers with a notice and changes nothing. */
export function runCommand(command: Command, input: Omit<CommandInput, 'rest'>): CommandOutcome {
  const entry = COMMANDS.get(command.name);
  if (!entry) return refused(input.state, `No command of the name $${command.name}. Say $help for those there are.`);
  const { sender, record, state } = input;
  const allowed = entry.usedBy === 'everybody' || sender.moderator || sender.userId === record.founder;
  if (!allowed) return refused(state, `Only the host or a moderator may use $${command.name}.`);
  const outcome = entry.run({ ...input, rest: command.rest });
  return { state, notices: [], announcements: [], accepted: true, ...outcome };
}

function refused(state: ConsulState, notice: string): CommandOutcome {
  return { state, notices: [notice], announcements: [], accepted: false };
}

function help(): Partial<CommandOutcome> {
  return { notices: [...COMMANDS.values()].map((entry) => entry.help).filter((line) => line !== '') };
}

function status({ state, record, sender, limit }: CommandInput): Partial<CommandOutcome> {
  const names = state.queue.map((userId) => memberOf(record, userId)?.name ?? `#${userId}`);
  const position = state.queue.indexOf(sender.userId) + 1;
  return {
    notices: [
      `Status for battle #${record.lobbyId}`,
      `Locks: ${state.locks.join(', ') || 'none'}`,
      `Players: ${playersIn(record)} of ${playerLimit(record, limit)}, in the lobby: ${record.members.length}`,
      ...(position > 0 ? [`Your position in the queue: ${position}`] : []),
      `Join queue: ${names.join(', ') || 'empty'}`,
      ...(state.welcome === '' ? [] : [`Welcome message: ${state.welcome}`]),
    ],
  };
}

function joinQueue({ state, record, sender }: CommandInput): Partial<CommandOutcome> {
  const member = memberOf(record, sender.userId);
  if (!member) return { notices: ['You are not in this lobby.'], accepted: false };
  if (decodeBattleStatus(member.status).player) {
    return { notices: ['You are playing already, the queue is for those who want to.'] };
  }
  const position = state.queue.indexOf(sender.userId) + 1;
  if (position > 0) return { notices: [`You are in the join queue already, at position ${position}.`] };
  const queue = [...state.queue, sender.userId];
  return {
    state: { ...state, queue },
    notices: [`You are now in the join queue, at position ${queue.length}. Say $status to see it.`],
  };
}

function leaveQueue({ state, sender }: CommandInput): Partial<CommandOutcome> {
  if (!state.queue.includes(sender.userId)) return { notices: ['You are not in the join queue.'] };
  const queue = state.queue.filter((userId) => userId !== sender.userId);
  return { state: { ...state, queue }, notices: ['You have been removed from the join queue.'] };
}

function lock({ state, rest }: CommandInput): Partial<CommandOutcome> {
  const wanted = namedLocks(rest);
  const locks = LOCKS.filter((name) => state.locks.includes(name) || wanted.includes(name));
  return changedLocks(state, locks, rest);
}

function unlock({ state, rest }: CommandInput): Partial<CommandOutcome> {
  const wanted = namedLocks(rest);
  return changedLocks(
    state,
    state.locks.filter((name) => !wanted.includes(name)),
    rest,
  );
}

function namedLocks(rest: string): Lock[] {
  return rest
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(isLock);
}

function changedLocks(state: ConsulState, locks: Lock[], rest: string): Partial<CommandOutcome> {
  if (namedLocks(rest).length === 0) {
    return { notices: [`There is no lock of that name; there are ${LOCKS.join(', ')}.`], accepted: false };
  }
  return { state: { ...state, locks }, notices: [`Locks: ${locks.join(', ') || 'none'}`] };
}

function welcome({ state, rest, sender }: CommandInput): Partial<CommandOutcome> {
  const announcement = rest === '' ? `${sender.name} has removed the welcome message.` : `New welcome message: ${rest}`;
  return { state: { ...state, welcome: rest }, announcements: [announcement] };
}

const FRAME = '#'.repeat(40);

/** How the welcome message is told to somebody who joins. */
export function welcomeLines(state: ConsulState): string[] {
  return state.welcome === '' ? [] : [FRAME, state.welcome, FRAME];
}
