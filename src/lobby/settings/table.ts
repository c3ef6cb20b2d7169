/**
 * The settings an operator may change while the cluster runs: what each is for, what fits, and what holds when nobody said
 * otherwise. One entry makes one setting; its code asks for it with `setting(node, name)`.
 */
import * as z from 'zod';

interface SettingSpec<T> {
  readonly schema: z.ZodType<T>;
  readonly default: T;
  /** What fits, in words. */
  readonly expected: string;
  readonly about: string;
}

const MOST_MS = 600_000;
const MOST_LINES = 50;
const LONGEST_LINE = 400;
const DAY_MS = 86_400_000;

export const SETTINGS = {
  playerLimit: wholeNumber(16, 1, 250, 'How many may play in a battle, whatever its maximum.'),
  consentMs: wholeNumber(10_000, 1, MOST_MS, 'How long a host may take to let somebody in, in ms.'),
  replaceMs: wholeNumber(5_000, 1, MOST_MS, 'How long a login waits for an older session of the user to end, in ms.'),
  graceMs: wholeNumber(
    20_000,
    0,
    MOST_MS,
    'How long a user whose connection was lost keeps his seat, and his place in queues and parties, in ms; 0: not at all.',
  ),
  hashCost: wholeNumber(14, 4, 17, "What a new password's hash costs: scrypt's N is 2 to this power."),
  renameWaitMs: wholeNumber(
    DAY_MS,
    0,
    365 * DAY_MS,
    'How long a user waits from one change of his name to the next, in ms.',
  ),
  chatGuard: flag(true, 'Whether who speaks too fast is muted, and in the end banned; bots and moderators never are.'),
  requireLobbyHash: flag(false, 'Whether a login must bring a lobby hash; bots need none.'),
  agreement: lines([], 'What new accounts have to agree to at their first login; none: nothing.'),
  agreementCode: text(
    '',
    'What new accounts have to give when they agree, known to their owners from elsewhere; empty: nothing.',
  ),
  matchLobbies: text('EU ', 'What the titles of lobbies contain where matches of the queues may be played.'),
  postLoginMs: wholeNumber(2_500, 0, MOST_MS, 'How long after a login the Coordinator looks after the user, in ms.'),
  acknowledgePhrase: text('I acknowledge this', 'The words by which a user says that he has read a warning.', 1),
  automodMs: wholeNumber(120_000, 0, MOST_MS, 'How long after a login Automod looks at the user, in ms.'),
  accoladeTells: flag(true, 'Whether who was praised by a team-mate is told.'),
  motd: lines(
    ['Welcome, {user}. You are on node {node}.', 'Users online: {users}. Battles open: {battles}.'],
    'What users are greeted with after login; {user}, {node}, {users} and {battles} are filled in.',
  ),
} as const;

export type SettingName = keyof typeof SETTINGS;
export type SettingValue<N extends SettingName> = z.infer<(typeof SETTINGS)[N]['schema']>;

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

/** The value that fits the setting; undefined when it does not. */
export function fitting<N extends SettingName>(name: N, value: unknown): SettingValue<N> | undefined {
  const result = SETTINGS[name].schema.safeParse(value);
  return result.success ? (result.data as SettingValue<N>) : undefined;
}

function wholeNumber(standard: number, least: number, most: number, about: string): SettingSpec<number> {
  const expected = `a whole number from ${least} to ${most}`;
  return { schema: z.int().min(least).max(most), default: standard, expected, about };
}

function flag(standard: boolean, about: string): SettingSpec<boolean> {
  return { schema: z.boolean(), default: standard, expected: 'true or false', about };
}

function text(standard: string, about: string, least = 0): SettingSpec<string> {
  const schema = z
    .string()
    .min(least)
    .max(LONGEST_LINE)
    .regex(/^[^\r\n\t]*$/);
  return { schema, default: standard, expected: `one line of ${least} to ${LONGEST_LINE} characters`, about };
}

function lines(standard: readonly string[], about: string): SettingSpec<readonly string[]> {
  const line = z
    .string()
    .max(LONGEST_LINE)
    .regex(/^[^\r\n\t]*$/);
  const expected = `a list of at most ${MOST_LINES} lines, each of at most ${LONGEST_LINE} characters`;
  return { schema: z.array(line).max(MOST_LINES), default: standard, expected, about };
}
