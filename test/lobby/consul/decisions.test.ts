import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { memberOf } from '../../../src/lobby/battles/record.ts';
import {
  absentMembers,
  decideStatus,
  NOTICES,
  nextPlayer,
  promoted,
  prunedQueue,
} from '../../../src/lobby/consul/decisions.ts';
import { type ConsulState, type Lock, newConsulState } from '../../../src/lobby/consul/state.ts';
import { type BattleStatus, decodeBattleStatus, encodeBattleStatus } from '../../../src/lobby/status/battle-status.ts';
import { lobby, member, PLAYER } from '../records.ts';

const LIMIT = 16;
const player = decodeBattleStatus(PLAYER);

function state(over: Partial<ConsulState> = {}): ConsulState {
  return { ...newConsulState(0), ...over };
}

function word(over: Partial<BattleStatus>): number {
  return encodeBattleStatus({ ...player, ...over });
}

describe('the status decision', () => {
  it('grants what nothing speaks against', () => {
    const record = lobby([member(2)]);
    assert.deepEqual(decideStatus(state(), record, memberOf(record, 2)!, PLAYER, LIMIT), {
      status: PLAYER,
      notices: [],
    });
  });

  it('keeps a spectator when the lobby is full, and tells about the queue', () => {
    const record = lobby([member(2), member(3, { status: PLAYER })], { maxPlayers: 1 });
    const decision = decideStatus(state(), record, memberOf(record, 2)!, word({ side: 2 }), LIMIT);
    assert.deepEqual(decision, { status: word({ side: 2, player: false }), notices: [NOTICES.full] });
  });

  it("takes the site's limit where it is lower than the lobby's maximum", () => {
    const record = lobby([member(2), member(3, { status: PLAYER })]);
    assert.equal(decideStatus(state(), record, memberOf(record, 2)!, PLAYER, 1).notices[0], NOTICES.full);
  });

  it('lets a player of a full lobby change the rest of his status', () => {
    const record = lobby([member(2, { status: PLAYER })], { maxPlayers: 1 });
    assert.equal(
      decideStatus(state(), record, memberOf(record, 2)!, word({ team: 4 }), LIMIT).status,
      word({ team: 4 }),
    );
  });

  const pins: [Lock, Partial<BattleStatus>][] = [
    ['team', { ally: 5 }],
    ['allyid', { team: 5 }],
    ['side', { side: 5 }],
    ['spectator', { player: false }],
  ];
  for (const [lock, change] of pins) {
    it(`lock ${lock} pins its own field of a player and no other`, () => {
      const record = lobby([member(2, { status: PLAYER })]);
      const others = {
        sync: 2,
        ...Object.fromEntries(pins.filter(([other]) => other !== lock).flatMap(([, fields]) => Object.entries(fields))),
      };
      const decision = decideStatus(
        state({ locks: [lock] }),
        record,
        memberOf(record, 2)!,
        word({ ...others, ...change }),
        LIMIT,
      );
      assert.equal(decision.status, word(others));
    });
  }

  it('lock player keeps a spectator one, and lets a player stop playing', () => {
    const record = lobby([member(2), member(3, { status: PLAYER })]);
    const locked = state({ locks: ['player'] });
    assert.equal(decideStatus(locked, record, memberOf(record, 2)!, PLAYER, LIMIT).status, word({ player: false }));
    const stops = word({ player: false });
    assert.equal(decideStatus(locked, record, memberOf(record, 3)!, stops, LIMIT).status, stops);
  });

  it('makes who is not ready a spectator, and says why', () => {
    const record = lobby([member(2)]);
    const decision = decideStatus(state(), record, memberOf(record, 2)!, word({ ready: false }), LIMIT);
    assert.deepEqual(decision, { status: word({ ready: false, player: false }), notices: [NOTICES.unready] });
  });

  it('lets only the head of the join queue become a player', () => {
    const record = lobby([member(2), member(3)]);
    const queued = state({ queue: [3, 2] });
    assert.deepEqual(decideStatus(queued, record, memberOf(record, 2)!, PLAYER, LIMIT).notices, [NOTICES.queued]);
    assert.deepEqual(decideStatus(queued, record, memberOf(record, 3)!, PLAYER, LIMIT).notices, []);
  });
});

describe('the join queue', () => {
  it('forgets who left and who plays', () => {
    const record = lobby([member(2), member(3, { status: PLAYER })]);
    assert.deepEqual(prunedQueue(state({ queue: [7, 3, 2] }), record), [2]);
  });

  it('promotes its head when a place is free, and only then', () => {
    const full = lobby([member(2), member(3, { status: PLAYER })], { maxPlayers: 1 });
    assert.equal(nextPlayer(state({ queue: [2] }), full, LIMIT), undefined);
    const next = nextPlayer(state({ queue: [2] }), { ...full, maxPlayers: 2 }, LIMIT);
    assert.equal(next?.userId, 2);
    assert.equal(decodeBattleStatus(promoted(next!).status).player, true);
  });
});

it('members whose session is gone or another one are absent', () => {
  const record = lobby([member(2), member(3)]);
  const present = new Map([
    [1, 's1'],
    [2, 'newer'],
  ]);
  assert.deepEqual(
    absentMembers(record, (userId) => present.get(userId)).map(({ userId }) => userId),
    [2, 3],
  );
});
