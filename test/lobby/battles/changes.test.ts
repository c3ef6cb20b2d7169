import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as changes from '../../../src/lobby/battles/changes.ts';
import { memberOf } from '../../../src/lobby/battles/record.ts';
import { LobbyRefused, type RefusalCode } from '../../../src/lobby/refusal.ts';
import { decodeBattleStatus } from '../../../src/lobby/status/battle-status.ts';
import { lobby, member, PLAYER } from '../records.ts';

const HOST = { userId: 1, session: 's1', moderator: false };
const GUEST = { userId: 2, session: 's2', moderator: false };
const STRANGER = { userId: 9, session: 's9', moderator: false };
const MODERATOR = { userId: 9, session: 's9', moderator: true };

function refuses(reason: RefusalCode, act: () => unknown): void {
  assert.throws(act, (error) => error instanceof LobbyRefused && error.reason === reason);
}

describe('entry', () => {
  it('is refused with the reason: locked, wrong password, already in', () => {
    const joiner = { userId: 2, moderator: false };
    refuses('BattleLocked', () => changes.checkEntry(lobby([], { locked: true }), joiner, ''));
    refuses('BattlePassword', () => changes.checkEntry(lobby([], { password: 'a' }), joiner, 'b'));
    refuses('BattlePassword', () => changes.checkEntry(lobby([], { password: 'a' }), joiner, '*'));
    refuses('InBattleAlready', () => changes.checkEntry(lobby([member(2)]), joiner, ''));
  });

  it('is not refused because of spectators, nor of players who are as many as may be, and takes * for no password', () => {
    const full = lobby([member(3, { status: PLAYER })], { maxPlayers: 1 });
    changes.checkEntry(full, { userId: 2, moderator: false }, '');
    const many = lobby([member(3), member(4), member(5)], { maxPlayers: 2 });
    changes.checkEntry(many, { userId: 2, moderator: false }, '*');
  });

  it('is open for moderators and for whom the server sends, locked or full or with a password', () => {
    const closed = lobby([member(3, { status: PLAYER })], { maxPlayers: 1, locked: true, password: 'x' });
    changes.checkEntry(closed, { userId: 2, moderator: true }, '');
    changes.checkEntry(closed, { userId: 2, moderator: false, forced: true }, '');
  });

  it('has a bound for everybody', () => {
    const crowd = Array.from({ length: changes.LOBBY_BOUNDS.members - 1 }, (_, at) => member(1_000 + at));
    const who = { userId: 2, moderator: true, forced: true };
    refuses('BattleFull', () => changes.checkEntry(lobby(crowd), who, ''));
    changes.checkEntry(lobby(crowd.slice(1)), who, '');
  });
});

describe('members', () => {
  it('leaving takes the own bots along, and only them', () => {
    const players = lobby([member(2, { status: PLAYER }), member(3, { status: PLAYER })]);
    const bot = { status: 0, colour: 0, ai: 'KAIK' };
    const mine = changes.addBot(players, GUEST, { name: 'mine', ...bot });
    const both = changes.addBot(mine, { ...GUEST, userId: 3, session: 's3' }, { name: 'theirs', ...bot });
    const after = changes.removeMember(both, 2, 's2');
    assert.deepEqual(
      after.bots.map(({ name }) => name),
      ['theirs'],
    );
    assert.equal(memberOf(after, 2), undefined);
  });

  it('a newer session is not taken out by what an older one asks', () => {
    const record = lobby([member(2, { session: 'newer' })]);
    assert.equal(changes.removeMember(record, 2, 's2'), record);
    refuses('NotInBattle', () => changes.setOwnStatus(record, GUEST, PLAYER, 0));
  });

  it('a kick is for the host, is remembered, and spares the host', () => {
    const record = lobby([member(2)]);
    refuses('NotAllowed', () => changes.kick(record, GUEST, 'user1'));
    refuses('NotAllowed', () => changes.kick(record, HOST, 'user1'));
    refuses('NoSuchMember', () => changes.kick(record, HOST, 'user7'));
    const after = changes.kick(record, HOST, 'user2');
    assert.deepEqual(after.kicks, [{ session: 's2', turn: 1 }]);
    assert.equal(memberOf(after, 2), undefined);
  });

  it('a member cannot set his own handicap; the host can, within 0..100', () => {
    const record = lobby([member(2)]);
    const own = changes.setOwnStatus(record, GUEST, 4373506, 255);
    assert.equal(decodeBattleStatus(memberOf(own, 2)!.status).handicap, 0);
    const handicapOf = (handicap: number): number =>
      decodeBattleStatus(memberOf(changes.force(record, HOST, 'user2', { handicap }), 2)!.status).handicap;
    assert.deepEqual([22, 500, -1].map(handicapOf), [22, 100, 0]);
  });

  it('the host forces team, ally, colour and spectating', () => {
    const record = lobby([member(2, { status: PLAYER })]);
    const after = [{ team: 3 }, { ally: 2 }, { colour: 77 }, { spectator: true } as const].reduce(
      (current, change) => changes.force(current, HOST, 'user2', change),
      record,
    );
    const { status, colour } = memberOf(after, 2)!;
    assert.equal(colour, 77);
    assert.deepEqual(decodeBattleStatus(status), { ...decodeBattleStatus(PLAYER), team: 3, ally: 2, player: false });
    refuses('NotAllowed', () => changes.force(record, GUEST, 'user1', { team: 1 }));
  });

  it('an unchanged status leaves the record as it is', () => {
    const record = lobby([member(2)]);
    assert.equal(changes.setOwnStatus(record, GUEST, 0, 0), record);
  });
});

