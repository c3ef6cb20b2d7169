/** `$status`: what Consul knows of its lobby. */
import { playersIn } from '../../battles/changes.ts';
import { memberOf } from '../../battles/record.ts';
import { playerLimit } from '../decisions.ts';
import { waiting } from '../state.ts';
import type { CommandInput, CommandOutcome, Entries } from './command.ts';

export const statusCommands: Entries = [
  [
    'status',
    { usedBy: 'everybody', help: '$status or $s: locks, sizes, levels, bosses and the join queue', run: status },
  ],
  ['s', { usedBy: 'everybody', help: '', run: status }],
];

function status({ state, record, sender, limit }: CommandInput): Partial<CommandOutcome> {
  const names = (userIds: readonly number[]): string =>
    userIds.map((userId) => memberOf(record, userId)?.name ?? `#${userId}`).join(', ');
  const position = waiting(state).indexOf(sender.userId) + 1;
  const { teamSize, teamCount, preset, split } = state;
  return {
    notices: [
      `Status for battle #${record.lobbyId}`,
      `Locks: ${state.locks.join(', ') || 'none'}`,
      `Gatekeeper: ${state.gatekeeper}`,
      ...(position > 0 ? [`Your position in the queue: ${position}`] : []),
      `Join queue: ${names(waiting(state)) || 'empty'}`,
      `Players: ${playersIn(record)} of ${playerLimit(state, record, limit)}, in the lobby: ${record.members.length}`,
      `Team size: ${teamSize ?? 'not told'}, teams: ${teamCount ?? 'not told'}`,
      ...(preset === null ? [] : [`Preset: ${preset}`]),
      `Boss: ${names(state.bosses) || 'nobody'}`,
      `Least rank to play: ${state.levelToPlay}, to come in: ${state.levelToSpectate}`,
      ...(split === null ? [] : [`A split is under way: ${names([split.first])} asked for it.`]),
      ...(state.welcome === '' ? [] : [`Welcome message: ${state.welcome}`]),
    ],
  };
}
