/** Where a match is played and how its lobby looks then, as pure functions on lobby records. */
import { setTags } from '../battles/changes.ts';
import { type LobbyRecord, type Member, memberOf } from '../battles/record.ts';
import { COORDINATOR } from '../coordinator.ts';
import { decodeBattleStatus, encodeBattleStatus } from '../status/battle-status.ts';
import type { QueueInfo } from './declarations.ts';

export const QUEUE_TAG = 'server/match/queue_id';
const SYNCED = 1;

/** Whether a match may be played there: a host waits alone, and lets anybody in. `prefix` is in the titles of such lobbies. */
export function isEmptyLobby(record: LobbyRecord, prefix: string): boolean {
  const { members, founder, password, locked, title, type } = record;
  const isAlone = members.length === 1 && members[0]!.userId === founder;
  return isAlone && password === '' && !locked && type === 0 && title.includes(prefix);
}

/** The players in their teams, each with a number of his own, ready; the lobby says of which queue the match is. */
export function forceTeams(record: LobbyRecord, teams: readonly (readonly number[])[], queueId: number): LobbyRecord {
  const order = teams.flat();
  const members = record.members.map((member) => {
    const ally = teams.findIndex((team) => team.includes(member.userId));
    if (ally < 0) return member;
    const before = decodeBattleStatus(member.status);
    const status = encodeBattleStatus({
      ...before,
      team: order.indexOf(member.userId),
      ally,
      player: true,
      ready: true,
    });
    return status === member.status ? member : { ...member, status };
  });
  const isTagged = record.tags.some(({ key, value }) => key === QUEUE_TAG && value === String(queueId));
  const isSame = members.every((member, at) => member === record.members[at]);
  if (isSame && isTagged) return record;
  return setTags({ ...record, members }, COORDINATOR, [{ key: QUEUE_TAG, value: String(queueId) }]);
}

export function withoutQueueTag(record: LobbyRecord): LobbyRecord {
  const tags = record.tags.filter(({ key }) => key !== QUEUE_TAG);
  return tags.length === record.tags.length ? record : { ...record, tags };
}

/** Whether all are in the lobby with the logins they have now. */
export function allIn(record: LobbyRecord, userIds: readonly number[], sessionOf: (id: number) => string | undefined) {
  return userIds.every((userId) => isIn(record, userId, sessionOf(userId)));
}

export function isIn(record: LobbyRecord, userId: number, session: string | undefined): boolean {
  return session !== undefined && memberOf(record, userId)?.session === session;
}

/** Whether the game could begin: they play, and have what it needs. */
export function allSynced(record: LobbyRecord, userIds: readonly number[]): boolean {
  return userIds.every((userId) => canPlay(memberOf(record, userId)));
}

function canPlay(member: Member | undefined): boolean {
  const status = member && decodeBattleStatus(member.status);
  return status?.player === true && status.sync === SYNCED;
}

/** What the host is told, one line after the other. */
export function ordersFor(queue: QueueInfo, map: string | undefined): string[] {
  const preset = queue.teamSize === 1 && queue.teamCount === 2 ? 'duel' : queue.teamSize === 1 ? 'ffa' : 'team';
  return [
    `!preset ${preset}`,
    '!bset startpostype 2',
    '!autobalance off',
    ...(map === undefined ? [] : [`!map ${map}`]),
  ];
}
