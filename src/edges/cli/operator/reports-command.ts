/** `muster reports`: what users reported of each other, of a running cluster or of a data file. */
import type { ShownReport } from '../../../lobby/index.ts';
import { UsageError } from '../failure.ts';
import { type OptionTable, ParsedOptions, usageOf } from '../option-table.ts';
import type { OperatorEnvironment } from './environment.ts';
import { carryOut, type Place, type Wish } from './operate.ts';
import { ASKING_OPTIONS, askingOptions, HELP_OPTION } from './options.ts';

const OPTIONS: OptionTable = {
  ...ASKING_OPTIONS,
  data: { value: 'FILE', about: 'look into a data file that no cluster uses' },
  ...HELP_OPTION,
};

const WISH: Wish = { method: 'GET', path: '/reports', operation: { kind: 'list-reports' } };

export function reportsUsage(): string[] {
  return usageOf('reports', OPTIONS);
}

/** Throws `UsageError`. Undefined when help is asked for. */
export function parseReportsOptions(args: readonly string[]): Place | undefined {
  const options = new ParsedOptions('reports', OPTIONS, args, 1);
  if (options.isSet('help')) return undefined;
  if (options.words.length > 0) throw new UsageError('muster reports takes no words, only options');
  return { ...askingOptions(options), data: options.optionalText('data', 'a file name'), otherwise: undefined };
}

/** Resolves to the exit code. Rejects with one sentence. */
export async function runReports(place: Place, environment: OperatorEnvironment): Promise<number> {
  const { reports = [] } = await carryOut(WISH, place, environment);
  const lines = reports.length === 0 ? ['there are no reports'] : reports.map(shown);
  environment.stdout.write(lines.map((line) => `${line}\n`).join(''));
  return 0;
}

function shown({ id, at, reporter, target, location, locationId, reason, inForce }: ShownReport): string {
  const where = locationId === null ? location : `${location} ${locationId}`;
  const now = inForce.length === 0 ? '' : ` (now: ${inForce.join(', ')})`;
  return `${id} ${new Date(at).toISOString()} ${reporter ?? 'the server'} on ${target}${now}, ${where}: ${reason}`;
}
