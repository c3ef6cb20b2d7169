import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { memberOf } from '../../../src/lobby/battles/record.ts';
import {
  absentMembers,
  decideStatus,
  NOTICES,
  nextPlayer,
  type Person,
  promoted,
  whyNotEnter,
  withPrunedQueues,
} from '../../../src/lobby/consul/decisions.ts';
import { type ConsulState, type Lock, newConsulState } from '../../../src/lobby/consul/state.ts';
import { type BattleStatus, decodeBattleStatus, encodeBattleStatus } from '../../../src/lobby/status/battle-status.ts';
import { lobby, member, PLAYER } from '../records.ts';

const LIMIT = 16;
const player = decodeBattleStatus(PLAYER);

function state(over: Partial<ConsulState> = {}): ConsulState {
  return { ...newConsulState(0), ...over };
}

function person(userId: number, over: Partial<Person> = {}): Person {
  return { userId, rank: 0, friends: [], ...over };
}

function word(over: Partial<BattleStatus>): number {
  return encodeBattleStatus({ ...player, ...over });
}

describe('the status decision', () => {
  it('grants what nothing speaks against', () => {
    const record = lobby([member(2)]);
    assert.deepEqual(decideStatus(state(), record, memberOf(record, 2)!, PLAYER, LIMIT, person(2)), {
      status: PLAYER,
      notices: [],
    });
  });

  it('keeps a spectator when the lobby is full, and tells about the queue', () => {
    const record = lobby([member(2), member(3, { status: PLAYER })], { maxPlayers: 1 });
    const decision = decideStatus(state(), record, memberOf(record, 2)!, word({ side: 2 }), LIMIT, person(2));
    assert.deepEqual(decision, { status: word({ side: 2, player: false }), notices: [NOTICES.full] });
  });

  it("takes the site's limit where it is lower than the lobby's maximum", () => {
    const record = lobby([member(2), member(3, { status: PLAYER })]);
    assert.equal(decideStatus(state(), record, memberOf(record, 2)!, PLAYER, 1, person(2)).notices[0], NOTICES.full);
  });

  it('lets a player of a full lobby change the rest of his status', () => {
    const record = lobby([member(2, { status: PLAYER })], { maxPlayers: 1 });
    assert.equal(
      decideStatus(state(), record, memberOf(record, 2)!, word({ team: 4 }), LIMIT, person(2)).status,
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
        person(2),
      );
      assert.equal(decision.status, word(others));
    });
  }

  it('lock player keeps a spectator one, and lets a player stop playing', () => {
    const record = lobby([member(2), member(3, { status: PLAYER })]);
    const locked = state({ locks: ['player'] });
    assert.equal(
      decideStatus(locked, record, memberOf(record, 2)!, PLAYER, LIMIT, person(2)).status,
      word({ player: false }),
    );
    const stops = word({ player: false });
    assert.equal(decideStatus(locked, record, memberOf(record, 3)!, stops, LIMIT, person(3)).status, stops);
  });

  it('makes who is not ready a spectator, and says why', () => {
    const record = lobby([member(2)]);
    const decision = decideStatus(state(), record, memberOf(record, 2)!, word({ ready: false }), LIMIT, person(2));
    assert.deepEqual(decision, { status: word({ ready: false, player: false }), notices: [NOTICES.unready] });
  });

  it('lets only the head of the join queue become a player', () => {
    const record = lobby([member(2), member(3)]);
    const queued = state({ queue: [3, 2] });
    assert.deepEqual(decideStatus(queued, record, memberOf(record, 2)!, PLAYER, LIMIT, person(2)).notices, [
      NOTICES.queued,
    ]);
    assert.deepEqual(decideStatus(queued, record, memberOf(record, 3)!, PLAYER, LIMIT, person(3)).notices, []);
  });
});

