/** The options of the subcommands that ask a running cluster: where it is, and what it wants to be shown. Pure. */
import { DEFAULT_CONTROL_URL } from '../../control/client.ts';
import { TOKEN_VARIABLE } from '../control-options.ts';
import { UsageError } from '../failure.ts';
import type { OptionTable, ParsedOptions } from '../option-table.ts';

export interface Asking {
  readonly url: string;
  /** Whether the cluster was named; else it is looked for where `muster up` has it. */
  readonly isNamed: boolean;
  readonly token: string | undefined;
}

export const ASKING_OPTIONS: OptionTable = {
  control: { value: 'URL', about: `where the cluster's control port is (${DEFAULT_CONTROL_URL})` },
  'control-token': { value: 'TOKEN', about: `its token, better in the environment as ${TOKEN_VARIABLE}` },
};

export const HELP_OPTION: OptionTable = { help: { value: '', about: 'show this' } };

/** Throws `UsageError`. */
export function askingOptions(options: ParsedOptions): Asking {
  const isNamed = options.has('control');
  const url = options.text('control', 'a URL such as http://127.0.0.1:8190', DEFAULT_CONTROL_URL);
  if (!isHttp(url)) {
    throw new UsageError(`--control ${JSON.stringify(url)} is not a URL such as http://127.0.0.1:8190`);
  }
  return { url, isNamed, token: options.optionalText('control-token', 'a token') };
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
}

/** `30s`, `15m`, `2h`, `3d`, `1w` → ms. Throws `UsageError`. */
export function parseDuration(text: string): number {
  const [, number, unit] = /^(\d{1,9})([smhdw])$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS_MS[unit ?? ''] ?? Number.NaN);
  if (ms > 0) return ms;
  throw new UsageError(`--for ${JSON.stringify(text.slice(0, 60))} is not a time such as 30s, 15m, 2h, 3d or 1w`);
}

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 24 * 3_600_000,
  w: 7 * 24 * 3_600_000,
};
