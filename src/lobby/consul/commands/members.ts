/** What is done to members: to their status, and to their clients. */
import { replaceMember } from '../../battles/changes.ts';
import { type LobbyRecord, type Member, memberOf } from '../../battles/record.ts';
import { type BattleStatus, decodeBattleStatus, encodeBattleStatus } from '../../status/battle-status.ts';
import { withoutWaiting } from '../state.ts';
import { type CommandInput, type CommandOutcome, declined, type Entries } from './command.ts';
import { anybodyMeant, firstWord, nobody, onMember } from './targets.ts';

export const memberCommands: Entries = [
  [
    'specunready',
    { usedBy: 'host', help: '$specunready: who plays and is not ready becomes a spectator', run: specUnready },
  ],
  [
    'makeready',
    { usedBy: 'host', help: '$makeready [user]: he is ready; without a name: all players', run: makeReady },
  ],
  ['forceplay', { usedBy: 'host', help: '$forceplay user: he plays', run: forcePlay }],
  ['forcespec', { usedBy: 'host', help: '$forcespec user: he is a spectator', run: forceSpectator }],
  ['pull', { usedBy: 'host', help: '$pull user: bring him to this lobby', run: pull }],
  ['success', { usedBy: 'moderator', help: '$success: all players say !y', run: success }],
];

/** The record with parts of a member's status replaced; unchanged when he is not in it. */
export function withStatus(record: LobbyRecord, userId: number, part: Partial<BattleStatus>): LobbyRecord {
  const member = memberOf(record, userId);
  if (!member) return record;
  return replaceMember(record, {
    ...member,
    status: encodeBattleStatus({ ...decodeBattleStatus(member.status), ...part }),
  });
}

export function asSpectator(userId: number): (record: LobbyRecord) => LobbyRecord {
  return (record) => withStatus(record, userId, { player: false });
}

function playersWho(record: LobbyRecord, test: (status: BattleStatus) => boolean): Member[] {
  return record.members.filter((member) => {
    const status = decodeBattleStatus(member.status);
    return status.player && test(status);
  });
}

function forAll(userIds: readonly number[], part: Partial<BattleStatus>): (record: LobbyRecord) => LobbyRecord {
  return (record) => userIds.reduce((before, userId) => withStatus(before, userId, part), record);
}

function specUnready({ record }: CommandInput): Partial<CommandOutcome> {
  const rings = playersWho(record, ({ ready }) => !ready).map(({ userId }) => userId);
  return { rings, change: forAll(rings, { player: false }) };
}

function makeReady(input: CommandInput): Partial<CommandOutcome> {
  if (input.rest !== '') {
    return onMember(input, ({ userId }) => ({ rings: [userId], change: forAll([userId], { ready: true }) }));
  }
  const rings = playersWho(input.record, ({ ready }) => !ready).map(({ userId }) => userId);
  return { rings, change: forAll(rings, { ready: true }) };
}

function forcePlay(input: CommandInput): Partial<CommandOutcome> {
  return onMember(input, ({ userId }) => ({
    state: withoutWaiting(input.state, userId),
    change: forAll([userId], { player: true, ready: true }),
  }));
}

function forceSpectator(input: CommandInput): Partial<CommandOutcome> {
  return onMember(input, ({ userId }) => ({ change: asSpectator(userId) }));
}

function pull(input: CommandInput): Partial<CommandOutcome> {
  const [word] = firstWord(input.rest);
  const target = anybodyMeant(input, word);
  if (!target) return nobody(word);
  if (memberOf(input.record, target.userId)) return { notices: [`${target.name} is here already.`] };
  if (input.people.isHost(target.userId)) return declined(`${target.name} is the host of another lobby.`);
  return { pulls: [target.userId], notices: [`${target.name} is being brought here.`] };
}

function success({ record }: CommandInput): Partial<CommandOutcome> {
  const players = playersWho(record, () => true);
  return { says: players.map(({ userId, session }) => ({ userId, session, text: '!y' })) };
}
