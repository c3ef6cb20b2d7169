/** `muster set`: shows the settings of a running cluster, or changes one on all its nodes at once. */
import type { ShownSetting } from '../../../lobby/index.ts';
import { UsageError } from '../failure.ts';
import { type OptionTable, ParsedOptions, usageOf } from '../option-table.ts';
import type { OperatorEnvironment } from './environment.ts';
import { carryOut, type Place, type Wish } from './operate.ts';
import { ASKING_OPTIONS, askingOptions, HELP_OPTION } from './options.ts';

export interface SetOptions {
  /** The one setting to show; all when undefined. */
  readonly name: string | undefined;
  readonly wish: Wish;
  readonly place: Place;
  readonly json: boolean;
}

const OPTIONS: OptionTable = {
  reset: { value: '', about: 'set it back to what it would be if nobody had changed it' },
  ...ASKING_OPTIONS,
  data: { value: 'FILE', about: 'work on a data file that no cluster uses' },
  json: { value: '', about: 'the answer as one JSON object' },
  ...HELP_OPTION,
};

const FORMS = ['set', 'set NAME', 'set NAME VALUE', 'set NAME --reset'];

export function setUsage(): string[] {
  const [, ...rest] = usageOf('set', OPTIONS);
  return ['usage: muster set [options]', '', ...FORMS.map((form) => `  muster ${form}`), ...rest];
}

/** Throws `UsageError`. Undefined when help is asked for. */
export function parseSetOptions(args: readonly string[]): SetOptions | undefined {
  const options = new ParsedOptions('set', OPTIONS, args, 2);
  if (options.isSet('help')) return undefined;
  const place = { ...askingOptions(options), data: options.optionalText('data', 'a file name'), otherwise: undefined };
  const [name, value] = options.words;
  return { name, wish: wishOf(name, value, options.isSet('reset')), place, json: options.isSet('json') };
}

function wishOf(name: string | undefined, text: string | undefined, reset: boolean): Wish {
  if (reset && (name === undefined || text !== undefined)) {
    throw new UsageError('--reset takes the name of a setting and no value; expected: muster set NAME --reset');
  }
  const path = `/settings/${encodeURIComponent(name ?? '')}`;
  if (reset) return { method: 'DELETE', path, operation: { kind: 'reset-setting', name: name! } };
  if (text === undefined) return { method: 'GET', path: '/settings', operation: { kind: 'list-settings' } };
  const value = parsedValue(text);
  return { method: 'PUT', path, body: { value }, operation: { kind: 'set-setting', name: name!, value } };
}

/** JSON where it is some; else the text itself. */
function parsedValue(text: string): Extract<Wish['operation'], { kind: 'set-setting' }>['value'] {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Resolves to the exit code. Rejects with one sentence. */
export async function runSet(
  { name, wish, place, json }: SetOptions,
  environment: OperatorEnvironment,
): Promise<number> {
  const result = await carryOut(wish, place, environment);
  const isShown = wish.method === 'GET';
  const all = result.settings ?? [];
  const settings = isShown && name !== undefined ? all.filter((setting) => setting.name === name) : all;
  if (settings.length === 0) {
    throw new UsageError(
      `there is no setting ${JSON.stringify(name)}; there are ${all.map((one) => one.name).join(', ')}`,
    );
  }
  const text = isShown ? settings.flatMap(lines) : [result.message];
  const printed = json ? [JSON.stringify({ message: result.message, settings })] : text;
  environment.stdout.write(printed.map((line) => `${line}\n`).join(''));
  return 0;
}

function lines({ name, value, otherwise, expected, about }: ShownSetting): string[] {
  const [now, standard] = [JSON.stringify(value), JSON.stringify(otherwise)];
  return [`${name} ${now}${now === standard ? '' : ` (else ${standard})`}`, `  ${about} ${upper(expected)}.`];
}

function upper(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}
