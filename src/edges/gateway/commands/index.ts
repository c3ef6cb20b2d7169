/** All commands by name. A command of another theme is added by putting its table here. */
import { accountCommands } from './account.ts';
import { battleCommands } from './battle.ts';
import { chatCommands } from './chat.ts';
import type { Command, CommandTable } from './command.ts';
import { hostCommands } from './host.ts';
import { matchmakingCommands } from './matchmaking.ts';
import { partyCommands } from './party.ts';
import { peopleCommands } from './people.ts';
import { secureCommands } from './secure.ts';
import { sessionCommands } from './session.ts';
import { telemetryCommands } from './telemetry.ts';

export * from './command.ts';

const COMMANDS: CommandTable = {
  ...sessionCommands,
  ...chatCommands,
  ...battleCommands,
  ...hostCommands,
  ...secureCommands,
  ...telemetryCommands,
  ...peopleCommands,
  ...accountCommands,
  ...matchmakingCommands,
  ...partyCommands,
};

export function commandNamed(name: string): Command | undefined {
  return Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
}
