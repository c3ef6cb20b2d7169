/** The ready check of one match, as pure functions on its state. */
import type { Answer, Group, MatchState } from './state.ts';
import { membersOf } from './state.ts';

/** Nobody has answered; who is not logged in has declined. */
export function askAll(groups: readonly Group[], sessionOf: (userId: number) => string | undefined): Answer[] {
  return membersOf(groups).map(({ userId }) => {
    const session = sessionOf(userId);
    return session === undefined ? { userId, session: '', said: 'declined' } : { userId, session, said: 'nothing' };
  });
}

/** A user's word. Before everybody is ready he may take back that he is; a refusal stands. */
export function answer(state: MatchState, userId: number, said: 'ready' | 'declined'): MatchState {
  const counts = state.phase === 'asking' || (state.phase === 'placing' && said === 'declined');
  if (!counts) return state;
  return {
    ...state,
    answers: state.answers.map((one) => (one.userId === userId && one.said !== 'declined' ? { ...one, said } : one)),
  };
}

/** Who was asked and is gone, or came back under another login, has declined. */
export function declineAbsent(state: MatchState, sessionOf: (userId: number) => string | undefined): MatchState {
  const isGone = (one: Answer): boolean => one.said !== 'declined' && sessionOf(one.userId) !== one.session;
  if (!state.answers.some(isGone)) return state;
  return { ...state, answers: state.answers.map((one) => (isGone(one) ? { ...one, said: 'declined' } : one)) };
}

export type Verdict = 'wait' | 'ready' | 'declined' | 'late';

/** At the deadline itself there is still time. */
export function verdict({ answers, deadline }: MatchState, wall: number): Verdict {
  if (answers.some(({ said }) => said === 'declined')) return 'declined';
  if (answers.every(({ said }) => said === 'ready')) return 'ready';
  return wall > deadline ? 'late' : 'wait';
}

/** Ends the attempt: the groups whose members all pass `isFine` return to the queue. */
export function giveUp(state: MatchState, isFine: (userId: number) => boolean): MatchState {
  const back = state.groups.filter(({ members }) => members.every(({ userId }) => isFine(userId)));
  return { ...state, phase: 'over', back: back.map(({ id }) => id) };
}

/** When somebody declined, the others return; when time ran out, who was silent does not. */
export function giveUpAsking(state: MatchState, why: 'declined' | 'late'): MatchState {
  const said = new Map(state.answers.map((one) => [one.userId, one.said]));
  const isFine = (userId: number): boolean =>
    why === 'late' ? said.get(userId) === 'ready' : said.get(userId) !== 'declined';
  return giveUp(state, isFine);
}
