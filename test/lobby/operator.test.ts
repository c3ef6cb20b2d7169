/** What an operator does to accounts, on whichever node. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Operation, operate } from '../../src/lobby/index.ts';
import { OPEN_REQUEST } from './records.ts';
import { memoryStore, PASSWORD, SimulatedLobby } from './simulated-lobby.ts';

function asks(lobby: SimulatedLobby, node: string, operation: Operation) {
  return lobby.cluster.run(node, (on) => operate(on, operation));
}

function adds(name: string): Operation {
  return { kind: 'add-user', name, passwordHash: PASSWORD, email: null };
}

test('a user that was added can log in at once, on any node; a second of the name is refused', async () => {
  await using lobby = await SimulatedLobby.start();
  const { message } = await asks(lobby, 'n1', adds('alice'));
  assert.match(message, /^user alice was added \(id \d+\)$/);
  const alice = await lobby.client('alice', 'n3');
  assert.equal(alice.session.user().name, 'alice');
  await assert.rejects(asks(lobby, 'n2', adds('Alice')), { reason: 'NameTaken' });
});

test('roles are given and taken from the next login on', async () => {
  await using lobby = await SimulatedLobby.start();
  await asks(lobby, 'n1', adds('bob'));
  const role = (on: boolean): Operation => ({ kind: 'set-role', name: 'bob', role: 'moderator', on });
  await asks(lobby, 'n1', role(true));
  const bob = await lobby.client('bob', 'n2');
  assert.ok(bob.session.user().moderator);
  await asks(lobby, 'n3', role(false));
  const again = await lobby.client('bob', 'n2');
  assert.ok(!again.session.user().moderator);
  await assert.rejects(asks(lobby, 'n1', { ...role(true), name: 'nobody' } as Operation), { reason: 'NoSuchUser' });
});

test('a ban is written once, ends the session wherever it is, and is lifted once', async () => {
  const store = memoryStore();
  await using lobby = await SimulatedLobby.start({ store });
  const carol = await lobby.client('carol', 'n2');
  const { message } = await asks(lobby, 'n1', { kind: 'ban-user', name: 'carol', forMs: 7_200_000, reason: 'spam' });
  assert.match(message, /^carol is banned until \d{4}-.*Z; the session was ended$/);
  await lobby.until('the session ends', () => carol.ends.length > 0);
  assert.deepEqual(carol.ends, ['banned']);
  await assert.rejects(lobby.client('carol', 'n3'), { reason: 'Restricted' });
  const rows = await store.query('SELECT * FROM moderation_actions');
  assert.equal(rows.length, 1);
  const { restrictions, reason, created_at, expires_at, lifted_at } = rows[0]!;
  assert.deepEqual([restrictions, reason, lifted_at], ['["Login"]', 'spam', null]);
  assert.equal(Number(expires_at) - Number(created_at), 7_200_000);
  await asks(lobby, 'n3', { kind: 'unban-user', name: 'carol' });
  await assert.rejects(asks(lobby, 'n3', { kind: 'unban-user', name: 'carol' }), { message: 'carol is not banned' });
  const audit = await store.query('SELECT action, details FROM audit_log ORDER BY id');
  assert.deepEqual(audit, [
    { action: 'impose', details: `{"restrictions":["Login"],"reason":"spam","until":${expires_at}}` },
    { action: 'lift', details: '{"actionId":1}' },
  ]);
});

test('who is muted says nothing anywhere until he has his voice back; reports show what is imposed on whom they are about', async () => {
  await using lobby = await SimulatedLobby.start();
  const carol = await lobby.client('carol', 'n2');
  const dave = await lobby.client('dave', 'n1');
  const report = { name: 'carol', location: 'battle', locationId: 3, reason: 'rude' };
  assert.deepEqual((await asks(lobby, 'n3', { kind: 'list-reports' })).reports, []);
  await lobby.as(dave, (session) => session.report(report));
  await lobby.as(carol, (session) => session.report({ ...report, name: 'dave', locationId: null, reason: 'liar' }));
  const { message } = await asks(lobby, 'n1', { kind: 'mute-user', name: 'carol', forMs: null, reason: 'rude' });
  assert.equal(message, 'carol is muted for good, and is told so, also after each login');
  await lobby.as(carol, (session) => session.rooms.join('main'));
  const says = () => lobby.as(carol, (session) => session.rooms.say('main', 'hello'));
  await assert.rejects(says(), { reason: 'Restricted', message: /^You are muted: rude/ });
  const { reports } = await asks(lobby, 'n3', { kind: 'list-reports' });
  assert.deepEqual(
    reports!.map(({ id, reporter, target, location, locationId, reason, inForce }) => [
      ...[id, reporter, target, location, locationId, reason, inForce],
    ]),
    [
      [2, 'carol', 'dave', 'battle', null, 'liar', []],
      [1, 'dave', 'carol', 'battle', 3, 'rude', ['All chat']],
    ],
  );
  assert.deepEqual(carol.ends, []);
  await asks(lobby, 'n2', { kind: 'unmute-user', name: 'carol' });
  await says();
  await assert.rejects(asks(lobby, 'n2', { kind: 'unmute-user', name: 'carol' }), { message: 'carol is not muted' });
});

test('who is restricted is kept from just that, and joins no battle after his next login until he acknowledges it', async () => {
  await using lobby = await SimulatedLobby.start();
  const host = await lobby.client('host', 'n1');
  const id = await lobby.as(host, (session) => session.battle.open(OPEN_REQUEST));
  const erin = await lobby.client('erin', 'n2');
  const restriction = 'Hosting lobbies' as const;
  const what = { name: 'erin', restriction, forMs: null, reason: 'left games' };
  const { message } = await asks(lobby, 'n3', { kind: 'restrict-user', ...what });
  assert.equal(message, 'erin is restricted (Hosting lobbies) for good, and is told so, also after each login');
  const opens = (client: typeof erin) => lobby.as(client, (session) => session.battle.open(OPEN_REQUEST));
  await assert.rejects(opens(erin), { reason: 'Restricted', message: /^You may not open battles: left games/ });
  await lobby.as(erin, (session) => session.end());
  const again = await lobby.client('erin', 'n3');
  await lobby.cluster.advance(5_000);
  const joins = () => lobby.as(again, (session) => session.battle.join(id));
  await assert.rejects(joins(), { message: /^Awaiting acknowledgement/ });
  await lobby.as(again, (session) => session.sayPrivate('Coordinator', 'I acknowledge this'));
  await joins();
  await lobby.as(again, (session) => session.battle.leave());
  await asks(lobby, 'n2', { kind: 'allow-user', name: 'erin', restriction });
  await opens(again);
  await assert.rejects(asks(lobby, 'n2', { kind: 'allow-user', name: 'erin', restriction }), {
    message: 'erin is not restricted (Hosting lobbies)',
  });
});

test('no password, nor what was made of it, is in the audit log', async () => {
  const store = memoryStore();
  await using lobby = await SimulatedLobby.start({ store });
  await asks(lobby, 'n1', adds('dave'));
  const [row] = await store.query('SELECT details FROM audit_log');
  assert.equal(row!.details, '{"email":null}');
});

test('rules of Automod are added, shown and turned off, and what they do follows', async () => {
  await using lobby = await SimulatedLobby.start({ settings: { automodMs: 1_000 } });
  const added = await asks(lobby, 'n1', { kind: 'add-automod-rule', of: 'lobby_hash', value: 'h1', reason: 'smurf' });
  const { id } = added.rules![0]!;
  assert.equal(added.message, `rule ${id} bans who has that lobby_hash`);
  const rule = { id, kind: 'lobby_hash', value: 'h1', reason: 'smurf' };
  const off = await asks(lobby, 'n2', { kind: 'set-automod-rule', id, enabled: false });
  assert.deepEqual(off.rules, [{ ...rule, enabled: false }]);
  const dan = await lobby.client('dan', 'n3', { lobbyHash: 'h1' });
  await lobby.cluster.advance(3_000);
  assert.deepEqual(dan.ends, []);
  await asks(lobby, 'n3', { kind: 'set-automod-rule', id, enabled: true });
  assert.deepEqual((await asks(lobby, 'n1', { kind: 'list-automod-rules' })).rules, [{ ...rule, enabled: true }]);
  const eve = await lobby.client('eve', 'n2', { lobbyHash: 'h1' });
  await lobby.until('she is banned', () => eve.ends.length === 1);
  await assert.rejects(asks(lobby, 'n1', { kind: 'set-automod-rule', id: 999, enabled: true }), { reason: 'BadValue' });
});
