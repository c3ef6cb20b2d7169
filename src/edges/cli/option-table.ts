/** Options of a subcommand as a table: parsing, help text, and one clear sentence for what does not fit. Pure. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { oneLine, UsageError } from './failure.ts';

export interface OptionText {
  /** What its value is, in help and errors; empty for a switch. */
  readonly value: string;
  readonly about: string;
}

export type OptionTable = Readonly<Record<string, OptionText>>;

type Values = Readonly<Record<string, string | boolean | undefined>>;

export function usageOf(command: string, table: OptionTable): string[] {
  const rows = Object.entries(table).map(([name, { value, about }]) => [`--${name}${value && ` ${value}`}`, about]);
  const width = Math.max(...rows.map(([option]) => option!.length));
  return [
    `usage: muster ${command} [options]`,
    '',
    ...rows.map(([option, about]) => `  ${option!.padEnd(width)}  ${about}`),
  ];
}

/** Throws `UsageError`. */
export class ParsedOptions {
  /** What stands there without dashes, in order. */
  readonly words: readonly string[];
  readonly #values: Values;

  /** At most `mostWords` words may stand among the options. */
  constructor(command: string, table: OptionTable, args: readonly string[], mostWords = 0) {
    const options = Object.entries(table).map(([name, { value }]) => [name, optionOf(name, value)] as const);
    try {
      const parsed = parseArgs({
        args: [...args],
        strict: true,
        allowPositionals: mostWords > 0,
        options: Object.fromEntries(options),
      });
      this.#values = parsed.values as Values;
      this.words = parsed.positionals;
    } catch (error) {
      throw new UsageError(explain(command, table, error));
    }
    const extra = this.words[mostWords];
    if (extra !== undefined) throw new UsageError(`unexpected argument ${JSON.stringify(oneLine(extra).slice(0, 60))}`);
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined;
  }

  isSet(name: string): boolean {
    return this.#values[name] === true;
  }

  wholeNumber(name: string, otherwise: number, least: number, most: number): number {
    const value = this.#textOf(name) ?? String(otherwise);
    const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new UsageError(`--${name} ${JSON.stringify(value)} is not a whole number from ${least} to ${most}`);
  }

  /** Above 0, whole or with a fraction. */
  minutes(otherwise: number, most: number): number {
    const value = this.text('minutes', 'a number of minutes', String(otherwise));
    const minutes = /^\d{1,4}(\.\d{1,4})?$/.test(value) ? Number(value) : Number.NaN;
    if (minutes > 0 && minutes <= most) return minutes;
    throw new UsageError(`--minutes ${JSON.stringify(value)} is not a number above 0 and up to ${most}`);
  }

  /** Where pages go; undefined for none. */
  pages(): string | undefined {
    const value = this.text('pages', 'a directory or none', '.');
    return value === 'none' ? undefined : value;
  }

  /** `expected` says in words what it is. */
  text(name: string, expected: string, otherwise: string): string {
    return this.optionalText(name, expected) ?? otherwise;
  }

  oneOf<W extends string>(name: string, words: readonly W[], otherwise: W): W {
    const value = this.#textOf(name) ?? otherwise;
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    throw new UsageError(`--${name} ${JSON.stringify(value)} is none of ${words.join(', ')}`);
  }

  optionalText(name: string, expected: string): string | undefined {
    const value = this.#textOf(name);
    if (value === undefined || (value.trim() !== '' && !value.includes('\0'))) return value;
    throw new UsageError(`--${name} ${JSON.stringify(value)} is not ${expected}`);
  }

  #textOf(name: string): string | undefined {
    return this.#values[name] as string | undefined;
  }
}

function optionOf(name: string, value: string): NonNullable<ParseArgsConfig['options']>[string] {
  if (value !== '') return { type: 'string' };
  return name === 'help' ? { type: 'boolean', short: 'h' } : { type: 'boolean' };
}

/** Node's own messages name the option, but advise about things this command does not have. */
function explain(command: string, table: OptionTable, error: unknown): string {
  const { code = '', message } = error as Error & { code?: string };
  const named = oneLine(/'([^']*)'/.exec(message)?.[1] ?? '');
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    return `unknown option ${named}; muster ${command} takes ${Object.keys(table)
      .map((name) => `--${name}`)
      .join(', ')}`;
  }
  if (code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') {
    return `unexpected argument ${JSON.stringify(named)}; muster ${command} takes options only`;
  }
  if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') {
    const name = /--([a-z-]+)/.exec(named)?.[1] ?? '';
    const expected = table[name]?.value;
    return expected
      ? `--${name} needs a value: --${name} ${expected}${/ambiguous/.test(message) ? ` (write --${name}=VALUE when it begins with a dash)` : ''}`
      : `--${name} takes no value`;
  }
  return oneLine(message);
}
