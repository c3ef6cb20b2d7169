import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CommandOutcome, parseCommand, runCommand, welcomeLines } from '../../../src/lobby/consul/commands.ts';
import { type ConsulState, newConsulState } from '../../../src/lobby/consul/state.ts';
import { lobby, member, PLAYER } from '../records.ts';

const HOST = { userId: 1, name: 'user1', moderator: false };
const GUEST = { userId: 2, name: 'user2', moderator: false };
const RECORD = lobby([member(2), member(3, { status: PLAYER })]);

function run(line: string, sender = HOST, state: ConsulState = newConsulState(0)): CommandOutcome {
  return runCommand(parseCommand(line)!, { state, record: RECORD, sender, limit: 16 });
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
