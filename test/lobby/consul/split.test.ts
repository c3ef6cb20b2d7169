import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LobbyRecord } from '../../../src/lobby/battles/record.ts';
import { parseCommand, runCommand, type Sender } from '../../../src/lobby/consul/commands/index.ts';
import { endOfSplit, SPLIT_MS, stillHere, whoGoes } from '../../../src/lobby/consul/split.ts';
import { type ConsulState, newConsulState } from '../../../src/lobby/consul/state.ts';
import { lobby, member } from '../records.ts';

const RECORD = lobby([2, 3, 4, 5, 6].map((userId) => member(userId)));
const PEOPLE = { named: () => undefined, numbered: () => undefined, rankOf: () => 0, isHost: () => false };

/** What members say, one after another: user id and line. */
function say(...lines: [userId: number, line: string][]): ConsulState {
  return lines.reduce<ConsulState>((state, [userId, line]) => {
    const sender: Sender = { userId, name: `user${userId}`, moderator: userId === 99 };
    const input = { state, record: RECORD, sender, limit: 16, now: 1_000, id: `split by ${userId}`, people: PEOPLE };
    return runCommand(parseCommand(line)!, { ...input, restrictions: new Set<string>() }).state;
  }, newConsulState(0));
}

function going(...lines: [userId: number, line: string][]): number[] {
  return whoGoes(say([2, '$splitlobby'], ...lines).split!).sort();
}

describe('a split', () => {
  it('has a deadline in the state, and only one is under way', () => {
    const { split } = say([2, '$splitlobby'], [3, '$splitlobby']);
    assert.deepEqual(split, { id: 'split by 2', first: 2, deadline: 1_000 + SPLIT_MS, votes: [] });
  });

  it('takes along who says yes, and not who says no or nothing', () => {
    assert.deepEqual(going([3, '$y'], [4, '$n'], [5, '$yes']), [2, 3, 5]);
  });

  it('counts the last word of each', () => {
    assert.deepEqual(going([3, '$y'], [3, '$n'], [4, '$no'], [4, '$y']), [2, 4]);
    assert.deepEqual(going([3, '$follow user4'], [4, '$y'], [3, '$n']), [2, 4]);
  });

  it('takes along who follows somebody who goes, over any number of steps', () => {
    assert.deepEqual(going([3, '$follow user4'], [4, '$follow user5'], [5, '$y']), [2, 3, 4, 5]);
    assert.deepEqual(going([3, '$follow user4'], [4, '$follow user2']), [2, 3, 4]);
  });

  it('leaves who follows in a circle, himself, a no or a silent one', () => {
    assert.deepEqual(going([3, '$follow user4'], [4, '$follow user5'], [5, '$follow user3']), [2]);
    assert.deepEqual(going([3, '$follow user3'], [4, '$follow user5'], [5, '$n'], [6, '$follow user1']), [2]);
  });

  it('is not for the host, nor is an answer without one', () => {
    assert.equal(say([1, '$splitlobby']).split, null);
    assert.deepEqual(going([1, '$y']), [2]);
    assert.equal(say([3, '$y']).split, null);
  });

  it('is cancelled by a moderator', () => {
    assert.equal(say([2, '$splitlobby'], [99, '$cancelsplit']).split, null);
  });
});

describe('the end of a split', () => {
  const split = say([2, '$splitlobby'], [3, '$y'], [4, '$n']).split!;
  const empty = { ...lobby(), lobbyId: 20, title: 'Empty' };

  it('moves the first and who goes along to an empty lobby of the same game', () => {
    const full = { ...lobby([member(7)]), lobbyId: 13 };
    const others = [{ ...empty, lobbyId: 14, locked: true }, { ...empty, lobbyId: 15, password: 'x' }, full];
    const end = endOfSplit(
      split,
      RECORD,
      [RECORD, ...others, { ...empty, lobbyId: 16, gameName: 'x' }, empty],
      0.99,
      5,
    );
    assert.deepEqual(
      end.departures.map(({ userId, to }) => [userId, to]),
      [
        [2, 20],
        [3, 20],
      ],
    );
    assert.match(end.announcement, /user2, user3 go to Empty/);
  });

  it('follows the first to where he has gone meanwhile', () => {
    const left = lobby([3, 4].map((userId) => member(userId)));
    const own = { ...lobby([member(2)], { founder: 2 }), lobbyId: 30 };
    const { departures } = endOfSplit(split, left, [left, own, empty], 0, 5);
    assert.deepEqual(
      departures.map(({ userId, to }) => [userId, to]),
      [[3, 30]],
    );
  });

  it('is nothing when nobody goes along, there is no empty lobby, or the first has gone away', () => {
    const alone = say([2, '$splitlobby'], [4, '$n']).split!;
    assert.deepEqual(endOfSplit(alone, RECORD, [RECORD, empty], 0, 5).departures, []);
    assert.match(endOfSplit(alone, RECORD, [RECORD, empty], 0, 5).announcement, /nobody goes along/);
    assert.match(endOfSplit(split, RECORD, [RECORD], 0, 5).announcement, /no empty lobby/);
    const left = lobby([3, 4].map((userId) => member(userId)));
    assert.match(endOfSplit(split, left, [left, empty], 0, 5).announcement, /has left/);
  });

  it('sends again who is still here in the same stay, for a while', () => {
    const { departures } = endOfSplit(split, RECORD, [RECORD, empty], 0, 5);
    const ids = (record: LobbyRecord, now: number) => stillHere(departures, record, now).map(({ userId }) => userId);
    assert.deepEqual(ids(RECORD, 6), [2, 3]);
    assert.deepEqual(ids(lobby([member(2, { turn: 2 }), member(3)]), 6), [3]);
    assert.deepEqual(ids(lobby([member(2, { session: 'newer' })]), 6), []);
    assert.deepEqual(ids(RECORD, 60_000), []);
  });
});
