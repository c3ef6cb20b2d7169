import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type LobbyRecord, memberOf } from '../../../src/lobby/battles/record.ts';
import {
  type CommandOutcome,
  type People,
  parseCommand,
  runCommand,
  type Sender,
} from '../../../src/lobby/consul/commands/index.ts';
import { type ConsulState, newConsulState } from '../../../src/lobby/consul/state.ts';
import { welcomeLines } from '../../../src/lobby/consul/welcome.ts';
import { decodeBattleStatus } from '../../../src/lobby/status/battle-status.ts';
import { lobby, member, PLAYER } from '../records.ts';

const HOST = { userId: 1, name: 'user1', moderator: false };
const GUEST = { userId: 2, name: 'user2', moderator: false };
const MODERATOR = { userId: 9, name: 'mod', moderator: true };
const RECORD = lobby([member(2), member(3, { status: PLAYER }), member(4, { name: '[ABC]Dora' })]);
const FAR = { userId: 77, name: 'Far' };
const LANDLORD = { userId: 78, name: 'Landlord' };

const PEOPLE: People = {
  named: (name) => (name === FAR.name ? FAR : undefined),
  numbered: (userId) => [FAR, LANDLORD].find((target) => target.userId === userId),
  rankOf: (userId) => (userId === 2 ? 1 : 5),
  isHost: (userId) => userId === 78,
};

function run(
  line: string,
  sender: Sender = HOST,
  state: ConsulState = newConsulState(0),
  over: { record?: LobbyRecord; restrictions?: ReadonlySet<string> } = {},
): CommandOutcome {
  const input = {
    state,
    record: RECORD,
    sender,
    limit: 16,
    now: 100,
    id: 'x',
    people: PEOPLE,
    restrictions: new Set<string>(),
  };
  return runCommand(parseCommand(line)!, { ...input, ...over });
}

/** The record after the outcome. */
function after({ change }: CommandOutcome, record = RECORD): LobbyRecord {
  return change ? change(record) : record;
}

function statusOf(record: LobbyRecord, userId: number) {
  return decodeBattleStatus(memberOf(record, userId)!.status);
}

describe('reading a command', () => {
  it('takes the name, the rest, and % for silence', () => {
    assert.deepEqual(parseCommand('$Lock team  side '), { name: 'lock', rest: 'team  side', silent: false });
    assert.deepEqual(parseCommand('$%status'), { name: 'status', rest: '', silent: true });
  });

  it('leaves plain chat alone', () => {
    for (const line of ['$ status', '$', '$%', '$% x', 'hello $status', '', '!start']) {
      assert.equal(parseCommand(line), undefined, line);
    }
  });
});

describe('locks', () => {
  it('are set and let go by the host, several at a time, without doubles', () => {
    const { state } = run('$lock side team team', HOST, run('$lock team').state);
    assert.deepEqual(state.locks, ['team', 'side']);
    assert.deepEqual(run('$unlock side player', HOST, state).state.locks, ['team']);
  });

  it('of unknown names change nothing', () => {
    const outcome = run('$lock nonsense');
    assert.deepEqual(outcome.state.locks, []);
    assert.equal(outcome.accepted, false);
    assert.equal(outcome.notices.length, 1);
  });

  it('are not for guests, but for moderators', () => {
    assert.equal(run('$lock team', GUEST).accepted, false);
    assert.deepEqual(run('$lock team', GUEST).state.locks, []);
    assert.deepEqual(run('$lock team', { ...GUEST, moderator: true }).state.locks, ['team']);
  });
});

