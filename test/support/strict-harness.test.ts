/** The harness itself: a test whose server sends one broken line fails when its client is let go. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { LobbyTestClient } from './lobby-client.ts';

async function clientOf(lines: readonly string[]): Promise<LobbyTestClient> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(lines.map((line) => `${line}\n`).join(''));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const client = await LobbyTestClient.connect(port);
  await client.waitFor('PONG');
  server.close();
  return client;
}

const LOGIN = ['TASSERVER 0.38 * 8201 0', 'ACCEPTED me', 'ADDUSER me ?? 1 x', 'LOGININFOEND'];

test('harness: a good stream lets its test pass', async () => {
  const client = await clientOf([...LOGIN, 'PONG']);
  await client[Symbol.asyncDispose]();
});

for (const broken of [
  'ADDUSER me ?? 1 x',
  'REMOVEUSER nobody',
  'JOINEDBATTLE 1 me',
  'SAID main me hi',
  'OK',
  'HELLO',
]) {
  test(`harness: a test in which the server sends ${JSON.stringify(broken)} fails, though it asserts nothing`, async () => {
    const client = await clientOf([...LOGIN, broken, 'PONG']);
    await assert.rejects(async () => client[Symbol.asyncDispose](), /the stream of me was broken by/);
  });
}
