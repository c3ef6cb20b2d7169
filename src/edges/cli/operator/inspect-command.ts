/** `muster inspect`: asks a running cluster what it knows of itself, and prints that. */
import { ControlClient } from '../../control/client.ts';
import type { ClusterInspection } from '../../control/index.ts';
import { type OptionTable, ParsedOptions, usageOf } from '../option-table.ts';
import type { OperatorEnvironment } from './environment.ts';
import { inspectionText } from './inspection-text.ts';
import { ASKING_OPTIONS, type Asking, askingOptions, HELP_OPTION } from './options.ts';

export interface InspectOptions {
  readonly asking: Asking;
  readonly json: boolean;
  readonly all: boolean;
}

const OPTIONS: OptionTable = {
  ...ASKING_OPTIONS,
  json: { value: '', about: 'as one JSON object, whole' },
  all: { value: '', about: 'do not cut long lists' },
  ...HELP_OPTION,
};

export function inspectUsage(): string[] {
  return usageOf('inspect', OPTIONS);
}

/** Throws `UsageError`. Undefined when help is asked for. */
export function parseInspectOptions(args: readonly string[]): InspectOptions | undefined {
  const options = new ParsedOptions('inspect', OPTIONS, args);
  if (options.isSet('help')) return undefined;
  return { asking: askingOptions(options), json: options.isSet('json'), all: options.isSet('all') };
}

/** Resolves to the exit code. Rejects with what kept the cluster from answering. */
export async function runInspect(
  { asking, json, all }: InspectOptions,
  { stdout, controlToken }: OperatorEnvironment,
): Promise<number> {
  const client = new ControlClient({ url: asking.url, token: asking.token ?? controlToken });
  const inspection = await client.ask<ClusterInspection>('GET', '/inspect');
  const lines = json ? [JSON.stringify(inspection)] : inspectionText(inspection, all);
  stdout.write(lines.map((line) => `${line}\n`).join(''));
  return 0;
}
