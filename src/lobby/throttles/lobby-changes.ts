/** What is different between two records of a lobby, as far as its viewers have to look again. Pure. */
import type { LobbyRecord } from '../battles/record.ts';

export interface LobbyChanges {
  /** The lobby itself: title, map, tags and the like. */
  readonly lobby: boolean;
  readonly bots: boolean;
  /** Users who came, went, were kicked, or have another status. */
  readonly players: readonly number[];
}

export const NO_CHANGES: LobbyChanges = Object.freeze({ lobby: false, bots: false, players: Object.freeze([]) });

export function lobbyChanges(before: LobbyRecord, after: LobbyRecord): LobbyChanges {
  const { members: membersBefore, bots: botsBefore, kicks: _kicks, ...lobbyBefore } = before;
  const { members, bots, kicks: __kicks, ...lobby } = after;
  const known = new Map(membersBefore.map((member) => [member.userId, member]));
  const players = members.filter((member) => !isSame(known.get(member.userId), member)).map(({ userId }) => userId);
  const present = new Set(members.map(({ userId }) => userId));
  const gone = membersBefore.filter(({ userId }) => !present.has(userId)).map(({ userId }) => userId);
  return { lobby: !isSame(lobbyBefore, lobby), bots: !isSame(botsBefore, bots), players: [...players, ...gone] };
}

/** Both, without doubles. */
export function together(one: LobbyChanges, other: LobbyChanges): LobbyChanges {
  return {
    lobby: one.lobby || other.lobby,
    bots: one.bots || other.bots,
    players: [...new Set([...one.players, ...other.players])],
  };
}

export function isNothing({ lobby, bots, players }: LobbyChanges): boolean {
  return !lobby && !bots && players.length === 0;
}

/** Records are plain data, and a change makes its fields in the same order. */
function isSame(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
