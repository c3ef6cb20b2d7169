/** TLS on a connection that began without: from the first greeting to a battle, and what must not pass. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { makeCertificate } from '../../../src/edges/gateway/certificate.ts';
import { openTestGateway } from '../../support/gateway.ts';

test('tls: after STLS everything goes over TLS, with a second greeting: register, login, a battle with somebody without TLS', async () => {
  await using test = await openTestGateway();
  const secure = await test.guest();
  const certificate = await secure.startTls();
  assert.equal(certificate.subject.CN, 'muster');
  assert.equal(secure.lines.filter((line) => line.startsWith('TASSERVER ')).length, 2);
  await secure.register('host');
  await secure.login('host');
  secure.send('OPENBATTLE 0 0 * 8452 8 1 0 77 spring\t104.0\tComet\tEU 01\tBAR');
  await secure.waitFor('OPENBATTLE 1');
  const plain = await test.online('guest');
  plain.send('JOINBATTLE 1');
  await plain.waitFor('JOINEDBATTLE 1 guest');
  await secure.waitFor('JOINEDBATTLE 1 guest');
  plain.send('SAYBATTLE hello');
  await secure.waitFor('SAIDBATTLE guest hello');
  secure.send('LEAVEBATTLE', 'EXIT');
  await plain.waitFor('BATTLECLOSED 1');
  await secure.closed;
  await plain.waitFor('REMOVEUSER host');
});

test('tls: a line that came behind STLS before the handshake is not carried out; the connection ends and no OK is sent', async () => {
  await using test = await openTestGateway();
  for (const bytes of ['STLS\nREGISTER eve hash\n', 'STLS\nREGISTER eve ha']) {
    const client = await test.guest();
    client.sendBytes(bytes);
    await client.waitFor(/^SERVERMSG Nothing may follow STLS/);
    await client.closed;
    assert.ok(!client.lines.some((line) => line.startsWith('OK')));
  }
  assert.equal(test.lobby.accounts.size, 0);
});

test('tls: what is no handshake after the OK ends the connection, and the others go on', async () => {
  await using test = await openTestGateway();
  const other = await test.online('other');
  const socket = connect({ port: test.gateway.port, host: '127.0.0.1' });
  let received = '';
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    if (received.endsWith('OK cmd=STLS\n')) socket.write('REGISTER eve hash\nLOGIN eve hash\n');
  });
  socket.write('STLS\n');
  await new Promise((resolve) => socket.once('close', resolve));
  assert.match(received, /^TASSERVER [^\n]+\nOK cmd=STLS\n/);
  await other.sync();
  assert.deepEqual([...test.lobby.accounts.keys()], ['other']);
  assert.deepEqual(test.errors, []);
});

test('tls: no record is larger than what clients read at once, however long what they are told', async () => {
  const motd = Array.from({ length: 40 }, () => 'x'.repeat(300));
  await using test = await openTestGateway({ motd });
  const taken: Buffer[] = [];
  const between = createServer((client) => {
    const gateway = connect({ port: test.gateway.port, host: '127.0.0.1' });
    gateway.on('data', (chunk: Buffer) => taken.push(chunk));
    client.pipe(gateway).pipe(client);
  });
  await once(between.listen(0, '127.0.0.1'), 'listening');
  const socket = connect({ port: (between.address() as AddressInfo).port, host: '127.0.0.1' });
  await once(socket, 'data');
  socket.write('STLS\n');
  await once(socket, 'data');
  taken.length = 0;
  const secure = connectTls({ socket, rejectUnauthorized: false });
  let told = '';
  secure.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  await once(secure, 'secureConnect');
  secure.write(`REGISTER bob hash\nLOGIN bob hash 0 * client\t0\tsp\nEXIT\n`);
  await once(secure, 'close');
  between.close();
  assert.equal(told.split(`MOTD ${motd[0]}\n`).length, 41, told);
  const records = recordsIn(Buffer.concat(taken));
  // What is encrypted has some bytes more than what it says.
  assert.ok(Math.max(...records) <= 4_096 + 256, `the largest has ${Math.max(...records)} bytes`);
  assert.ok(Math.max(...records) > 2_048, 'lines go out together');
});

/** The lengths of the TLS records in what was sent. */
function recordsIn(bytes: Buffer): number[] {
  const lengths: number[] = [];
  for (let at = 0; at + 5 <= bytes.length; at += 5 + lengths.at(-1)!) lengths.push(bytes.readUInt16BE(at + 3));
  return lengths;
}

