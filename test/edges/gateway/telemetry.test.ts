/** Telemetry on the wire: what is taken, what is silently not, and what the variants for tests answer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { openTestGateway } from '../../support/gateway.ts';

const encoded = (text: string | Buffer): string => Buffer.from(text).toString('base64url');
const EVENT = 'c.telemetry.log_client_event';
const PROPERTY = 'c.telemetry.update_client_property';
const UPLOAD = 'c.telemetry.upload_infolog';

test('telemetry: an event and a property are taken before a login, and belong to the account after it; neither is answered', async () => {
  await using test = await openTestGateway();
  const client = await test.guest();
  client.send(`${EVENT} click ${encoded('{"at":  1}')} h1`, `${PROPERTY} gpu ${encoded('fast one')} h1`);
  const answers = await client.sync();
  assert.deepEqual(answers, []);
  await client.register('bob');
  await client.login('bob');
  client.send(`${EVENT} click ${encoded('[2]')} h1`);
  await client.sync();
  const { userId } = test.lobby.roster.userNamed('bob')!;
  assert.deepEqual(test.lobby.told, [
    { userId: undefined, hash: 'h1', type: 'click', value: '{"at":1}' },
    { userId: undefined, hash: 'h1', name: 'gpu', value: 'fast one' },
    { userId, hash: 'h1', type: 'click', value: '[2]' },
  ]);
});

const cases: [what: string, line: string, result: string][] = [
  ['an event', `${EVENT}_test click ${encoded('{}')} h1`, 'success'],
  ['an event with padding', `${EVENT}_test click ${Buffer.from('{"a":1}').toString('base64')} h1`, 'success'],
  ['an event without its hash', `${EVENT}_test click ${encoded('{}')}`, 'no match'],
  ['nothing', `${EVENT}_test`, 'no match'],
  ['an event that is not base64', `${EVENT}_test click ??? h1`, 'Base64 decode error'],
  [
    'an event that is base64 of no text',
    `${EVENT}_test click ${encoded(Buffer.from([255, 254]))} h1`,
    'Base64 decode error',
  ],
  ['an event that is no JSON', `${EVENT}_test click ${encoded('{')} h1`, 'Json decode error'],
  ['an event that is too long', `${EVENT}_test click ${'a'.repeat(1_020)} h1`, 'exceeds max_length'],
  ['a property', `${PROPERTY}_test gpu ${encoded('x')} h1`, 'success'],
  ['a property without its hash', `${PROPERTY}_test gpu ${encoded('x')}`, 'no match'],
  ['a property that is not base64', `${PROPERTY}_test gpu ??? h1`, 'bad base64 value'],
  ['a property that is too long', `${PROPERTY}_test gpu ${'a'.repeat(1_020)} h1`, 'exceeds max_length'],
];
for (const [what, line, result] of cases) {
  test(`telemetry: ${what}: "${result}" is answered by the variant for tests, and nothing by the other`, async () => {
    await using test = await openTestGateway();
    const client = await test.online('bob');
    client.send(`#7 ${line}`);
    await client.waitFor((answer) => answer === `#7 OK cmd=${result}`);
    assert.equal(test.lobby.told.length, result === 'success' ? 1 : 0);
    client.send(`#8 ${line.replace('_test', '')}`);
    assert.deepEqual(await client.sync(), []);
  });
}

const LOG = encoded(deflateSync('line\n'.repeat(1_000)));
const uploads: [what: string, rest: string, answer: string][] = [
  ['one without contents', `crash h1 ${encoded('{}')}`, 'NO cmd=upload_infolog - no match'],
  [
    'metadata that is not base64',
    `crash h1 ?? ${LOG}`,
    'NO cmd=upload_infolog - metadata decode - Base64 decode error',
  ],
  [
    'metadata that is no JSON',
    `crash h1 ${encoded('{')} ${LOG}`,
    'NO cmd=upload_infolog - metadata decode - Json decode error',
  ],
  [
    'contents that are not base64',
    `crash h1 ${encoded('{}')} ?`,
    'NO cmd=upload_infolog - infolog contents url_decode64 error',
  ],
  [
    'contents that zlib did not make',
    `crash h1 ${encoded('{}')} ${encoded('plain')}`,
    'NO cmd=upload_infolog - infolog gzip error',
  ],
  ['a small one', `crash h1 ${encoded('{"a":1}')} ${LOG}`, 'OK cmd=upload_infolog - id:1'],
];
for (const [what, rest, answer] of uploads) {
  test(`infolog: ${what} is answered ${JSON.stringify(answer)}`, async () => {
    await using test = await openTestGateway();
    const client = await test.online('bob');
    client.send(`#7 ${UPLOAD} ${rest}`);
    await client.waitFor((line) => line === `#7 ${answer}`);
  });
}

test('infolog: one that unpacks to more than a log can be is refused', async () => {
  await using test = await openTestGateway();
  const client = await test.online('bob');
  client.send(`${UPLOAD} crash h1 ${encoded('{}')} ${encoded(deflateSync(Buffer.alloc(20_000_000)))}`);
  await client.waitFor('NO cmd=upload_infolog - infolog gzip error');
});

test('infolog: a store that fails is answered and told in the log, and the connection goes on', async () => {
  await using test = await openTestGateway();
  const client = await test.online('bob');
  const { LobbyRefused } = await import('../../../src/lobby/index.ts');
  const cause = new Error('the disk is full');
  test.lobby.before = () => Promise.reject(new LobbyRefused('Unavailable', 'no store', { cause }));
  client.send(`${UPLOAD} crash h1 ${encoded('{}')} ${LOG}`);
  await client.waitFor('NO cmd=upload_infolog - db error');
  assert.equal(test.errors.length, 1);
  assert.match(test.errors[0]!, /c\.telemetry\.upload_infolog could not be done .*"user":"bob".*the disk is full/);
  test.lobby.before = () => Promise.resolve();
  client.send('PING');
  await client.waitFor('PONG');
});

test('infolog: hundreds of kilobytes are no flood and no line too long, before a login too; other lines still are', async () => {
  await using test = await openTestGateway();
  const guest = await test.guest();
  const noise = Buffer.from(
    Array.from({ length: 300_000 }, (_, at) => (at * 7_919 + (at >> 8) * 31 + (at % 251) ** 2) % 256),
  );
  const contents = encoded(deflateSync(noise));
  assert.ok(contents.length > 100_000, `${contents.length}`);
  guest.send(`#5 ${UPLOAD} crash h1 ${encoded('{}')} ${contents}`);
  await guest.waitFor((line) => line === '#5 OK cmd=upload_infolog - id:1');
  guest.send('PING');
  await guest.waitFor('PONG');
  guest.send(`PING ${'x'.repeat(1_500)}`);
  await guest.waitFor(/^SERVERMSG The line is too long/);
  await guest.closed;
});

test('infolog: a line past a million bytes, and more than a few of them on one connection, disconnect', async () => {
  await using test = await openTestGateway();
  const one = await test.guest();
  one.send(`${UPLOAD} crash h1 ${encoded('{}')} ${'a'.repeat(1_000_001)}`);
  await one.waitFor(/^SERVERMSG The line is too long/);
  const other = await test.guest();
  for (let upload = 0; upload < 5 && !other.isClosed; upload++) {
    other.send(`${UPLOAD} crash h1 ?? ${'a'.repeat(900_000)}`);
    await other.waitFor(/^(NO cmd=upload_infolog|SERVERMSG No flooding)/);
  }
  await other.closed;
  assert.match(other.lines.at(-1)!, /^SERVERMSG No flooding/);
});
