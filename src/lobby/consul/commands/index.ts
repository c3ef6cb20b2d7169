/** All of Consul's commands by name, and who may use them. A command of another theme is added by its table here. */
import type { LobbyRecord } from '../../battles/record.ts';
import type { ConsulState } from '../state.ts';
import { banCommands } from './bans.ts';
import {
  type Command,
  type CommandEntry,
  type CommandInput,
  type CommandOutcome,
  declined,
  type Right,
  type Sender,
} from './command.ts';
import { lobbyCommands } from './lobby.ts';
import { memberCommands } from './members.ts';
import { queueCommands } from './queue.ts';
import { settingCommands } from './settings.ts';
import { splitCommands } from './split.ts';
import { statusCommands } from './status.ts';

export * from './command.ts';

const COMMANDS: ReadonlyMap<string, CommandEntry> = new Map<string, CommandEntry>([
  ['help', { usedBy: 'everybody', help: '$help: these lines', run: help }],
  ...statusCommands,
  ...queueCommands,
  ...splitCommands,
  ...settingCommands,
  ...memberCommands,
  ...banCommands,
  ...lobbyCommands,
]);

const WHO: Readonly<Record<Right, string>> = {
  everybody: 'everybody',
  boss: 'a boss, the host or a moderator',
  host: 'the host or a moderator',
  moderator: 'a moderator',
};

/** Whether the command looks at what is forbidden to its sender. */
export function asksRestrictions({ name }: Command): boolean {
  return COMMANDS.get(name)?.asksRestrictions === true;
}

/** Runs a command. An unknown one, and one that the sender may not use, answers with a notice and changes nothing. */
export function runCommand(command: Command, input: Omit<CommandInput, 'rest'>): CommandOutcome {
  const entry = COMMANDS.get(command.name);
  const { sender, record, state } = input;
  if (!entry) {
    return outcome(state, declined(`No command of the name $${command.name}. Say $help for those there are.`));
  }
  if (!hasRight(entry.usedBy, sender, state, record)) {
    return outcome(state, declined(`Only ${WHO[entry.usedBy]} may use $${command.name}.`));
  }
  return outcome(state, entry.run({ ...input, rest: command.rest }));
}

function hasRight(right: Right, sender: Sender, state: ConsulState, record: LobbyRecord): boolean {
  if (right === 'everybody' || sender.moderator) return true;
  if (right === 'moderator') return false;
  return sender.userId === record.founder || (right === 'boss' && state.bosses.includes(sender.userId));
}

function outcome(state: ConsulState, partial: Partial<CommandOutcome>): CommandOutcome {
  return {
    state,
    notices: [],
    announcements: [],
    accepted: true,
    change: null,
    tells: [],
    rings: [],
    says: [],
    pulls: [],
    splitsNow: false,
    news: null,
    ...partial,
  };
}

function help({ sender, state, record }: CommandInput): Partial<CommandOutcome> {
  const usable = [...COMMANDS.values()].filter(
    (entry) => entry.help !== '' && hasRight(entry.usedBy, sender, state, record),
  );
  return { notices: usable.map((entry) => entry.help) };
}