test('tls: a second STLS, and one after login, are refused without a bare OK', async () => {
  await using test = await openTestGateway();
  const client = await test.guest();
  await client.startTls();
  client.sendBytes('STLS\n');
  await client.sync();
  await client.register('bob');
  await client.login('bob');
  client.sendBytes('STLS\n');
  await client.waitFor(/^SERVERMSG STLS failed\. Already logged in/);
});

test('tls: a server without a certificate says so', async () => {
  await using test = await openTestGateway({ certificate: null });
  const client = await test.guest();
  client.send('STLS');
  await client.waitFor('FAILED msg=This server has no certificate\tcmd=STLS');
  client.send('PING');
  await client.waitFor('PONG');
});

test('tls: an own certificate is the one shown, and checks out against itself', async () => {
  const own = await makeCertificate(Date.now());
  await using test = await openTestGateway({ certificate: async () => own });
  const client = await test.guest();
  const shown = await client.startTls();
  assert.equal(shown.raw.toString('base64'), own.cert.replace(/-----[^-]+-----|\s/g, ''));
});

test('tls: the certificate is made once and shown by every gateway of the lobby, also after it was asked for twice at once', async () => {
  await using test = await openTestGateway();
  const clients = await Promise.all([test.guest(), test.guest()]);
  const shown = await Promise.all(clients.map((client) => client.startTls()));
  assert.equal(shown[0]!.fingerprint256, shown[1]!.fingerprint256);
  assert.equal(test.lobby.secrets.size, 1);
});

test('tls: a token is given over TLS only, for a name or an email, and logs in as its account', async () => {
  await using test = await openTestGateway();
  const client = await test.guest();
  await client.register('bob');
  client.send('#3 c.user.get_token_by_name bob\tpassword');
  await client.waitFor(
    (line) => line === '#3 NO cmd=c.user.get_token_by_name\tcannot get token over insecure connection',
  );
  await client.startTls();
  client.send('c.user.get_token_by_name bob\twrong');
  await client.waitFor('NO cmd=c.user.get_token_by_name\twrong password');
  client.send('c.user.get_token_by_email bob@example.org\tpassword');
  await client.waitFor('s.user.user_token bob@example.org\ttoken of bob');
  client.send('c.user.get_token_by_name bob\tpassword');
  await client.waitFor('s.user.user_token bob\ttoken of bob');
  const other = await test.guest();
  other.send('c.user.login token of nobody\tskylobby\t0\tsp');
  await other.waitFor('DENIED no such user');
  other.send('#9 c.user.login token of bob\tskylobby\t0\tsp b');
  await other.waitFor((line) => line === '#9 ACCEPTED bob');
  await other.waitFor('LOGININFOEND');
  assert.equal(test.lobby.roster.userNamed('bob')?.client, 'skylobby');
});

test('tls: a client over TLS that breaks off, and one that the closing gateway lets go, leave nothing behind', async () => {
  await using test = await openTestGateway();
  const one = await test.guest();
  await one.startTls();
  await one.register('one');
  await one.login('one');
  const two = await test.guest();
  await two.startTls();
  await one[Symbol.asyncDispose]();
  await test.gateway.close();
  await two.waitFor('s.system.shutdown');
  await two.closed;
  assert.equal(test.lobby.sessions, 0);
  assert.equal(test.gateway.connections, 0);
});

test('tls: lines as long as they may be pass whole, in one piece and cut in two', async () => {
  await using test = await openTestGateway();
  const client = await test.guest();
  await client.startTls();
  await client.register('bob');
  await client.login('bob');
  client.sendBytes(`PING ${'x'.repeat(4_000)}`);
  client.sendBytes(`${'y'.repeat(4_000)}\n`);
  assert.equal((await client.waitFor(/^PONG/)).length, 8_005);
});
