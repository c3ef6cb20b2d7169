/** `muster user`: accounts from the shell, of a running cluster or of its data file. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { MusterError } from '../../../base/index.ts';
import { Imposable } from '../../../lobby/index.ts';
import { passwordHash } from '../../control/client.ts';
import { oneLine, UsageError } from '../failure.ts';
import { type OptionTable, ParsedOptions, usageOf } from '../option-table.ts';
import type { OperatorEnvironment } from './environment.ts';
import { carryOut, type Place, type Wish } from './operate.ts';
import { ASKING_OPTIONS, askingOptions, HELP_OPTION, parseDuration } from './options.ts';

/** What is asked but for the password, which is read when everything else fits. */
export type UserAction =
  | { readonly kind: 'add'; readonly name: string; readonly email: string | null; readonly passwordFile?: string }
  | { readonly kind: 'ready'; readonly wish: Wish };

export interface UserOptions {
  readonly action: UserAction;
  readonly place: Place;
}

const FORMS = [
  'user add NAME [--email ADDRESS] [--password-file FILE]',
  'user role NAME moderator|bot on|off',
  'user clan NAME TAG|none',
  'user ban NAME [--for 2h] [--reason TEXT]',
  'user unban NAME',
  'user mute NAME [--for 2h] [--reason TEXT]',
  'user unmute NAME',
  'user restrict NAME RESTRICTION [--for 2h] [--reason TEXT]',
  'user allow NAME RESTRICTION',
];
const DEFAULT_DATA = 'muster.db';
const MOST_PASSWORD = 1_000;

const OPTIONS: OptionTable = {
  email: { value: 'ADDRESS', about: 'of the user that is added (none)' },
  'password-file': { value: 'FILE', about: 'whose first line is the password (standard input)' },
  for: { value: 'TIME', about: 'how long a ban, mute or restriction lasts: 30s, 15m, 2h, 3d, 1w (for good)' },
  reason: { value: 'TEXT', about: 'why; the user is told' },
  ...ASKING_OPTIONS,
  data: { value: 'FILE', about: `work on a data file that no cluster uses (${DEFAULT_DATA}, when no cluster answers)` },
  ...HELP_OPTION,
};

export function userUsage(): string[] {
  const [, ...rest] = usageOf('user', OPTIONS);
  return ['usage: muster user [options]', '', ...FORMS.map((form) => `  muster ${form}`), ...rest];
}

/** Throws `UsageError`. Undefined when help is asked for. */
export function parseUserOptions(args: readonly string[]): UserOptions | undefined {
  const options = new ParsedOptions('user', OPTIONS, args, 4);
  if (options.isSet('help')) return undefined;
  const data = options.optionalText('data', 'a file name');
  if (data !== undefined && options.has('control')) {
    throw new UsageError('--control names a cluster that runs and --data a file that none uses; give one of them');
  }
  const place = { ...askingOptions(options), data, otherwise: DEFAULT_DATA };
  return { action: actionOf(options), place };
}

function actionOf(options: ParsedOptions): UserAction {
  const [what = '', name, ...rest] = options.words;
  const act = Object.hasOwn(ACTIONS, what) ? ACTIONS[what]! : undefined;
  if (!act)
    throw new UsageError(`${what === '' ? 'what to do is missing' : `unknown: user ${shown(what)}`}; ${expected()}`);
  if (name === undefined) throw new UsageError(`the name is missing; ${expected(what)}`);
  if (rest.length !== (WORDS_AFTER_NAME[what] ?? 0)) {
    throw new UsageError(
      `${rest.length === 0 ? 'something is missing' : `${shown(rest.join(' '))} does not fit`}; ${expected(what)}`,
    );
  }
  for (const [option, actions] of Object.entries(GO_WITH)) {
    if (!options.has(option) || actions.includes(what)) continue;
    throw new UsageError(`--${option} goes with user ${actions.join(' and user ')} only`);
  }
  return act(name, rest, options);
}

const GO_WITH: Readonly<Record<string, readonly string[]>> = {
  email: ['add'],
  'password-file': ['add'],
  for: ['ban', 'mute', 'restrict'],
  reason: ['ban', 'mute', 'restrict'],
};

const WORDS_AFTER_NAME: Readonly<Record<string, number>> = { role: 2, clan: 1, restrict: 1, allow: 1 };

