/** What is settled for the whole lobby: locks, gatekeeper, welcome message, levels, limit. */
import { CONSUL_BOUNDS, GATEKEEPERS, isGatekeeper, isLock, LOCKS, type Lock, newConsulState } from '../state.ts';
import { type CommandInput, type CommandOutcome, declined, type Entries } from './command.ts';
import { firstWord } from './targets.ts';

export const settingCommands: Entries = [
  ['lock', { usedBy: 'host', help: `$lock ${LOCKS.join('|')}: pin that part of everybody's status`, run: lock }],
  ['unlock', { usedBy: 'host', help: `$unlock ${LOCKS.join('|')}: let it go`, run: unlock }],
  [
    'gatekeeper',
    {
      usedBy: 'boss',
      help: `$gatekeeper ${GATEKEEPERS.join('|')}: who may come in, or play`,
      run: gatekeeper,
    },
  ],
  [
    'welcome-message',
    { usedBy: 'boss', help: '$welcome-message text: tell it to who joins; without text: nothing', run: welcome },
  ],
  [
    'playerlimit',
    {
      usedBy: 'moderator',
      help: '$playerlimit n: no more than n play',
      run: (input) =>
        withNumber(input, 1, CONSUL_BOUNDS.number, (playerLimit) => ({
          state: { ...input.state, playerLimit },
          notices: [`Player limit: ${playerLimit}`],
        })),
    },
  ],
  [
    'leveltoplay',
    {
      usedBy: 'moderator',
      help: '$leveltoplay n: the least rank to play',
      run: (input) =>
        withNumber(input, 0, HIGHEST_RANK, (levelToPlay) => ({
          state: { ...input.state, levelToPlay },
          notices: [`Least rank to play: ${levelToPlay}`],
        })),
    },
  ],
  [
    'leveltospectate',
    {
      usedBy: 'moderator',
      help: '$leveltospectate n: the least rank to come in',
      run: (input) =>
        withNumber(input, 0, HIGHEST_RANK, (levelToSpectate) => ({
          state: { ...input.state, levelToSpectate },
          notices: [`Least rank to come in: ${levelToSpectate}`],
        })),
    },
  ],
  ['reset', { usedBy: 'moderator', help: '$reset: forget locks, bans, queues and all the rest', run: reset }],
];

const HIGHEST_RANK = 7;

function lock({ state, rest }: CommandInput): Partial<CommandOutcome> {
  const wanted = namedLocks(rest);
  const locks = LOCKS.filter((name) => state.locks.includes(name) || wanted.includes(name));
  return changedLocks(state, locks, rest);
}

function unlock({ state, rest }: CommandInput): Partial<CommandOutcome> {
  const wanted = namedLocks(rest);
  return changedLocks(
    state,
    state.locks.filter((name) => !wanted.includes(name)),
    rest,
  );
}

function namedLocks(rest: string): Lock[] {
  return rest
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(isLock);
}

function changedLocks(state: CommandInput['state'], locks: Lock[], rest: string): Partial<CommandOutcome> {
  if (namedLocks(rest).length === 0) return declined(`There is no lock of that name; there are ${LOCKS.join(', ')}.`);
  return { state: { ...state, locks }, notices: [`Locks: ${locks.join(', ') || 'none'}`] };
}

function gatekeeper({ state, rest, sender }: CommandInput): Partial<CommandOutcome> {
  const wanted = rest.toLowerCase();
  if (!isGatekeeper(wanted)) {
    return declined(`There is no gatekeeper of that name; there are ${GATEKEEPERS.join(', ')}.`);
  }
  return {
    state: { ...state, gatekeeper: wanted },
    announcements: [`${sender.name} has set the gatekeeper to ${wanted}.`],
  };
}

function welcome({ state, rest, sender }: CommandInput): Partial<CommandOutcome> {
  const text = rest.slice(0, CONSUL_BOUNDS.text);
  const announcement = text === '' ? `${sender.name} has removed the welcome message.` : `New welcome message: ${text}`;
  return { state: { ...state, welcome: text }, announcements: [announcement] };
}

/** What is no number, or out of bounds, changes nothing. */
function withNumber(
  { rest }: CommandInput,
  low: number,
  high: number,
  act: (value: number) => Partial<CommandOutcome>,
): Partial<CommandOutcome> {
  const [word] = firstWord(rest);
  const value = /^\d{1,4}$/.test(word) ? Number(word) : Number.NaN;
  return value >= low && value <= high ? act(value) : declined(`Please give a number from ${low} to ${high}.`);
}

/** Of what it is about, only that the lobby is open and whether a match runs stays known. */
function reset({ state }: CommandInput): Partial<CommandOutcome> {
  const { opened, startedAt, matchRuns } = state;
  return {
    state: { ...newConsulState(startedAt), opened, matchRuns },
    notices: ['Everything has been reset.'],
    news: 'reset',
  };
}
