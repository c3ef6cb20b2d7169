/**
 * Consul's decisions, pure: who may play, what a member's wish for his battle status becomes, who is promoted from the
 * join queue. No effects; Consul carries them out.
 */
import { playersIn } from '../battles/changes.ts';
import { type LobbyRecord, type Member, memberOf } from '../battles/record.ts';
import { type BattleStatus, decodeBattleStatus, encodeBattleStatus, withOwnFields } from '../status/battle-status.ts';
import type { ConsulState } from './state.ts';

export interface StatusDecision {
  /** The status word he gets. */
  readonly status: number;
  /** What to tell him; empty when his wish was granted. */
  readonly notices: readonly string[];
}

export const NOTICES = {
  full: 'This lobby is full, you have been kept as a spectator. Say $joinq to be added to the queue of players.',
  queued: 'Other people are in the queue before you; you have been kept as a spectator. Say $joinq to be added to it.',
  unready: 'You have been made a spectator because you are not ready. Please turn off auto-unready in your client.',
} as const;

export function playerLimit(record: LobbyRecord, limit: number): number {
  return Math.max(1, Math.min(record.maxPlayers, limit));
}

export function isFull(record: LobbyRecord, limit: number): boolean {
  return playersIn(record) >= playerLimit(record, limit);
}

/** What `member` gets who asked for the status word `wanted`. */
export function decideStatus(
  state: ConsulState,
  record: LobbyRecord,
  member: Member,
  wanted: number,
  limit: number,
): StatusDecision {
  const before = decodeBattleStatus(member.status);
  const wish = pinned(state, before, decodeBattleStatus(withOwnFields(member.status, wanted)));
  if (wish.player) {
    const refusal = whyNotPlayer(state, record, member.userId, before, wish, limit);
    if (refusal) return { status: encodeBattleStatus({ ...wish, player: false }), notices: [refusal] };
  }
  return { status: encodeBattleStatus(wish), notices: [] };
}

function pinned(state: ConsulState, before: BattleStatus, wish: BattleStatus): BattleStatus {
  const locked = new Set(state.locks);
  const keepsRole = locked.has(before.player ? 'spectator' : 'player');
  return {
    ...wish,
    ally: locked.has('team') ? before.ally : wish.ally,
    team: locked.has('allyid') ? before.team : wish.team,
    side: locked.has('side') ? before.side : wish.side,
    player: keepsRole ? before.player : wish.player,
  };
}

function whyNotPlayer(
  state: ConsulState,
  record: LobbyRecord,
  userId: number,
  before: BattleStatus,
  wish: BattleStatus,
  limit: number,
): string | undefined {
  if (!before.player) {
    if (isFull(record, limit)) return NOTICES.full;
    if (state.queue.length > 0 && state.queue[0] !== userId) return NOTICES.queued;
  }
  return wish.ready ? undefined : NOTICES.unready;
}

/** The queue without those who left or play already. */
export function prunedQueue(state: ConsulState, record: LobbyRecord): number[] {
  return state.queue.filter((userId) => {
    const member = memberOf(record, userId);
    return member !== undefined && !decodeBattleStatus(member.status).player;
  });
}

/** The member whose turn it is to play, when there is room for one more. The queue must be pruned. */
export function nextPlayer(state: ConsulState, record: LobbyRecord, limit: number): Member | undefined {
  const head = state.queue[0];
  if (head === undefined || isFull(record, limit)) return undefined;
  return memberOf(record, head);
}

/** The status of a member who is promoted: as it was, but a player. */
export function promoted(member: Member): Member {
  return { ...member, status: encodeBattleStatus({ ...decodeBattleStatus(member.status), player: true }) };
}

/** Members whose login is not there any more. */
export function absentMembers(record: LobbyRecord, sessionOf: (userId: number) => string | undefined): Member[] {
  return record.members.filter((member) => sessionOf(member.userId) !== member.session);
}