describe('bots', () => {
  const bot = { name: 'bot', status: 1, colour: 2, ai: 'KAIK' };

  it('are added by players and the host only, under free names', () => {
    const record = lobby([member(2), member(3, { status: PLAYER })]);
    refuses('NotAllowed', () => changes.addBot(record, GUEST, bot));
    refuses('NotInBattle', () => changes.addBot(record, STRANGER, bot));
    const after = changes.addBot(record, HOST, bot);
    assert.equal(after.bots[0]?.owner, 1);
    refuses('BotExists', () => changes.addBot(after, { ...GUEST, userId: 3, session: 's3' }, bot));
  });

  it('are changed and removed by owner, host and moderators', () => {
    const record = changes.addBot(lobby([member(2, { status: PLAYER }), member(3)]), GUEST, bot);
    for (const actor of [GUEST, HOST, MODERATOR]) {
      assert.equal(changes.updateBot(record, actor, 'bot', { status: 10, colour: 8 }).bots[0]?.status, 10);
      assert.deepEqual(changes.removeBot(record, actor, 'bot').bots, []);
    }
    refuses('NotAllowed', () => changes.removeBot(record, { ...GUEST, userId: 3, session: 's3' }, 'bot'));
    refuses('NoSuchBot', () => changes.removeBot(record, HOST, 'other'));
  });
});

describe("the host's settings", () => {
  it('tags: keys are lower-cased, unknown ones are removed without complaint', () => {
    const set = changes.setTags(lobby(), HOST, [
      { key: 'Game/StartPosType', value: '2' },
      { key: '__proto__', value: 'x' },
    ]);
    const again = changes.setTags(set, HOST, [{ key: 'game/startpostype', value: '3' }]);
    assert.deepEqual(again.tags, [
      { key: 'game/startpostype', value: '3' },
      { key: '__proto__', value: 'x' },
    ]);
    assert.deepEqual(changes.removeTags(again, HOST, ['GAME/startpostype', 'nothing', '__proto__']).tags, []);
  });

  it('rectangles: one per team', () => {
    const rect = { team: 1, left: 0, top: 0, right: 50, bottom: 50 };
    const record = changes.addRect(changes.addRect(lobby(), HOST, rect), HOST, { ...rect, right: 100 });
    assert.deepEqual(record.rects, [{ ...rect, right: 100 }]);
    assert.deepEqual(changes.removeRect(record, HOST, 1).rects, []);
  });

  it('units: disabled once, enabled one by one or all', () => {
    const record = changes.disableUnits(changes.disableUnits(lobby(), HOST, ['a', 'b']), HOST, ['b', 'c']);
    assert.deepEqual(record.disabledUnits, ['a', 'b', 'c']);
    assert.deepEqual(changes.enableUnits(record, HOST, ['b', 'x']).disabledUnits, ['a', 'c']);
    assert.deepEqual(changes.enableUnits(record, HOST, 'all').disabledUnits, []);
  });

  it('are not for guests, strangers, or an older session of the host', () => {
    const older = { ...HOST, session: 'older' };
    for (const actor of [GUEST, STRANGER, older]) {
      refuses('NotAllowed', () => changes.setTags(lobby([member(2)]), actor, [{ key: 'a', value: 'b' }]));
      refuses('NotAllowed', () =>
        changes.updateInfo(lobby([member(2)]), actor, { spectators: 0, locked: true, mapHash: '1', mapName: 'm' }),
      );
    }
  });

  it('are bounded', () => {
    const many = Array.from({ length: 1_001 }, (_, at) => ({ key: `k${at}`, value: '' }));
    refuses('BadValue', () => changes.setTags(lobby(), HOST, many));
  });
});
