/** `muster tell`: a line of the command language for a cluster that runs elsewhere, as if typed there. */
import { ControlClient } from '../../control/client.ts';
import type { CommandAnswer } from '../../control/index.ts';
import { commandHelp } from '../commands.ts';
import { UsageError } from '../failure.ts';
import { type OptionTable, ParsedOptions, usageOf } from '../option-table.ts';
import type { OperatorEnvironment } from './environment.ts';
import { ASKING_OPTIONS, type Asking, askingOptions, HELP_OPTION } from './options.ts';

export interface TellOptions {
  readonly command: string;
  readonly asking: Asking;
  readonly json: boolean;
}

const OPTIONS: OptionTable = {
  ...ASKING_OPTIONS,
  json: { value: '', about: 'the answer as one JSON object' },
  ...HELP_OPTION,
};
const MOST_WORDS = 500;

export function tellUsage(): string[] {
  const [, ...rest] = usageOf('tell', OPTIONS);
  const lines = commandHelp().map((line) => `  muster tell ${line}`);
  const quotes = 'A command with | or > in it goes in quotes, or the shell takes these for itself.';
  return ['usage: muster tell [options]', '', ...lines, '', quotes, ...rest];
}

/** Throws `UsageError`. Undefined when help is asked for. */
export function parseTellOptions(args: readonly string[]): TellOptions | undefined {
  const options = new ParsedOptions('tell', OPTIONS, args, MOST_WORDS);
  if (options.isSet('help')) return undefined;
  const command = options.words.join(' ').trim();
  if (command === '') throw new UsageError('the command is missing; expected, for one: muster tell kill n2');
  return { command, asking: askingOptions(options), json: options.isSet('json') };
}

/** Resolves to the exit code. Rejects with what the command was refused with. */
export async function runTell(
  { command, asking, json }: TellOptions,
  { stdout, controlToken }: OperatorEnvironment,
): Promise<number> {
  const client = new ControlClient({ url: asking.url, token: asking.token ?? controlToken });
  const answer = await client.ask<CommandAnswer>('POST', '/command', { command });
  const { command: done, ms, ...effect } = answer;
  const more = Object.entries(effect).map(([name, value]) => `, ${name} ${value}`);
  stdout.write(json ? `${JSON.stringify(answer)}\n` : `${done} (${ms} ms)${more.join('')}\n`);
  return 0;
}
