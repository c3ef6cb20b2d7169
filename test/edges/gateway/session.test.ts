/** Greeting, account, login and keep-alive over a real socket. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred } from '../../../src/base/index.ts';
import { LobbyRefused, type RefusalCode } from '../../../src/lobby/index.ts';
import { openTestGateway } from '../../support/gateway.ts';
import { LobbyTestClient, wirePassword } from '../../support/lobby-client.ts';

const OPEN = 'OPENBATTLE 0 0 * 8452 8 gameHash 0 1565299817 spring\t104.0\tComet Catcher\tEU 01 test\tBAR';

test('session: the greeting names a protocol version above 0.36', async () => {
  await using test = await openTestGateway();
  const client = await test.guest();
  assert.match(client.lines[0]!, /^TASSERVER \d+\.\d+\S* \* \d+ 0$/);
  assert.deepEqual(test.violations(), []);
});

test('session: PING is answered with its id before and after login, in lower case too, and a garbage line changes nothing', async () => {
  await using test = await openTestGateway();
  const client = await test.guest();
  client.send('#4 PING', 'ping', '%&/( garbage', 'PING');
  await client.waitFor((line) => line === '#4 PONG');
  await client.waitFor('PONG');
  await client.waitFor("SERVERMSG %&/( failed. Unknown command. (args='garbage')");
  await client.waitFor('PONG');
  assert.deepEqual(test.violations(), []);
});

test('session: REGISTER accepts a new name and refuses a taken one with a reason', async () => {
  await using test = await openTestGateway();
  const client = await test.guest();
  client.send(`REGISTER bob ${wirePassword('secret')}`, `#3 REGISTER bob ${wirePassword('secret')} a@b.c`);
  await client.waitFor('REGISTRATIONACCEPTED');
  await client.waitFor((line) => line === '#3 REGISTRATIONDENIED the name bob is taken');
});

test('session: a login gets the exact stream: accepted, greeting, users, battles, statuses, end', async () => {
  await using test = await openTestGateway();
  const host = await test.online('host');
  host.send(OPEN, 'UPDATEBATTLEINFO 2 1 77 Other Map');
  await host.waitFor(/^UPDATEBATTLEINFO/);
  const guest = await test.online('guest');
  guest.send('JOINBATTLE 1', 'MYSTATUS 2');
  await guest.waitFor(/^CLIENTSTATUS/);
  const late = await test.online('late', { client: 'SPADS v0.13', flags: 'b sp' });
  assert.deepEqual(late.lines.slice(late.lines.indexOf('ACCEPTED late')), [
    'ACCEPTED late',
    'MOTD Welcome, late.',
    'ADDUSER host ?? 1 strict client',
    'ADDUSER guest ?? 3 strict client',
    'ADDUSER late ?? 5 SPADS v0.13',
    'BATTLEOPENED 1 0 0 host 127.0.0.1 8452 8 0 0 77 spring\t104.0\tOther Map\tEU 01 test\tBAR',
    'UPDATEBATTLEINFO 1 2 1 77 Other Map',
    'JOINEDBATTLE 1 guest',
    'CLIENTSTATUS guest 2',
    'LOGININFOEND',
  ]);
  await host.waitFor('ADDUSER late ?? 5 SPADS v0.13');
  assert.deepEqual(test.violations(), []);
});

test('session: LOGIN takes two words only, and every line of its reply carries the id', async () => {
  await using test = await openTestGateway();
  const client = await test.guest();
  await client.register('bob');
  const from = client.lines.length;
  client.send(`#9 LOGIN bob ${wirePassword('password')}`);
  await client.waitFor('LOGININFOEND');
  assert.ok(client.lines.slice(from).every((line) => line.startsWith('#9 ')));
  assert.deepEqual(test.violations(), []);
});

test('session: a wrong password is denied and the right one accepted on the same connection', async () => {
  await using test = await openTestGateway();
  const client = await test.guest();
  await client.register('bob', 'secret');
  await assert.rejects(client.login('bob', 'wrong'), /DENIED wrong password/);
  await client.login('bob', 'secret');
});

test('session: a login that may be let in in a moment is told why and disconnected; DENIED is for what stays', async () => {
  await using test = await openTestGateway();
  let reason: RefusalCode = 'WrongPassword';
  test.lobby.before = async (what) => {
    if (what === 'login') throw new LobbyRefused(reason, `because of ${reason}`, { cause: new Error('locked') });
  };
  const denied = await test.guest();
  for (reason of ['WrongPassword', 'NoSuchUser', 'Restricted', 'SessionEnded'] as const) {
    denied.send('LOGIN bob hash');
    await denied.waitFor(`DENIED because of ${reason}`);
  }
  for (reason of ['Unavailable', 'TooManyTries', 'AlreadyLoggedIn'] as const) {
    const client = await test.guest();
    client.send('LOGIN bob hash');
    await client.waitFor(`SERVERMSG because of ${reason}`);
    await client.closed;
    assert.ok(!client.lines.some((line) => line.startsWith('DENIED')));
  }
  assert.equal(test.errors.length, 1, 'what a fault kept from it is in the log');
  assert.match(test.errors[0]!, /command LOGIN could not be done .*locked/);
  denied.send('PING');
  await denied.waitFor('PONG');
});

test('session: what needs a login is refused before it, what is for guests after it', async () => {
  await using test = await openTestGateway();
  const client = await test.guest();
  client.send('#1 SAY main hi');
  await client.waitFor((line) => line === '#1 SERVERMSG SAY failed. Insufficient rights. Log in first.');
  await client.register('bob');
  await client.login('bob');
  client.send(`LOGIN bob ${wirePassword('password')}`);
  await client.waitFor('SERVERMSG LOGIN failed. Already logged in.');
  assert.deepEqual(test.violations(), []);
});

const wrong = ['LOGIN', 'LOGIN bob', 'REGISTER bob', 'REGISTER', 'LOGIN  hash'];
for (const line of wrong) {
  test(`session: ${JSON.stringify(line)} is answered with what is wrong`, async () => {
    await using test = await openTestGateway();
    const client = await test.guest();
    client.send(line);
    await client.waitFor(/^SERVERMSG (LOGIN|REGISTER) failed\. Incorrect arguments\. \((name|password) is missing\)$/);
  });
}

test('session: a second login of a user ends the first, and others see him leave before he comes', async () => {
  await using test = await openTestGateway();
  const watcher = await test.online('watcher');
  const first = await test.online('bob');
  const second = await test.guest();
  await second.login('bob');
  await first.closed;
  assert.match(first.lines.at(-1)!, /^SERVERMSG You have logged in from elsewhere/);
  await watcher.waitFor(/^ADDUSER bob/);
  await watcher.waitFor('REMOVEUSER bob');
  await watcher.waitFor(/^ADDUSER bob/);
  assert.deepEqual(test.violations(), []);
});

test('session: EXIT closes the socket, and the user is gone for the others at once', async () => {
  await using test = await openTestGateway();
  const watcher = await test.online('watcher');
  const bob = await test.online('bob');
  bob.send('EXIT bye');
  await watcher.waitFor('REMOVEUSER bob');
  await bob.closed;
  assert.equal(test.lobby.sessions, 1);
});

test('session: a socket that breaks ends its session', async () => {
  await using test = await openTestGateway();
  const watcher = await test.online('watcher');
  const bob = await test.online('bob');
  await bob[Symbol.asyncDispose]();
  await watcher.waitFor('REMOVEUSER bob');
  await watcher.sync();
  assert.equal(test.gateway.connections, 1);
});

test('session: a socket that breaks while its login is under way leaves no session behind', async () => {
  await using test = await openTestGateway();
  const watcher = await test.online('watcher');
  const bob = await test.guest();
  await bob.register('bob');
  const reached = deferred<void>();
  const release = deferred<void>();
  test.lobby.before = async (what) => {
    if (what !== 'login') return;
    reached.resolve();
    await release.promise;
  };
  bob.send(`LOGIN bob ${wirePassword('password')}`);
  await reached.promise;
  await bob[Symbol.asyncDispose]();
  release.resolve();
  await watcher.waitFor('REMOVEUSER bob');
  assert.equal(test.lobby.sessions, 1);
});

test('session: MYSTATUS sets only the bits a client may set; the reply carries the id, the copies of others do not', async () => {
  await using test = await openTestGateway();
  const watcher = await test.online('watcher');
  const bob = await test.online('bob');
  bob.send('#5 MYSTATUS 127');
  await bob.waitFor((line) => line === '#5 CLIENTSTATUS bob 3');
  await watcher.waitFor((line) => line === 'CLIENTSTATUS bob 3');
});

test('session: commands of one connection are handled one after the other', async () => {
  await using test = await openTestGateway();
  const bob = await test.online('bob');
  let running = 0;
  test.lobby.before = async () => {
    running++;
    assert.equal(running, 1);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
  };
  bob.send('#1 JOIN a', '#2 JOIN b', '#3 PING', '#4 SAY a x', '#5 PING');
  await bob.sync();
  const ids = bob.lines.map((line) => /^#(\d) /.exec(line)?.[1]).filter((id) => id !== undefined);
  assert.deepEqual([...new Set(ids)], ['1', '2', '3', '4', '5']);
  assert.deepEqual(ids, ids.toSorted());
});

test('session: LISTCOMPFLAGS and CONFIRMAGREEMENT are answered to guests', async () => {
  await using test = await openTestGateway();
  const client = await test.guest();
  client.send('LISTCOMPFLAGS', 'CONFIRMAGREEMENT 123');
  await client.waitFor('COMPFLAGS sp b token-auth matchmaking');
  await client.waitFor(/^SERVERMSG CONFIRMAGREEMENT failed\./);
});

test('session: a fault of the server itself is logged, answered, and the connection goes on', async () => {
  await using test = await openTestGateway();
  const bob = await test.online('bob');
  test.lobby.before = () => Promise.reject(new TypeError('broken'));
  bob.send('#2 JOIN main', 'PING');
  await bob.waitFor((line) => line === '#2 SERVERMSG JOIN failed. Internal error.');
  await bob.waitFor('PONG');
  assert.equal(test.errors.length, 1);
  test.lobby.before = () => Promise.resolve();
});

test('session: what is logged of a client says which connection and user; a login and an end are notes', async () => {
  await using test = await openTestGateway();
  await test.guest();
  const bob = await test.online('bob');
  const { userId } = test.lobby.roster.userNamed('bob')!;
  test.lobby.before = () => Promise.reject(new TypeError('broken'));
  bob.send('JOIN main');
  await bob.waitFor('SERVERMSG JOIN failed. Internal error.');
  test.lobby.before = () => Promise.resolve();
  bob.send('EXIT');
  await bob.closed;
  const who = `"connection":2,"address":"127.0.0.1","user":"bob","userId":${userId}`;
  assert.deepEqual(test.errors, [`gateway: command JOIN failed {${who},"error":"TypeError: broken"}`]);
  assert.deepEqual(test.notes, [`gateway: logged in {${who}}`, `gateway: closed {${who},"reason":"client left"}`]);
});

test('session: when the gateway closes, its clients are told and disconnected, their sessions end, its port is free', async () => {
  await using test = await openTestGateway();
  const bob = await test.online('bob');
  const guest = await test.guest();
  await test.gateway.close();
  await Promise.all([bob.closed, guest.closed]);
  await bob.waitFor('s.system.shutdown');
  await guest.waitFor('s.system.shutdown');
  assert.equal(test.lobby.sessions, 0);
  assert.equal(test.gateway.connections, 0);
  await assert.rejects(LobbyTestClient.connect(test.gateway.port));
});