describe('who is barred', () => {
  const players = lobby([member(2), member(3, { status: PLAYER })]);
  const wish = (over: Partial<ConsulState>, over2: Partial<Person> = {}, record = players) =>
    decideStatus(state(over), record, memberOf(record, 2)!, PLAYER | (3 << 24), LIMIT, person(2, over2));
  const OLD = { status: 0, notices: [NOTICES.friends] };

  it('a rank below the least one makes a spectator, and is told why', () => {
    assert.deepEqual(wish({ levelToPlay: 3 }, { rank: 2 }).notices, [NOTICES.rank]);
    assert.equal(decodeBattleStatus(wish({ levelToPlay: 3 }, { rank: 2 }).status).player, false);
    assert.deepEqual(wish({ levelToPlay: 3 }, { rank: 3 }).notices, []);
  });

  it("the gatekeeper friendsplay refuses outright who is nobody's friend, and lets friends and the first one play", () => {
    assert.deepEqual(wish({ gatekeeper: 'friendsplay' }), OLD);
    assert.deepEqual(wish({ gatekeeper: 'friendsplay' }, { friends: [3] }).notices, []);
    assert.deepEqual(wish({ gatekeeper: 'friendsplay' }, {}, lobby([member(2)])).notices, []);
    assert.deepEqual(wish({ gatekeeper: 'friends' }).notices, [], 'that one looks at the door only');
  });

  it('a ban from playing refuses outright, with its reason', () => {
    const ban = { userId: 2, name: 'user2', level: 'spectator', by: 1, reason: 'watch' } as const;
    assert.deepEqual(wish({ bans: [ban] }), { status: 0, notices: ['watch'] });
    assert.deepEqual(wish({ bans: [{ ...ban, reason: '' }] }).notices, [NOTICES.banned]);
    assert.deepEqual(wish({ bans: [{ ...ban, userId: 3 }] }).notices, []);
  });

  it('the team size and count that the host told make a lobby full, but never beyond the limits of others', () => {
    assert.deepEqual(wish({ teamSize: 1, teamCount: 1 }).notices, [NOTICES.full]);
    assert.deepEqual(wish({ teamSize: 1 }).notices, []);
    assert.deepEqual(wish({ playerLimit: 1, teamSize: 8, teamCount: 2 }).notices, [NOTICES.full]);
  });
});

describe('the decision about entry', () => {
  const inside = lobby([member(2), member(3)]);
  const ban = { userId: 5, name: 'user5', level: 'banned', by: 1, reason: 'go away' } as const;

  it('keeps out who is banned or has a timeout, with the reason', () => {
    assert.equal(whyNotEnter(state({ bans: [ban] }), inside, person(5)), 'go away');
    assert.equal(
      whyNotEnter(state({ timeouts: [{ ...ban, reason: '' }] }), inside, person(5)),
      'You are banned from this lobby',
    );
    assert.equal(whyNotEnter(state({ bans: [{ ...ban, level: 'spectator' }] }), inside, person(5)), undefined);
    assert.equal(whyNotEnter(state({ bans: [ban] }), inside, person(6)), undefined);
  });

  it('lets in friends of somebody inside, anybody into an empty lobby, and always the host', () => {
    const friends = state({ gatekeeper: 'friends' });
    assert.match(whyNotEnter(friends, inside, person(5))!, /friends/);
    assert.equal(whyNotEnter(friends, inside, person(5, { friends: [9, 3] })), undefined);
    assert.equal(whyNotEnter(friends, lobby([]), person(5)), undefined);
    assert.equal(whyNotEnter(friends, inside, person(1)), undefined);
    assert.equal(whyNotEnter(state({ gatekeeper: 'friendsplay' }), inside, person(5)), undefined);
  });

  it('keeps out whose rank is too low to watch', () => {
    assert.match(whyNotEnter(state({ levelToSpectate: 2 }), inside, person(5, { rank: 1 }))!, /rank/);
    assert.equal(whyNotEnter(state({ levelToSpectate: 2 }), inside, person(5, { rank: 2 })), undefined);
  });
});

describe('the join queue', () => {
  it('forgets who left and who plays', () => {
    const record = lobby([member(2), member(3, { status: PLAYER })]);
    const pruned = withPrunedQueues(state({ queue: [7, 3], lowQueue: [2, 3] }), record);
    assert.deepEqual([pruned.queue, pruned.lowQueue], [[], [2]]);
    assert.equal(withPrunedQueues(pruned, record), pruned);
  });

  it('has those of low priority behind all others', () => {
    const record = lobby([member(2), member(3)]);
    assert.equal(nextPlayer(state({ queue: [3], lowQueue: [2] }), record, LIMIT)?.userId, 3);
    assert.equal(nextPlayer(state({ lowQueue: [2] }), record, LIMIT)?.userId, 2);
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
