/** People across nodes, over real sockets and real threads. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wirePassword } from '../support/lobby-client.ts';
import { startLobbyCluster } from '../support/lobby-cluster.ts';

test('people: two on different nodes become friends, both are told, and an ignored one is not heard', async () => {
  await using lobby = await startLobbyCluster(3);
  const alice = await lobby.online('n1', 'alice');
  const bob = await lobby.online('n2', 'bob');
  alice.send('FRIENDREQUEST userName=Bob');
  await bob.until('the request', ({ lists }) => lists.get('FRIENDREQUESTLIST')?.includes('alice') ?? false);
  bob.send('ACCEPTFRIENDREQUEST userName=alice');
  await alice.until('a friend', ({ lists }) => lists.get('FRIENDLIST')?.includes('bob') ?? false);
  await bob.until('a friend', ({ lists }) => lists.get('FRIENDLIST')?.includes('alice') ?? false);

  alice.send('IGNORE userName=bob');
  await alice.sync();
  bob.send('SAYPRIVATE alice first', 'RING alice');
  await bob.sync();
  alice.send('UNIGNORE userName=bob');
  await alice.sync();
  bob.send('SAYPRIVATE alice second');
  await alice.waitFor('SAIDPRIVATE bob second');
  assert.deepEqual(
    alice.lines.filter((line) => /^(SAIDPRIVATE|RING) bob/.test(line)),
    ['SAIDPRIVATE bob second'],
  );
  assert.deepEqual(lobby.violations(), []);
});

test('people: a renamed user is gone everywhere, comes back on another node under the new name, and keeps his friends', async () => {
  await using lobby = await startLobbyCluster(3);
  const watcher = await lobby.online('n3', 'watcher');
  const alice = await lobby.online('n1', 'alice');
  watcher.send('FRIENDREQUEST userName=alice');
  await alice.until('the request', ({ lists }) => lists.get('FRIENDREQUESTLIST')?.includes('watcher') ?? false);
  alice.send(
    'ACCEPTFRIENDREQUEST userName=watcher',
    `CHANGEPASSWORD ${wirePassword('password')} ${wirePassword('new')}`,
  );
  await alice.waitFor(/^SERVERMSG Password changed/);
  alice.send('RENAMEACCOUNT alicia');
  await alice.closed;
  await watcher.waitFor('REMOVEUSER alice');
  const again = await lobby.guest('n2');
  await assert.rejects(again.login('alicia'), /DENIED Invalid password/);
  await again.login('alicia', 'new');
  await watcher.waitFor(/^ADDUSER alicia /);
  watcher.send('FRIENDLIST');
  await watcher.until('the new name', ({ lists }) => lists.get('FRIENDLIST')?.join() === 'alicia');
  assert.deepEqual(lobby.violations(), []);
});

test('people: who floods the chat is muted with a clear line; who does not agree to the rules does not come in', async () => {
  await using lobby = await startLobbyCluster(2, { settings: { chatGuard: true, agreement: 'Be nice.\nTwice.' } });
  const alice = await lobby.guest('n1');
  await alice.register('alice');
  alice.send(`LOGIN alice ${wirePassword('password')} 0 * test\t7\tsp`);
  await alice.waitFor('AGREEMENT Twice.');
  await alice.waitFor('AGREEMENTEND');
  alice.send('CONFIRMAGREEMENT');
  await alice.waitFor('LOGININFOEND');
  alice.send('JOIN main', 'SAY main 1', 'SAY main 2', 'SAY main 3', 'SAY main 4');
  for (const attempt of [3, 4]) {
    const line = await alice.waitFor(/^FAILED msg=You are muted until .* UTC: too many messages\tcmd=SAY$/);
    assert.ok(line, `line ${attempt}`);
  }
  assert.equal(alice.lines.filter((line) => line.startsWith('SAID main alice')).length, 2);
  const again = await lobby.guest('n2');
  await again.login('alice');
  assert.deepEqual(lobby.violations(), []);
});