describe('the join queue', () => {
  it('is joined once, in order, and left', () => {
    const first = run('$joinq', GUEST);
    assert.deepEqual(first.state.queue, [2]);
    assert.match(run('$joinq', GUEST, first.state).notices[0]!, /already, at position 1/);
    const second = run('$joinq', HOST, first.state);
    assert.deepEqual(second.state.queue, [2, 1]);
    assert.deepEqual(run('$leaveq', GUEST, second.state).state.queue, [1]);
  });

  it('has a second part for low priority, always behind the first, and none for who is forbidden it', () => {
    const low = run('$joinq', GUEST, newConsulState(0), { restrictions: new Set(['Low priority']) });
    assert.deepEqual([low.state.queue, low.state.lowQueue], [[], [2]]);
    const next = run('$joinq', { userId: 4, name: '[ABC]Dora', moderator: false }, low.state);
    assert.match(next.notices[0]!, /position 1\b/);
    assert.match(run('$joinq', GUEST, next.state).notices[0]!, /already, at position 2/);
    const refused = run('$joinq', GUEST, newConsulState(0), { restrictions: new Set(['Game queue']) });
    assert.equal(refused.accepted, false);
    assert.deepEqual(refused.state.queue, []);
    assert.deepEqual(run('$leaveq', GUEST, low.state).state.lowQueue, []);
  });

  it('is not for who may not play', () => {
    const ban = { userId: 2, name: 'user2', level: 'spectator', by: 1, reason: '' } as const;
    assert.equal(run('$joinq', GUEST, { ...newConsulState(0), bans: [ban] }).accepted, false);
    assert.equal(run('$joinq', GUEST, { ...newConsulState(0), levelToPlay: 2 }).accepted, false);
  });

  it('has its front for a $vip, once, which everybody hears', () => {
    const queued = { ...newConsulState(0), queue: [1, 4], lowQueue: [2] };
    const { state, announcements } = run('$%vip user2', MODERATOR, queued);
    assert.deepEqual([state.queue, state.lowQueue], [[2, 1, 4], []]);
    assert.match(announcements[0]!, /user2 at the front/);
    assert.deepEqual(run('$vip user2', MODERATOR, state).state.queue, [2, 1, 4]);
    assert.equal(run('$vip user3', MODERATOR, state).accepted, false, 'he plays');
    assert.equal(run('$vip user2', HOST, queued).accepted, false, 'for moderators');
  });

  it('is not for players', () => {
    assert.deepEqual(run('$joinq', { userId: 3, name: 'user3', moderator: false }).state.queue, []);
  });
});

describe('other commands', () => {
  it('the welcome message is announced, told framed, and cleared by nothing', () => {
    const set = run('$welcome-message Be kind, please');
    assert.match(set.announcements[0]!, /Be kind, please/);
    assert.deepEqual(welcomeLines(set.state), ['#'.repeat(40), 'Be kind, please', '#'.repeat(40)]);
    assert.deepEqual(welcomeLines(run('$welcome-message', HOST, set.state).state), []);
  });

  it('status tells the lobby, the locks and the own place in the queue', () => {
    const { notices, accepted } = run('$s', GUEST, { ...newConsulState(0), locks: ['side'], queue: [2] });
    assert.equal(accepted, true);
    assert.equal(notices[0], 'Status for battle #12');
    assert.ok(notices.includes('Locks: side'));
    assert.ok(notices.includes('Your position in the queue: 1'));
    assert.ok(notices.includes('Join queue: user2'));
  });

  it('an unknown one gets a notice and is not echoed', () => {
    const outcome = run('$constructor');
    assert.equal(outcome.accepted, false);
    assert.match(outcome.notices[0]!, /No command/);
  });
});

describe('whom a command means', () => {
  it('is a name, an id, or a part of the name of somebody here, whatever the case', () => {
    for (const word of ['[ABC]Dora', '#4', 'dora', 'ABC', '[abc]dora']) {
      assert.deepEqual(
        run(`$lobbyban ${word}`).state.bans.map(({ userId }) => userId),
        [4],
        word,
      );
    }
  });

  it('a whole name before a part of one', () => {
    const record = lobby([member(5, { name: 'annabel' }), member(6, { name: 'anna' })]);
    assert.deepEqual(run('$lobbyban anna', HOST, newConsulState(0), { record }).state.bans[0]?.userId, 6);
  });

  it('may be somebody elsewhere, by his whole name or id; an unknown name is harmless', () => {
    assert.deepEqual(run('$lobbyban Far').state.bans[0]?.userId, 77);
    assert.deepEqual(run('$lobbyban #77').state.bans[0]?.userId, 77);
    for (const line of [
      '$lobbyban nobody',
      '$lobbyban',
      '$unban nobody',
      '$timeout x',
      '$lobbykick x',
      '$forceplay x',
    ]) {
      const outcome = run(line, MODERATOR);
      assert.deepEqual([outcome.accepted, outcome.notices.length, outcome.change], [false, 1, null], line);
      assert.deepEqual(outcome.state, newConsulState(0), line);
    }
  });
});

