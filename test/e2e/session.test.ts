/** Sessions across nodes, over real sockets and real threads. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INTERNAL_USERS } from '../../src/lobby/index.ts';
import { wirePassword } from '../support/lobby-client.ts';
import { startLobbyCluster } from '../support/lobby-cluster.ts';

test('session: a second login on another node replaces the first, and others see him leave before he comes', async () => {
  await using lobby = await startLobbyCluster(3);
  const watcher = await lobby.online('n3', 'watcher');
  const first = await lobby.online('n1', 'bob');
  first.send('JOIN main', 'OPENBATTLE 0 0 * 8452 8 gameHash 0 1 spring\t104.0\tComet\tEU 01\tBAR');
  await first.waitFor('REQUESTBATTLESTATUS');
  const id = first.model.battle!.id;
  watcher.send('JOIN main');
  await watcher.until('bob in main', ({ channels }) => channels.get('main')?.has('bob') ?? false);
  await watcher.until('battle', ({ battles }) => battles.has(id));

  const second = await lobby.guest('n2');
  await second.login('bob');
  await first.closed;
  assert.match(first.lines.at(-1)!, /logged in from elsewhere/);
  await watcher.until('bob again', ({ users }) => watcher.lines.includes('REMOVEUSER bob') && users.has('bob'));
  const seen = watcher.lines.filter(
    (line) =>
      /^(ADDUSER|REMOVEUSER|LEFT main|BATTLECLOSED)/.test(line) &&
      !INTERNAL_USERS.some(({ name }) => line.includes(` ${name} `)),
  );
  const from = seen.indexOf('REMOVEUSER bob');
  assert.ok(from > seen.indexOf(`BATTLECLOSED ${id}`));
  assert.ok(from > seen.indexOf('LEFT main bob'));
  assert.match(seen.at(-1)!, /^ADDUSER bob/);
  assert.deepEqual([...second.model.battles], []);
  assert.deepEqual(lobby.violations(), []);
});

test('session: ten logins of one user at once, on all nodes, leave exactly one session', async () => {
  await using lobby = await startLobbyCluster(3);
  const watcher = await lobby.online('n1', 'watcher');
  const bob = await lobby.online('n2', 'bob');
  const others = await Promise.all(Array.from({ length: 9 }, (_, at) => lobby.guest(`n${(at % 3) + 1}`)));
  // Some are refused because a newer one has come, or there were too many tries: that is an answer too.
  await Promise.all(others.map((client) => client.login('bob').catch(() => undefined)));
  const all = [bob, ...others];
  const alive = async (): Promise<boolean> => {
    const sessions = await Promise.all(['n1', 'n2', 'n3'].map((node) => lobby.gauge(node, 'sessions')));
    return sessions.reduce((sum, count) => sum + count, 0) === 2;
  };
  await lobby.cluster.waitFor('one session of bob and one of the watcher', alive);
  await watcher.sync();
  assert.ok(watcher.model.users.has('bob'));
  const logged = all.filter((client) => !client.isClosed && client.model.phase === 'online');
  assert.equal(logged.length, 1);
  assert.deepEqual(lobby.violations(), []);
});

test('session: an account made on one node logs in on another, under its exact name and password only', async () => {
  await using lobby = await startLobbyCluster(2);
  const client = await lobby.guest('n1');
  client.send(`REGISTER Bob ${wirePassword('secret')}`, `REGISTER bob ${wirePassword('secret')}`, 'REGISTER a!b hash');
  await client.waitFor('REGISTRATIONACCEPTED');
  await client.waitFor(/^REGISTRATIONDENIED ./);
  await client.waitFor(/^REGISTRATIONDENIED ./);
  const other = await lobby.guest('n2');
  await assert.rejects(other.login('bob', 'secret'), /DENIED .*Bob/);
  await assert.rejects(other.login('Bob', 'wrong'), /DENIED /);
  await other.login('Bob', 'secret');
  assert.deepEqual(lobby.violations(), []);
});

test('session: bad input of many kinds is answered and harms nobody, and leaves no connection behind', async () => {
  await using lobby = await startLobbyCluster(2);
  const [ann, bob] = [await lobby.online('n1', 'ann'), await lobby.online('n2', 'bob')];
  const attacks: [bytes: Buffer | string, answer: RegExp][] = [
    [`${'x'.repeat(1_001)}\n`, /^SERVERMSG The line is too long/],
    ['x'.repeat(2_001), /^SERVERMSG No flooding/],
    [Buffer.from([0x50, 0xff, 0x0a]), /^SERVERMSG The line is not valid UTF-8/],
    ['PING\n'.repeat(500), /^SERVERMSG No flooding/],
  ];
  for (const [bytes, answer] of attacks) {
    const vandal = await lobby.guest('n1');
    vandal.sendBytes(bytes);
    await vandal.waitFor(answer);
    await vandal.closed;
  }
  const flooder = await lobby.online('n1', 'flooder');
  await bob.until('flooder is seen', ({ users }) => users.has('flooder'));
  flooder.send(...Array.from({ length: 3_000 }, (_, at) => `SAYPRIVATE bob ${at}`));
  await flooder.waitFor(/^SERVERMSG No flooding/);
  await flooder.closed;
  await bob.until('flooder is gone', ({ users }) => !users.has('flooder'));
  ann.send('UNKNOWN thing', '#3 SAY', `SAYPRIVATE bob ${'y'.repeat(3_500)}`);
  await ann.waitFor("SERVERMSG UNKNOWN failed. Unknown command. (args='thing')");
  await ann.waitFor((line) => line.startsWith('#3 SERVERMSG SAY failed. Incorrect arguments.'));
  await bob.waitFor(`SAIDPRIVATE ann ${'y'.repeat(3_500)}`);
  await lobby.cluster.waitFor('connections are closed', async () => (await lobby.gauge('n1', 'connections')) === 1);
  assert.deepEqual(lobby.violations(), []);
});
