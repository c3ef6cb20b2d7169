/** Keeping people out, or from playing. */
import { LOBBY_BOUNDS, removeMember } from '../../battles/changes.ts';
import { type LobbyRecord, memberOf } from '../../battles/record.ts';
import { type Ban, CONSUL_BOUNDS, type ConsulState, withBan, withoutWaiting } from '../state.ts';
import { type CommandInput, type CommandOutcome, declined, type Entries, type Target } from './command.ts';
import { asSpectator } from './members.ts';
import { anybodyMeant, firstWord, memberMeant, nobody, onMember } from './targets.ts';

export const banCommands: Entries = [
  ['lobbykick', { usedBy: 'moderator', help: '$lobbykick user: put somebody out; he may come back', run: lobbyKick }],
  ['lobbyban', { usedBy: 'host', help: '$lobbyban user [reason]: put somebody out, for good', run: lobbyBan }],
  [
    'lobbybanmult',
    { usedBy: 'host', help: '$lobbybanmult user user … [!! reason]: the same for several', run: lobbyBanMany },
  ],
  ['unban', { usedBy: 'host', help: '$unban user: lift a ban, a timeout or a $speclock', run: unban }],
  [
    'timeout',
    { usedBy: 'moderator', help: '$timeout user [reason]: put somebody out until the match ends', run: timeout },
  ],
  ['speclock', { usedBy: 'host', help: '$speclock user: he may watch and not play', run: specLock }],
];

function lobbyKick(input: CommandInput): Partial<CommandOutcome> {
  return onMember(input, (member) =>
    isFounder(input.record, member) ? notTheHost() : { change: putOut([member.userId]) },
  );
}

function lobbyBan(input: CommandInput): Partial<CommandOutcome> {
  const [word, reason] = firstWord(input.rest);
  const target = anybodyMeant(input, word);
  if (!target) return nobody(word);
  if (isFounder(input.record, target)) return notTheHost();
  return banned(input, [target], reason);
}

function lobbyBanMany(input: CommandInput): Partial<CommandOutcome> {
  const [names = '', reason = ''] = input.rest.split('!!', 2).map((part) => part.trim());
  const words = names.split(/\s+/).filter((word) => word !== '');
  const found = words.flatMap((word) => anybodyMeant(input, word) ?? []);
  const targets = found.filter((target) => !isFounder(input.record, target));
  if (targets.length === 0) return nobody(words.join(' '));
  const unknown = words.filter((word) => !anybodyMeant(input, word));
  return { ...banned(input, targets, reason), notices: unknown.map((word) => `There is nobody called ${word} here.`) };
}

function banned(input: CommandInput, targets: readonly Target[], reason: string): Partial<CommandOutcome> {
  const after = targets.reduce<ConsulState>(
    (state, target) => ({
      ...withoutWaiting(state, target.userId),
      bans: withBan(state.bans, newBan(input, target, 'banned', reason)),
    }),
    input.state,
  );
  return { state: after, change: putOut(targets.map(({ userId }) => userId)), news: 'ban' };
}

function timeout(input: CommandInput): Partial<CommandOutcome> {
  const [word, reason] = firstWord(input.rest);
  const target = anybodyMeant(input, word);
  if (!target) return nobody(word);
  if (isFounder(input.record, target)) return notTheHost();
  const why = reason === '' ? 'You have been given a timeout in this lobby, until the match ends' : reason;
  const state = withoutWaiting(input.state, target.userId);
  return {
    state: { ...state, timeouts: withBan(state.timeouts, newBan(input, target, 'banned', why)) },
    change: putOut([target.userId]),
    news: 'timeout',
  };
}

function specLock(input: CommandInput): Partial<CommandOutcome> {
  return onMember(input, (member, reason) => {
    const state = withoutWaiting(input.state, member.userId);
    return {
      state: { ...state, bans: withBan(state.bans, newBan(input, member, 'spectator', reason)) },
      change: asSpectator(member.userId),
      news: 'ban',
    };
  });
}

function unban(input: CommandInput): Partial<CommandOutcome> {
  const [word] = firstWord(input.rest);
  const { bans, timeouts } = input.state;
  const wanted = word.toLowerCase();
  const named = [...bans, ...timeouts].find(
    ({ userId, name }) => name.toLowerCase() === wanted || `#${userId}` === word,
  );
  const target = named ?? memberMeant(input.record, word);
  if (!target) return nobody(word);
  const others = (list: readonly Ban[]): Ban[] => list.filter(({ userId }) => userId !== target.userId);
  const state = { ...input.state, bans: others(bans), timeouts: others(timeouts) };
  const lifted = state.bans.length < bans.length || state.timeouts.length < timeouts.length;
  return lifted ? { state, news: 'unban' } : declined(`${target.name} is not banned.`);
}

function newBan({ sender }: CommandInput, target: Target, level: Ban['level'], reason: string): Ban {
  const { userId, name } = target;
  return { userId, name, level, by: sender.userId, reason: reason.slice(0, CONSUL_BOUNDS.text) };
}

/** Takes members out as a kick does. Who is not in is left out. */
function putOut(userIds: readonly number[]): (record: LobbyRecord) => LobbyRecord {
  return (record) =>
    userIds.reduce((before, userId) => {
      const member = memberOf(before, userId);
      if (!member || userId === before.founder) return before;
      const kicks = [...before.kicks, { session: member.session, turn: member.turn }].slice(-LOBBY_BOUNDS.kicks);
      return { ...removeMember(before, userId, member.session), kicks };
    }, record);
}

function isFounder(record: LobbyRecord, { userId }: { userId: number }): boolean {
  return userId === record.founder;
}

function notTheHost(): Partial<CommandOutcome> {
  return declined('The host cannot be put out of his own lobby.');
}