const ACTIONS: Readonly<Record<string, (name: string, rest: readonly string[], options: ParsedOptions) => UserAction>> =
  {
    add: (name, _, options) => {
      const passwordFile = options.optionalText('password-file', 'a file');
      const email = options.optionalText('email', 'an address') ?? null;
      return { kind: 'add', name, email, ...(passwordFile !== undefined && { passwordFile }) };
    },
    role: (name, [role, state]) => {
      if ((role !== 'moderator' && role !== 'bot') || (state !== 'on' && state !== 'off')) {
        throw new UsageError(`${shown(`${role} ${state}`)} does not fit; ${expected('role')}`);
      }
      const body = { role, on: state === 'on' } as const;
      return ready('PUT', name, 'role', { kind: 'set-role', name, ...body }, body);
    },
    clan: (name, [tag = '']) => {
      if (!/^[A-Za-z0-9]{1,10}$/.test(tag)) {
        throw new UsageError(`${shown(tag)} does not fit: a tag is 1 to 10 letters and digits; ${expected('clan')}`);
      }
      const body = { clan: tag === 'none' ? null : tag };
      return ready('PUT', name, 'clan', { kind: 'set-clan', name, ...body }, body);
    },
    ban: (name, _, options) => {
      const body = takenFor(options, 'banned by the operator');
      return ready('PUT', name, 'ban', { kind: 'ban-user', name, ...body }, body);
    },
    unban: (name) => ready('DELETE', name, 'ban', { kind: 'unban-user', name }),
    mute: (name, _, options) => {
      const body = takenFor(options, 'muted by the operator');
      return ready('PUT', name, 'mute', { kind: 'mute-user', name, ...body }, body);
    },
    unmute: (name) => ready('DELETE', name, 'mute', { kind: 'unmute-user', name }),
    restrict: (name, [word = ''], options) => {
      const restriction = restrictionNamed(word, 'restrict');
      const body = takenFor(options, 'restricted by the operator');
      return ready('PUT', name, partFor(restriction), { kind: 'restrict-user', name, restriction, ...body }, body);
    },
    allow: (name, [word = '']) => {
      const restriction = restrictionNamed(word, 'allow');
      return ready('DELETE', name, partFor(restriction), { kind: 'allow-user', name, restriction });
    },
  };

/** In whatever case, with hyphens or spaces. */
function restrictionNamed(word: string, what: string): Imposable {
  const plain = (text: string): string => text.toLowerCase().replaceAll(' ', '-');
  const named = Imposable.options.find((restriction) => plain(restriction) === plain(word));
  if (named) return named;
  const known = Imposable.options.map(plain).join(', ');
  throw new UsageError(`${shown(word)} is no restriction; there are ${known}; ${expected(what)}`);
}

function partFor(restriction: Imposable): string {
  return `restrictions/${encodeURIComponent(restriction)}`;
}

function takenFor(options: ParsedOptions, otherwise: string): { forMs: number | null; reason: string } {
  const time = options.optionalText('for', 'a time');
  return {
    forMs: time === undefined ? null : parseDuration(time),
    reason: options.text('reason', 'a reason', otherwise),
  };
}

function ready(
  method: Wish['method'],
  name: string,
  part: string,
  operation: Wish['operation'],
  body?: Wish['body'],
): UserAction {
  const path = `/users/${encodeURIComponent(name)}/${part}`;
  return { kind: 'ready', wish: { method, path, operation, ...(body && { body }) } };
}

/** Resolves to the exit code. Rejects with one sentence. */
export async function runUser({ action, place }: UserOptions, environment: OperatorEnvironment): Promise<number> {
  const wish = action.kind === 'ready' ? action.wish : await adding(action, environment);
  const { message } = await carryOut(wish, place, environment);
  environment.stdout.write(`${message}\n`);
  return 0;
}

async function adding(
  { name, email, passwordFile }: Extract<UserAction, { kind: 'add' }>,
  environment: OperatorEnvironment,
): Promise<Wish> {
  const password =
    passwordFile === undefined
      ? await environment.readSecret(`password of ${name}: `)
      : await firstLine(resolve(environment.directory, passwordFile));
  if (!password)
    throw new MusterError('NoPassword', 'there is no password: give a line on standard input or a --password-file');
  if (password.length > MOST_PASSWORD) {
    throw new MusterError('NoPassword', `a password has at most ${MOST_PASSWORD} characters`);
  }
  return {
    method: 'POST',
    path: '/users',
    body: { name, password, email },
    operation: { kind: 'add-user', name, passwordHash: passwordHash(password), email },
  };
}

async function firstLine(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).split(/\r?\n/, 1)[0]!;
  } catch (error) {
    throw new MusterError('NoPassword', `--password-file cannot be read: ${oneLine((error as Error).message)}`);
  }
}

function expected(what?: string): string {
  const forms = FORMS.filter((form) => what === undefined || form.startsWith(`user ${what} `));
  return `expected: muster ${forms.join(', or ')}`;
}

function shown(text: string): string {
  return JSON.stringify(oneLine(text).slice(0, 60));
}
