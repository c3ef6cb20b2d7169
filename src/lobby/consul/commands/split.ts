/** Splitting the lobby: one asks, the others say whether they go along. */
import { SPLIT_MS, withVote } from '../split.ts';
import type { Vote } from '../state.ts';
import { type CommandInput, type CommandOutcome, declined, type Entries } from './command.ts';
import { firstWord, memberMeant, nobody } from './targets.ts';

const yes = (input: CommandInput): Partial<CommandOutcome> => vote(input, 'yes', null);
const no = (input: CommandInput): Partial<CommandOutcome> => vote(input, 'no', null);

export const splitCommands: Entries = [
  ['splitlobby', { usedBy: 'everybody', help: '$splitlobby: go to another lobby with who goes along', run: begin }],
  ['y', { usedBy: 'everybody', help: '$y, $n: go along when the lobby splits, or not', run: yes }],
  ['yes', { usedBy: 'everybody', help: '', run: yes }],
  ['n', { usedBy: 'everybody', help: '', run: no }],
  ['no', { usedBy: 'everybody', help: '', run: no }],
  ['follow', { usedBy: 'everybody', help: '$follow user: go along when he does', run: follow }],
  ['dosplit', { usedBy: 'moderator', help: '$dosplit: end the vote and split', run: splitNow }],
  ['cancelsplit', { usedBy: 'moderator', help: '$cancelsplit: nobody goes', run: cancel }],
];

const NO_SPLIT = 'There is no split under way; $splitlobby begins one.';

function begin({ state, record, sender, now, id }: CommandInput): Partial<CommandOutcome> {
  if (state.split) return declined('A split is under way already; say $y, $n or $follow.');
  if (sender.userId === record.founder) return declined('The host cannot leave his own lobby this way.');
  const others = record.members.filter(({ userId }) => userId !== sender.userId && userId !== record.founder);
  const text =
    `${sender.name} wants to split the lobby. Answer $y to go along, $n to stay, or $follow with a name to do as he ` +
    `does; here, or in a message to me. It happens in ${SPLIT_MS / 1_000} seconds.`;
  return {
    state: { ...state, split: { id, first: sender.userId, deadline: now + SPLIT_MS, votes: [] } },
    announcements: [`${sender.name} wants to split the lobby; everybody has been asked.`],
    tells: others.map(({ userId }) => ({ userId, text })),
  };
}

function vote({ state, record, sender }: CommandInput, choice: Vote['choice'], follows: number | null) {
  if (!state.split) return declined(NO_SPLIT);
  if (sender.userId === record.founder) return declined('The host stays with his lobby.');
  if (sender.userId === state.split.first) return declined('You have asked for the split, you go first.');
  const split = withVote(state.split, { userId: sender.userId, choice, follows });
  const said = { yes: 'You go along.', no: 'You stay here.', follow: 'You do as he does.' } as const;
  return { state: { ...state, split }, notices: [said[choice]] };
}

function follow(input: CommandInput): Partial<CommandOutcome> {
  if (!input.state.split) return declined(NO_SPLIT);
  const [word] = firstWord(input.rest);
  const member = memberMeant(input.record, word);
  if (!member) return nobody(word);
  if (member.userId === input.sender.userId) return declined('You cannot follow yourself.');
  return vote(input, 'follow', member.userId);
}

function splitNow({ state }: CommandInput): Partial<CommandOutcome> {
  return state.split ? { splitsNow: true } : declined(NO_SPLIT);
}

function cancel({ state, sender }: CommandInput): Partial<CommandOutcome> {
  if (!state.split) return declined(NO_SPLIT);
  return { state: { ...state, split: null }, announcements: [`${sender.name} has cancelled the split.`] };
}
