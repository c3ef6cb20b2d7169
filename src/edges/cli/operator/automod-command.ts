/** `muster automod`: the rules by which Automod bans, of a running cluster or of a data file. */
import type { ShownRule } from '../../../lobby/index.ts';
import { UsageError } from '../failure.ts';
import { type OptionTable, ParsedOptions, usageOf } from '../option-table.ts';
import type { OperatorEnvironment } from './environment.ts';
import { carryOut, type Place, type Wish } from './operate.ts';
import { ASKING_OPTIONS, askingOptions, HELP_OPTION } from './options.ts';

export interface AutomodOptions {
  readonly wish: Wish;
  readonly place: Place;
}

const FORMS = ['automod', 'automod add hardware|lobby_hash VALUE --reason TEXT', 'automod on ID', 'automod off ID'];

const OPTIONS: OptionTable = {
  reason: { value: 'TEXT', about: 'why, of a rule that is added; who is banned by it is told' },
  ...ASKING_OPTIONS,
  data: { value: 'FILE', about: 'work on a data file that no cluster uses' },
  ...HELP_OPTION,
};

export function automodUsage(): string[] {
  const [, ...rest] = usageOf('automod', OPTIONS);
  return ['usage: muster automod [options]', '', ...FORMS.map((form) => `  muster ${form}`), ...rest];
}

/** Throws `UsageError`. Undefined when help is asked for. */
export function parseAutomodOptions(args: readonly string[]): AutomodOptions | undefined {
  const options = new ParsedOptions('automod', OPTIONS, args, 3);
  if (options.isSet('help')) return undefined;
  const place = { ...askingOptions(options), data: options.optionalText('data', 'a file name'), otherwise: undefined };
  return { wish: wishOf(options.words, options.optionalText('reason', 'a reason')), place };
}

function wishOf(words: readonly string[], reason: string | undefined): Wish {
  const [what, ...rest] = words;
  if (what === undefined) {
    return { method: 'GET', path: '/automod/rules', operation: { kind: 'list-automod-rules' } };
  }
  if (what === 'add') return adding(rest, reason);
  const id = /^\d{1,9}$/.test(rest[0] ?? '') && rest.length === 1 ? Number(rest[0]) : 0;
  if ((what !== 'on' && what !== 'off') || id === 0) throw new UsageError(`that does not fit; expected: ${expected()}`);
  const body = { enabled: what === 'on' };
  return { method: 'PUT', path: `/automod/rules/${id}`, body, operation: { kind: 'set-automod-rule', id, ...body } };
}

function adding([of, value, ...more]: readonly string[], reason: string | undefined): Wish {
  if ((of !== 'hardware' && of !== 'lobby_hash') || value === undefined || more.length > 0) {
    throw new UsageError(`that does not fit; expected: ${expected()}`);
  }
  if (reason === undefined) throw new UsageError('a rule needs a --reason TEXT');
  const body = { of, value, reason } as const;
  return { method: 'POST', path: '/automod/rules', body, operation: { kind: 'add-automod-rule', ...body } };
}

function expected(): string {
  return FORMS.map((form) => `muster ${form}`).join(', or ');
}

/** Resolves to the exit code. Rejects with one sentence. */
export async function runAutomod({ wish, place }: AutomodOptions, environment: OperatorEnvironment): Promise<number> {
  const { message, rules = [] } = await carryOut(wish, place, environment);
  const lines = wish.method === 'GET' ? shown(rules) : [message];
  environment.stdout.write(lines.map((line) => `${line}\n`).join(''));
  return 0;
}

function shown(rules: readonly ShownRule[]): string[] {
  if (rules.length === 0) return ['there are no rules'];
  return rules.map(
    ({ id, kind, value, reason, enabled }) => `${id} ${enabled ? 'on ' : 'off'} ${kind} ${value}: ${reason}`,
  );
}
