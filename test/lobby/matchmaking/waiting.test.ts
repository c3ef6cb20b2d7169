import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answer, askAll, declineAbsent, giveUpAsking, verdict } from '../../../src/lobby/matchmaking/answers.ts';
import type { QueueInfo } from '../../../src/lobby/matchmaking/declarations.ts';
import type { MatchState, WaitState } from '../../../src/lobby/matchmaking/state.ts';
import {
  attemptOf,
  EMPTY_QUEUE,
  followPresence,
  join,
  leave,
  makeAttempts,
  settle,
} from '../../../src/lobby/matchmaking/waiting.ts';

const QUEUE: QueueInfo = { queueId: 1, name: 'Team', teamSize: 2, teamCount: 2, readyWaitMs: 15_000, maps: [] };
const DUEL: QueueInfo = { ...QUEUE, teamSize: 1 };

function waiting(queue: QueueInfo, ...groups: (readonly number[])[]): WaitState {
  return groups.reduce((state, userIds, at) => {
    const members = userIds.map((userId) => ({ userId, session: `s${userId}`, rating: 16 }));
    return join(state, { id: `g${userIds[0]}`, members }, queue, at)[1];
  }, EMPTY_QUEUE);
}

const ids = ({ groups }: WaitState): string[] => groups.map(({ id }) => id);
const everybody = (): boolean => true;

describe('a waiting line', () => {
  it('takes nobody twice, nor a group larger than a team', () => {
    const state = waiting(QUEUE, [1, 2]);
    const joining = (...userIds: number[]) => {
      const members = userIds.map((userId) => ({ userId, session: 's', rating: 16 }));
      return join(state, { id: 'new', members }, QUEUE, 9)[0];
    };
    assert.equal(joining(1), 'duplicate');
    assert.equal(joining(3, 2), 'duplicate');
    assert.equal(joining(3, 4, 5), 'oversized');
    assert.equal(joining(3), 'ok');
  });

  it('one who leaves takes his group along', () => {
    assert.deepEqual(ids(leave(waiting(QUEUE, [1, 2], [3]), 2)), ['g3']);
  });

  it('sets aside as many matches as can be made, and not who is taken elsewhere', () => {
    const state = makeAttempts(waiting(DUEL, [1], [2], [3], [4], [5]), DUEL, 10, (userId) => userId !== 2);
    assert.deepEqual(
      state.attempts.map(({ number, groups }) => [number, groups.map(({ id }) => id)]),
      [
        [1, ['g1', 'g3']],
        [2, ['g4', 'g5']],
      ],
    );
    assert.deepEqual(ids(state), ['g2']);
    assert.equal(attemptOf(state, 5)?.number, 2);
  });

  it('who returns stands in front with his old time; settling twice changes nothing', () => {
    const made = makeAttempts(waiting(DUEL, [1], [2], [3]), DUEL, 10, everybody);
    const settled = settle(made, 1, ['g2']);
    assert.deepEqual(ids(settled), ['g2', 'g3']);
    assert.equal(settled.groups[0]!.joinedAt, 1);
    assert.equal(settle(settled, 1, ['g1', 'g2']), settled);
  });

  it('keeps who has lost his connection out of matches until he is back, and lets go of who is gone', () => {
    const follow = (state: WaitState, isConnected: boolean, isPresent = true) =>
      followPresence(state, {
        wall: 50,
        sessionOf: (userId) => (userId === 1 && !isConnected ? undefined : `s${userId}`),
        isPresent: (userId) => userId !== 1 || isPresent,
      });
    const { state, left } = follow(waiting(DUEL, [1], [2]), false);
    assert.deepEqual(left, []);
    assert.equal(makeAttempts(state, DUEL, 60, everybody).attempts.length, 0);
    const back = follow(state, true);
    assert.deepEqual(back.back, [1], 'who is back is told');
    assert.equal(makeAttempts(back.state, DUEL, 60, everybody).attempts.length, 1);
    const gone = follow(state, false, false);
    assert.deepEqual(gone.left, [1]);
    assert.deepEqual(ids(gone.state), ['g2']);
  });
});

describe('a ready check', () => {
  const { groups } = waiting(QUEUE, [1, 2], [3], [4]);
  const sessionOf = (userId: number): string => `s${userId}`;
  const asking: MatchState = {
    phase: 'asking',
    queue: QUEUE,
    groups: [...groups],
    answers: askAll(groups, sessionOf),
    deadline: 1_000,
    teams: [],
    lobbyId: null,
    orders: [],
    back: [],
    made: false,
  };
  const say = (state: MatchState, said: 'ready' | 'declined', ...userIds: number[]): MatchState =>
    userIds.reduce((after, userId) => answer(after, userId, said), state);

  it('waits up to the deadline itself, is late beyond it, and ready as soon as all are', () => {
    const three = say(asking, 'ready', 1, 2, 3);
    assert.deepEqual([verdict(three, 1_000), verdict(three, 1_001)], ['wait', 'late']);
    assert.equal(verdict(say(three, 'ready', 4), 1_001), 'ready');
  });

  it('when time runs out, a group returns only if all of it was ready', () => {
    assert.deepEqual(giveUpAsking(say(asking, 'ready', 1, 3), 'late').back, ['g3']);
  });

  it('when one declines, all groups but his return', () => {
    const declined = say(asking, 'declined', 2);
    assert.equal(verdict(declined, 0), 'declined');
    assert.deepEqual(giveUpAsking(declined, 'declined').back, ['g3', 'g4']);
    assert.equal(verdict(say(declined, 'ready', 1, 2, 3, 4), 0), 'declined', 'a refusal stands');
  });

  it('who is gone, or back under another login, has declined', () => {
    const state = declineAbsent(asking, (userId) => (userId === 3 ? 'another' : sessionOf(userId)));
    assert.deepEqual(giveUpAsking(state, 'declined').back, ['g1', 'g4']);
    assert.equal(declineAbsent(asking, sessionOf), asking);
  });

  it('words of strangers, and those that come too late, change nothing', () => {
    assert.deepEqual(say(asking, 'ready', 77), asking);
    const moving: MatchState = { ...asking, phase: 'moving' };
    assert.equal(say(moving, 'declined', 1), moving);
  });
});
