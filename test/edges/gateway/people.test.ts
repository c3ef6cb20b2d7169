/** The lines about people and accounts, over a real socket. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestGateway } from '../../support/gateway.ts';
import { wirePassword } from '../../support/lobby-client.ts';

test('people: lists are framed, replies to a question carry its id, and what changed is told to both sides', async () => {
  await using test = await openTestGateway();
  const alice = await test.online('alice');
  const bob = await test.online('bob');
  alice.send('#3 FRIENDLIST', 'FRIENDREQUEST userName=bob');
  await alice.waitFor((line) => line === '#3 FRIENDLISTEND');
  for (const line of ['FRIENDREQUESTLISTBEGIN', 'FRIENDREQUESTLIST userName=alice', 'FRIENDREQUESTLISTEND']) {
    await bob.waitFor(line);
  }
  bob.send('ACCEPTFRIENDREQUEST userName=alice');
  for (const line of ['FRIENDLISTBEGIN', 'FRIENDLIST userName=alice', 'FRIENDLISTEND']) await bob.waitFor(line);
  for (const line of ['FRIENDREQUESTLISTBEGIN', 'FRIENDREQUESTLISTEND']) await bob.waitFor(line);
  await alice.waitFor('FRIENDLIST userName=bob');
  alice.send('UNFRIEND userName=bob');
  for (const line of ['FRIENDLISTBEGIN', 'FRIENDLISTEND']) await bob.waitFor(line);
  alice.send('IGNORE userName=bob\treason=rude', '#4 IGNORELIST', 'UNIGNORE bob');
  await alice.sync();
  const ignores = alice.lines.filter((line) => line.includes('IGNORELIST'));
  assert.deepEqual(ignores, [
    'IGNORELISTBEGIN',
    'IGNORELIST userName=bob',
    'IGNORELISTEND',
    '#4 IGNORELISTBEGIN',
    '#4 IGNORELIST userName=bob',
    '#4 IGNORELISTEND',
    'IGNORELISTBEGIN',
    'IGNORELISTEND',
  ]);
  assert.deepEqual(test.violations(), []);
});

test('people: an unknown user and a missing name are answered with what is wrong', async () => {
  await using test = await openTestGateway();
  const alice = await test.online('alice');
  alice.send('FRIENDREQUEST userName=nobody', 'UNFRIEND', 'IGNORE userName=');
  await alice.waitFor('FAILED msg=no user nobody\tcmd=FRIENDREQUEST');
  await alice.waitFor('SERVERMSG UNFRIEND failed. Incorrect arguments. (userName= is missing)');
  await alice.waitFor('SERVERMSG IGNORE failed. Incorrect arguments. (userName= is missing)');
});

test('people: a report needs a reason; GETIP and GETUSERID are answered to moderators and to nobody else', async () => {
  await using test = await openTestGateway();
  const alice = await test.online('alice');
  alice.send('#2 c.moderation.report_user alice\tbattle\t5\trude', 'c.moderation.report_user alice\tbattle\tnil\t');
  await alice.waitFor((line) => line === '#2 OK cmd=c.moderation.report_user');
  await alice.waitFor('NO cmd=c.moderation.report_user\ta report needs a reason');
  alice.send('GETIP alice', 'GETUSERID alice');
  assert.deepEqual(await alice.sync(), []);
  test.lobby.moderators.add('mod');
  const mod = await test.online('mod');
  mod.send('GETIP alice', 'GETUSERID alice');
  await mod.waitFor('SERVERMSG <alice> is currently bound to 127.0.0.1');
  await mod.waitFor('SERVERMSG The ID for <alice> is 77 1');
});

test('account: a password is changed with the right old one only', async () => {
  await using test = await openTestGateway();
  const alice = await test.online('alice');
  const [old, next] = [wirePassword('password'), wirePassword('next')];
  alice.send(`CHANGEPASSWORD ${next} ${next}`, `CHANGEPASSWORD ${old}`, `#7 CHANGEPASSWORD ${old} ${next}`);
  await alice.waitFor('SERVERMSG wrong password');
  await alice.waitFor(/^SERVERMSG CHANGEPASSWORD failed\. Incorrect arguments\./);
  await alice.waitFor((line) => /^#7 SERVERMSG Password changed/.test(line));
  const again = await test.guest();
  await assert.rejects(again.login('alice'), /DENIED/);
  await again.login('alice', 'next');
});

test('account: GETUSERINFO tells the user of himself, in the words that autohosts read', async () => {
  await using test = await openTestGateway();
  const alice = await test.online('alice');
  alice.send('#3 GETUSERINFO');
  await alice.waitFor((line) => line === '#3 SERVERMSG Registration date: 2026-01-02 03:04:05');
  await alice.waitFor((line) => line === '#3 SERVERMSG Email address: none');
  await alice.waitFor((line) => line === '#3 SERVERMSG Ingame time: 17');
});

test('account: who renames is told, disconnected, and comes back under the new name', async () => {
  await using test = await openTestGateway();
  const watcher = await test.online('watcher');
  const alice = await test.online('alice');
  alice.send('RENAMEACCOUNT watcher', 'CHANGEEMAIL nothing', 'CHANGEEMAIL a@b.c', 'RENAMEACCOUNT alicia');
  await alice.waitFor('SERVERMSG the name watcher is taken');
  await alice.waitFor('CHANGEEMAILDENIED no email address');
  await alice.waitFor('CHANGEEMAILACCEPTED a@b.c');
  await alice.waitFor(/^SERVERMSG Your account has been renamed/);
  await alice.closed;
  const again = await test.guest();
  await again.login('alicia');
  await watcher.waitFor('REMOVEUSER alice');
  await watcher.waitFor(/^ADDUSER alicia /);
  assert.deepEqual(test.violations(), []);
});

test('agreement: a new user is sent it, a wrong code is denied, the right one logs him in', async () => {
  await using test = await openTestGateway();
  test.lobby.agreement = ['Be nice.', '', 'Twice.'];
  const client = await test.guest();
  await client.register('bob');
  client.send(`#5 LOGIN bob ${wirePassword('password')} 0 * test\t7\tsp`);
  for (const line of ['AGREEMENT Be nice.', 'AGREEMENT ', 'AGREEMENT Twice.', 'AGREEMENTEND']) {
    await client.waitFor((sent) => sent === `#5 ${line}`);
  }
  client.send('CONFIRMAGREEMENT 9', 'CONFIRMAGREEMENT 1234');
  await client.waitFor('DENIED Incorrect code');
  await client.waitFor('ACCEPTED bob');
  await client.waitFor('LOGININFOEND');
  assert.deepEqual(test.violations(), []);
});

test('flood: who is disconnected for it has his session ended for it; who leaves has not', async () => {
  const limits = { user: { lineCharacters: 10_000, flood: { bytes: 500, windowMs: 10_000 }, idleMs: 60_000 } as never };
  await using test = await openTestGateway({ limits });
  const [flooder, leaver] = [await test.online('alice'), await test.online('bob')];
  const sessions = new Map([...test.lobby.online.values()].map((session) => [session.user().name, session]));
  flooder.send('x'.repeat(600));
  leaver.send('EXIT');
  await Promise.all([flooder.closed, leaver.closed]);
  assert.equal(sessions.get('alice')!.endedFor, 'flood');
  assert.equal(sessions.get('bob')!.endedFor, undefined);
});
