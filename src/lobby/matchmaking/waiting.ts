/** Every change of who waits in a queue, as a pure function from state to state. */

import type { QueueInfo } from './declarations.ts';
import { findMatch } from './search.ts';
import { type Attempt, type Group, type Player, userIdsOf, type WaitState } from './state.ts';

/** Groups that may wait in one queue; more are turned away. */
export const MOST_GROUPS = 5_000;

/** Matches found in one go; the others at the next. */
const MOST_ATTEMPTS_AT_ONCE = 50;

export const EMPTY_QUEUE: WaitState = Object.freeze({ groups: [], attempts: [], nextAttempt: 1, meanWaitMs: 0 });

export interface Joining {
  readonly id: string;
  readonly members: readonly Player[];
}

/** `duplicate`: one of them is in the queue already. */
export type JoinAnswer = 'ok' | 'duplicate' | 'oversized' | 'full';

export function join(state: WaitState, joining: Joining, queue: QueueInfo, wall: number): [JoinAnswer, WaitState] {
  const there = new Set(userIdsOf([...state.groups, ...state.attempts.flatMap(({ groups }) => groups)]));
  if (joining.members.some(({ userId }) => there.has(userId))) return ['duplicate', state];
  if (joining.members.length > queue.teamSize) return ['oversized', state];
  if (state.groups.length >= MOST_GROUPS) return ['full', state];
  const group: Group = { id: joining.id, members: [...joining.members], joinedAt: wall, goneSince: null };
  return ['ok', { ...state, groups: [...state.groups, group] }];
}

/** Takes out the group of a user. */
export function leave(state: WaitState, userId: number): WaitState {
  const groups = state.groups.filter((group) => !isIn(group, userId));
  return groups.length === state.groups.length ? state : { ...state, groups };
}

/** The attempt a user was set aside for. */
export function attemptOf(state: WaitState, userId: number): Attempt | undefined {
  return state.attempts.find(({ groups }) => groups.some((group) => isIn(group, userId)));
}

export function isWaiting(state: WaitState, userId: number): boolean {
  return state.groups.some((group) => isIn(group, userId));
}

function isIn(group: Group, userId: number): boolean {
  return group.members.some((member) => member.userId === userId);
}

export interface Presence {
  /** Of a user who is connected. */
  sessionOf(userId: number): string | undefined;
  /** Whether a user is there, or his seat is held. */
  isPresent(userId: number): boolean;
  readonly wall: number;
}

export interface PresenceOutcome {
  readonly state: WaitState;
  /** Users who are back, and should be told that they are in the queue. */
  readonly back: readonly number[];
  /** Users whose groups have left the queue because one of them is gone. */
  readonly left: readonly number[];
}

/** Follows logins: who is gone leaves with his group, who has lost his connection is not matched, who is back goes on waiting. */
export function followPresence(state: WaitState, presence: Presence): PresenceOutcome {
  const back: number[] = [];
  const left: number[] = [];
  let changed = false;
  const groups = state.groups.flatMap((group) => {
    const after = followed(group, presence, back);
    if (!group.members.every(({ userId }) => presence.isPresent(userId))) {
      left.push(...userIdsOf([group]));
      changed = true;
      return [];
    }
    changed ||= after !== group;
    return [after];
  });
  return { state: changed ? { ...state, groups } : state, back, left };
}

function followed(group: Group, presence: Presence, back: number[]): Group {
  let isSame = true;
  const members = group.members.map((member) => {
    const session = presence.sessionOf(member.userId);
    if (session === undefined || session === member.session) return member;
    isSame = false;
    back.push(member.userId);
    return { ...member, session };
  });
  const isGone = members.some(({ userId }) => presence.sessionOf(userId) === undefined);
  const goneSince = isGone ? (group.goneSince ?? presence.wall) : null;
  if (group.goneSince !== null && !isGone && isSame) back.push(...userIdsOf([group]));
  return isSame && goneSince === group.goneSince ? group : { ...group, members, goneSince };
}

/** Sets the groups of the matches aside that can be made, a bounded number at a time. `isFree`: nobody else is about to match this user. */
export function makeAttempts(
  state: WaitState,
  queue: QueueInfo,
  wall: number,
  isFree: (userId: number) => boolean,
): WaitState {
  let after = state;
  let candidates = state.groups.filter((group) => group.goneSince === null && userIdsOf([group]).every(isFree));
  for (let made = 0; made < MOST_ATTEMPTS_AT_ONCE; made++) {
    const found = findMatch(candidates, { ...queue, wall });
    if (!found) break;
    const taken = new Set(found);
    candidates = candidates.filter((group) => !taken.has(group));
    after = {
      groups: after.groups.filter((group) => !taken.has(group)),
      attempts: [...after.attempts, { number: after.nextAttempt, groups: found, madeAt: wall }],
      nextAttempt: after.nextAttempt + 1,
      meanWaitMs: found.reduce((sum, { joinedAt }) => sum + Math.max(0, wall - joinedAt), 0) / found.length,
    };
  }
  return after;
}

/**
 * An attempt is settled: those who return stand in front, as long in the queue as ever; the others are out of it. Settling it
 * again changes nothing.
 */
export function settle(state: WaitState, number: number, back: readonly string[]): WaitState {
  const attempt = state.attempts.find((one) => one.number === number);
  if (!attempt) return state;
  const returning = attempt.groups.filter(({ id }) => back.includes(id));
  return {
    ...state,
    groups: [...returning, ...state.groups],
    attempts: state.attempts.filter((one) => one !== attempt),
  };
}
