/** The join queue: waiting for a place to play. */
import { memberOf } from '../../battles/record.ts';
import { decodeBattleStatus } from '../../status/battle-status.ts';
import { banOf, waiting, withoutWaiting } from '../state.ts';
import { type CommandInput, type CommandOutcome, declined, type Entries } from './command.ts';
import { onMember } from './targets.ts';

export const queueCommands: Entries = [
  ['joinq', { usedBy: 'everybody', help: '$joinq: wait for a place to play', asksRestrictions: true, run: joinQueue }],
  ['leaveq', { usedBy: 'everybody', help: '$leaveq: wait no longer', run: leaveQueue }],
  ['vip', { usedBy: 'moderator', help: '$vip user: to the front of the join queue', run: vip }],
];

function joinQueue({ state, record, sender, restrictions, people }: CommandInput): Partial<CommandOutcome> {
  const member = memberOf(record, sender.userId);
  if (!member) return declined('You are not in this lobby.');
  if (decodeBattleStatus(member.status).player) {
    return { notices: ['You are playing already, the queue is for those who want to.'] };
  }
  const present = waiting(state).indexOf(sender.userId) + 1;
  if (present > 0) return { notices: [`You are in the join queue already, at position ${present}.`] };
  if (restrictions.has('Game queue')) return declined('You are not allowed to join the queue of a game.');
  if (banOf(state, sender.userId)) return declined('You may not play in this lobby.');
  if (people.rankOf(sender.userId) < state.levelToPlay) return declined('Your rank is too low to play in this lobby.');
  const after = restrictions.has('Low priority')
    ? { ...state, lowQueue: [...state.lowQueue, sender.userId] }
    : { ...state, queue: [...state.queue, sender.userId] };
  const position = waiting(after).indexOf(sender.userId) + 1;
  return {
    state: after,
    notices: [`You are now in the join queue, at position ${position}. Say $status to see it.`],
  };
}

function leaveQueue({ state, sender }: CommandInput): Partial<CommandOutcome> {
  if (!waiting(state).includes(sender.userId)) return { notices: ['You are not in the join queue.'] };
  return {
    state: withoutWaiting(state, sender.userId),
    notices: ['You have been removed from the join queue.'],
  };
}

function vip(input: CommandInput): Partial<CommandOutcome> {
  return onMember(input, ({ userId, name, status }) => {
    if (decodeBattleStatus(status).player) return declined(`${name} is playing already.`);
    const state = withoutWaiting(input.state, userId);
    return {
      state: { ...state, queue: [userId, ...state.queue] },
      announcements: [`${input.sender.name} has put ${name} at the front of the join queue.`],
    };
  });
}