describe('bans', () => {
  it('put out, keep out with a reason, and are lifted by name or id even when he is gone', () => {
    const outcome = run('$lobbyban user2 be  gone');
    assert.deepEqual(outcome.state.bans, [{ userId: 2, name: 'user2', level: 'banned', by: 1, reason: 'be  gone' }]);
    assert.equal(memberOf(after(outcome), 2), undefined);
    assert.deepEqual(after(outcome).kicks, [{ session: 's2', turn: 1 }]);
    assert.equal(outcome.news, 'ban');
    const record = after(outcome);
    for (const word of ['user2', 'USER2', '#2']) {
      assert.deepEqual(run(`$unban ${word}`, HOST, outcome.state, { record }).state.bans, [], word);
    }
    assert.equal(run('$unban user3', HOST, outcome.state).accepted, false);
  });

  it('of several at once, with one reason', () => {
    const outcome = run('$lobbybanmult user2 #3 nobody !! we need room');
    assert.deepEqual(
      outcome.state.bans.map(({ userId, reason }) => [userId, reason]),
      [
        [2, 'we need room'],
        [3, 'we need room'],
      ],
    );
    assert.deepEqual(
      after(outcome).members.map(({ userId }) => userId),
      [1, 4],
    );
    assert.match(outcome.notices.join(), /nobody called nobody/);
  });

  it('a timeout is none of them; a kick bans nobody; neither is for the host to give', () => {
    const timeout = run('$timeout user2', MODERATOR);
    assert.deepEqual([timeout.state.bans.length, timeout.state.timeouts.length], [0, 1]);
    assert.equal(memberOf(after(timeout), 2), undefined);
    const kick = run('$lobbykick user2', MODERATOR);
    assert.deepEqual([kick.state.bans.length, kick.state.timeouts.length, kick.accepted], [0, 0, true]);
    assert.equal(memberOf(after(kick), 2), undefined);
    for (const line of ['$timeout user2', '$lobbykick user2']) assert.equal(run(line, HOST).accepted, false);
  });

  it('$speclock makes a spectator of him and lets him not play again until lifted', () => {
    const outcome = run('$speclock user3');
    assert.deepEqual(
      outcome.state.bans.map(({ userId, level }) => [userId, level]),
      [[3, 'spectator']],
    );
    assert.equal(statusOf(after(outcome), 3).player, false);
    assert.deepEqual(run('$unban user3', HOST, outcome.state).state.bans, []);
  });

  it('never hit the host', () => {
    for (const line of ['$lobbyban user1', '$lobbykick #1', '$timeout user1', '$lobbybanmult user1']) {
      const outcome = run(line, MODERATOR);
      assert.equal(outcome.accepted, false, line);
      assert.equal(outcome.change, null, line);
    }
  });
});

describe('what is done to members', () => {
  const unready = PLAYER & ~2;
  const record = lobby([member(2, { status: unready }), member(3, { status: PLAYER }), member(4, { status: 0 })]);
  const at = { record };

  it('$specunready makes spectators of players who are not ready, and rings them', () => {
    const outcome = run('$specunready', HOST, newConsulState(0), at);
    assert.deepEqual(outcome.rings, [2]);
    assert.deepEqual(
      [2, 3].map((id) => statusOf(after(outcome, record), id).player),
      [false, true],
    );
  });

  it('$makeready makes all players ready, or the one who is named, and rings them', () => {
    const all = run('$makeready', HOST, newConsulState(0), at);
    assert.deepEqual(all.rings, [2]);
    assert.equal(statusOf(after(all, record), 2).ready, true);
    const one = run('$makeready user4', HOST, newConsulState(0), at);
    assert.deepEqual(one.rings, [4]);
    assert.deepEqual(
      [2, 4].map((id) => statusOf(after(one, record), id).ready),
      [false, true],
    );
  });

  it('$forceplay and $forcespec set whether he plays', () => {
    const plays = run('$forceplay user4', HOST, { ...newConsulState(0), queue: [4] }, at);
    assert.deepEqual([statusOf(after(plays, record), 4).player, statusOf(after(plays, record), 4).ready], [true, true]);
    assert.deepEqual(plays.state.queue, []);
    assert.equal(statusOf(after(run('$forcespec user3', HOST, newConsulState(0), at), record), 3).player, false);
  });

  it('$success lets all players say !y, $pull brings somebody here', () => {
    const { says } = run('$success', MODERATOR, newConsulState(0), at);
    assert.deepEqual(
      says.map(({ userId, text }) => [userId, text]),
      [
        [2, '!y'],
        [3, '!y'],
      ],
    );
    assert.deepEqual(run('$pull Far').pulls, [77]);
    assert.deepEqual(run('$pull user2').pulls, [], 'who is here stays');
    assert.equal(run('$pull nobody').accepted, false);
    assert.equal(run('$pull #78').accepted, false, 'a host would close his lobby by going');
  });
});

