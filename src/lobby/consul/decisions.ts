/**
 * Consul's decisions, pure: who may come in and play, what a member's wish for his battle status becomes, who is promoted
 * from the join queue. No effects; Consul carries them out.
 */
import { playersIn } from '../battles/changes.ts';
import { type LobbyRecord, type Member, memberOf } from '../battles/record.ts';
import { type BattleStatus, decodeBattleStatus, encodeBattleStatus, withOwnFields } from '../status/battle-status.ts';
import { banOf, type ConsulState, waiting } from './state.ts';

/** What is known of somebody who wants to come in or play. */
export interface Person {
  readonly userId: number;
  readonly rank: number;
  /** His friends, or his clan mates inside: whom the gatekeeper looks at. */
  readonly friends: readonly number[];
}

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
  rank: 'Your rank is too low to play in this lobby; you are a spectator.',
  friends: 'Only friends of somebody who is here may play in this lobby.',
  banned: 'You may not play in this lobby.',
} as const;

/** How many may play: the least of what the lobby, its host and the site or a moderator allow. */
export function playerLimit(state: ConsulState, record: LobbyRecord, siteLimit: number): number {
  const { teamSize, teamCount } = state;
  const hosts = teamSize !== null && teamCount !== null ? teamSize * teamCount : Number.POSITIVE_INFINITY;
  return Math.max(1, Math.min(record.maxPlayers, state.playerLimit ?? siteLimit, hosts));
}

export function isFull(state: ConsulState, record: LobbyRecord, siteLimit: number): boolean {
  return playersIn(record) >= playerLimit(state, record, siteLimit);
}

/** Why somebody who is no moderator may not come in; undefined when he may. The host is never kept out. */
export function whyNotEnter(state: ConsulState, record: LobbyRecord, person: Person): string | undefined {
  if (person.userId === record.founder) return undefined;
  const ban = banOf(state, person.userId);
  if (ban?.level === 'banned') return ban.reason === '' ? 'You are banned from this lobby' : ban.reason;
  if (state.gatekeeper === 'friends' && !isFriendOfSomebody(record, person)) {
    return 'Only friends of somebody inside may come in';
  }
  if (state.gatekeeper === 'clan' && !isFriendOfSomebody(record, person)) {
    return 'Only members of the clan of somebody inside may come in';
  }
  if (person.rank < state.levelToSpectate) return 'Your rank is too low for this lobby';
  return undefined;
}

/** Of an empty lobby everybody is a friend: somebody has to be the first. */
function isFriendOfSomebody(record: LobbyRecord, { userId, friends }: Person): boolean {
  const others = record.members.filter((member) => member.userId !== userId);
  if (others.every((member) => member.userId === record.founder)) return true;
  return others.some((member) => friends.includes(member.userId));
}

/** What `member` gets who asked for the status word `wanted`. */
export function decideStatus(
  state: ConsulState,
  record: LobbyRecord,
  member: Member,
  wanted: number,
  siteLimit: number,
  person: Person,
): StatusDecision {
  const before = decodeBattleStatus(member.status);
  const wish = pinned(state, before, decodeBattleStatus(withOwnFields(member.status, wanted)));
  if (!wish.player) return { status: encodeBattleStatus(wish), notices: [] };
  const barred = whyBarred(state, record, person);
  if (barred) return { status: encodeBattleStatus({ ...before, player: false }), notices: [barred] };
  const refusal = whyNotPlayer(state, record, before, wish, siteLimit, person);
  if (refusal) return { status: encodeBattleStatus({ ...wish, player: false }), notices: [refusal] };
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

/** Who is barred from playing gets nothing of what he asked for. */
function whyBarred(state: ConsulState, record: LobbyRecord, person: Person): string | undefined {
  const ban = banOf(state, person.userId);
  if (ban) return ban.reason === '' ? NOTICES.banned : ban.reason;
  const friendsOnly = state.gatekeeper === 'friendsplay' && person.userId !== record.founder;
  return friendsOnly && !isFriendOfSomebody(record, person) ? NOTICES.friends : undefined;
}

function whyNotPlayer(
  state: ConsulState,
  record: LobbyRecord,
  before: BattleStatus,
  wish: BattleStatus,
  siteLimit: number,
  person: Person,
): string | undefined {
  if (person.rank < state.levelToPlay) return NOTICES.rank;
  if (!before.player) {
    if (isFull(state, record, siteLimit)) return NOTICES.full;
    const [head] = waiting(state);
    if (head !== undefined && head !== person.userId) return NOTICES.queued;
  }
  return wish.ready ? undefined : NOTICES.unready;
}

/** The state whose queues are without those who left or play already. The same object when nothing changes. */
export function withPrunedQueues(state: ConsulState, record: LobbyRecord): ConsulState {
  const waits = (userId: number): boolean => {
    const member = memberOf(record, userId);
    return member !== undefined && !decodeBattleStatus(member.status).player;
  };
  if (waiting(state).every(waits)) return state;
  return { ...state, queue: state.queue.filter(waits), lowQueue: state.lowQueue.filter(waits) };
}

/** The member whose turn it is to play, when there is room for one more and spectators may become players. The queues must be pruned. */
export function nextPlayer(state: ConsulState, record: LobbyRecord, siteLimit: number): Member | undefined {
  const [head] = waiting(state);
  if (head === undefined || state.locks.includes('player') || isFull(state, record, siteLimit)) return undefined;
  return memberOf(record, head);
}

/** Why somebody must not be made a player though he waited for it; undefined when nothing stands against it. */
export function whyNotPromoted(state: ConsulState, record: LobbyRecord, person: Person): string | undefined {
  return whyBarred(state, record, person) ?? (person.rank < state.levelToPlay ? NOTICES.rank : undefined);
}

/** The status of a member who is promoted: as it was, but a player. */
export function promoted(member: Member): Member {
  return { ...member, status: encodeBattleStatus({ ...decodeBattleStatus(member.status), player: true }) };
}

/** Members whose login is not there any more. */
export function absentMembers(record: LobbyRecord, sessionOf: (userId: number) => string | undefined): Member[] {
  return record.members.filter((member) => sessionOf(member.userId) !== member.session);
}