describe('rights', () => {
  const boss = { ...newConsulState(0), bosses: [2] };

  it('a boss has the gatekeeper, the welcome message and memes, and no more', () => {
    assert.equal(run('$gatekeeper friends', GUEST).accepted, false);
    assert.equal(run('$gatekeeper friends', GUEST, boss).state.gatekeeper, 'friends');
    assert.equal(run('$welcome-message hi', GUEST, boss).state.welcome, 'hi');
    assert.equal(run('$meme poor', GUEST, boss).accepted, true);
    assert.equal(run('$lock team', GUEST, boss).accepted, false);
    assert.equal(run('$lobbyban user3', GUEST, boss).accepted, false);
  });

  it('numbers, $reset and the end of a split are for moderators', () => {
    for (const line of [
      '$playerlimit 4',
      '$leveltoplay 2',
      '$leveltospectate 2',
      '$reset',
      '$success',
      '$dosplit',
      '$cancelsplit',
    ]) {
      assert.match(run(line, HOST).notices[0]!, /Only a moderator/, line);
    }
  });

  it('$help lists what the sender may use', () => {
    const listed = (sender: Sender) => run('$help', sender).notices.join();
    assert.ok(!listed(GUEST).includes('$lobbyban') && listed(HOST).includes('$lobbyban'));
    assert.ok(!listed(HOST).includes('$timeout') && listed(MODERATOR).includes('$timeout'));
  });
});

describe('settings', () => {
  it('take numbers, and ignore what is none', () => {
    assert.equal(run('$leveltoplay 3', MODERATOR).state.levelToPlay, 3);
    assert.equal(run('$leveltospectate 1', MODERATOR).state.levelToSpectate, 1);
    assert.equal(run('$playerlimit 4', MODERATOR).state.playerLimit, 4);
    for (const line of ['$leveltoplay', '$leveltoplay x', '$playerlimit 0', '$playerlimit -1', '$leveltospectate 99']) {
      const outcome = run(line, MODERATOR);
      assert.deepEqual([outcome.accepted, outcome.state], [false, newConsulState(0)], line);
    }
  });

  it('$gatekeeper knows its words only', () => {
    assert.equal(run('$gatekeeper FriendsPlay').state.gatekeeper, 'friendsplay');
    assert.equal(
      run('$gatekeeper default', HOST, { ...newConsulState(0), gatekeeper: 'friends' }).state.gatekeeper,
      'default',
    );
    assert.equal(run('$gatekeeper nonsense').accepted, false);
  });

  it('$reset forgets everything but that the lobby is open', () => {
    const full = { ...run('$lobbyban user2').state, opened: true, queue: [3], welcome: 'x', matchRuns: true };
    assert.deepEqual(run('$reset', MODERATOR, full).state, { ...newConsulState(0), opened: true, matchRuns: true });
  });
});

describe('the lobby itself', () => {
  it('gets a new title and tags', () => {
    assert.equal(after(run('$rename  A new   title ')).title, 'A new title');
    assert.equal(run('$rename').accepted, false);
    assert.deepEqual(after(run('$settag Game/Speed 2 x')).tags, [{ key: 'game/speed', value: '2 x' }]);
    assert.equal(run('$settag onlykey').accepted, false);
    assert.equal(run(`$settag k ${'x'.repeat(3_000)}`).accepted, false);
  });

  it('a meme replaces the one before, and undo takes away no more than memes brought', () => {
    const own = { ...RECORD, disabledUnits: ['armcom'], tags: [{ key: 'a', value: 'b' }] };
    const rich = after(run('$meme rich'), own);
    assert.equal(rich.tags.length, 3);
    const green = after(run('$meme Greenfields'), rich);
    assert.deepEqual(green.tags, own.tags);
    assert.ok(green.disabledUnits.includes('armmex') && green.disabledUnits[0] === 'armcom');
    const undone = after(run('$meme undo'), green);
    assert.deepEqual([undone.tags, undone.disabledUnits], [own.tags, own.disabledUnits]);
    assert.equal(run('$meme constructor').accepted, false);
  });
});
