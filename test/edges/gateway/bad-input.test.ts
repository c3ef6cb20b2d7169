/** What clients do wrong, on purpose or not: each is answered as the protocol says, none harms the others. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { ListenError, openGateway } from '../../../src/edges/gateway/gateway.ts';
import { DEFAULT_LIMITS } from '../../../src/edges/gateway/limits.ts';
import { openTestGateway, realClock } from '../../support/gateway.ts';
import { MemoryLobby } from '../../support/memory-lobby.ts';

/** A clock that a test moves; turns of the event loop are real. */
function handClock() {
  let now = 0;
  const timers = new Set<{ at: number; act: () => void }>();
  return {
    now: () => now,
    turn: realClock.turn,
    after: (ms: number, act: () => void) => {
      const timer = { at: now + ms, act };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    /** Moves on; what is due runs at its time. */
    advance: (ms: number) => {
      const end = now + ms;
      for (;;) {
        const due = [...timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
        if (!due) break;
        timers.delete(due);
        now = due.at;
        due.act();
      }
      now = end;
    },
  };
}

test('bad input: several lines in one packet and a line over several packets are all handled', async () => {
  await using test = await openTestGateway();
  const bob = await test.online('bob');
  bob.sendBytes('#1 PING\r\n\n   #2 PING\n#3 PI');
  await bob.waitFor((line) => line === '#2 PONG');
  bob.sendBytes('NG\n');
  await bob.waitFor((line) => line === '#3 PONG');
});

test('bad input: before login a line of 1,000 characters passes and a longer one disconnects, with a word', async () => {
  await using test = await openTestGateway();
  const guest = await test.guest();
  guest.send(`PING ${'x'.repeat(995)}`);
  await guest.waitFor(/^PONG x+$/);
  const other = await test.guest();
  other.send(`PING ${'x'.repeat(996)}`);
  await other.waitFor(/^SERVERMSG The line is too long/);
  await other.closed;
});

test('bad input: after login a line of more than 10,000 characters disconnects', async () => {
  await using test = await openTestGateway();
  const bob = await test.online('bob');
  bob.send('x'.repeat(10_001));
  await bob.waitFor(/^SERVERMSG The line is too long/);
  await bob.closed;
  assert.equal(test.lobby.sessions, 0);
});

test('bad input: invalid UTF-8 is answered and disconnects; lines before it are handled', async () => {
  await using test = await openTestGateway();
  const bob = await test.online('bob');
  bob.sendBytes(Buffer.from([...Buffer.from('#1 PING\nSAY main '), 0xc3, 0x28, 0x0a]));
  await bob.waitFor((line) => line === '#1 PONG');
  await bob.waitFor(/^SERVERMSG The line is not valid UTF-8/);
  await bob.closed;
});

test('bad input: a flood is answered and disconnects; a bot may send what a user may not', async () => {
  await using test = await openTestGateway();
  const guest = await test.guest();
  guest.send(...Array.from({ length: 500 }, () => 'PING'));
  await guest.waitFor('s.system.disconnect Flood protection');
  await guest.waitFor(/^SERVERMSG No flooding/);
  await guest.closed;

  const user = await test.online('user');
  user.send(...Array.from({ length: 2_000 }, () => 'PING 12345'));
  await user.waitFor(/^SERVERMSG No flooding/);
  await user.closed;

  test.lobby.bots.add('robot');
  const bot = await test.online('robot');
  bot.send(...Array.from({ length: 5_000 }, () => 'PING 12345'));
  await bot.sync();
  assert.equal(bot.isClosed, false);
  assert.equal(test.errors.length, 0);
});

test('bad input: a client that never reads is disconnected when its queue is full, the others go on', async () => {
  await using test = await openTestGateway({ limits: { writeQueueBytes: 64 * 1_024 } });
  test.lobby.bots.add('talker');
  const talker = await test.online('talker');
  const deaf = await test.online('deaf');
  deaf.pause();
  const from = test.lobby.roster.userNamed('talker')!;
  const session = test.lobby.online.get(test.lobby.roster.userNamed('deaf')!.userId)!;
  const message = { kind: 'private-message', from, text: 'x'.repeat(9_000), emote: false } as const;
  for (let round = 0; test.lobby.sessions === 2 && round < 1_000; round++) {
    for (let at = 0; at < 50; at++) session.tellAlone(message);
    await talker.sync();
  }
  await talker.until('deaf removed', ({ users }) => !users.has('deaf'));
  assert.deepEqual(talker.violations, []);
});

test('bad input: who says nothing is disconnected 60 s after connecting, pings or not, and 120 s after his last line once logged in', async () => {
  const clock = handClock();
  await using test = await openTestGateway({ clock });
  const guest = await test.guest();
  const user = await test.online('user');
  clock.advance(50_000);
  guest.send('PING');
  await guest.waitFor('PONG');
  clock.advance(9_999);
  await guest.sync();
  clock.advance(1);
  await guest.waitFor('s.system.disconnect Heartbeat');
  await guest.waitFor(/^SERVERMSG Nothing was heard/);
  await guest.closed;
  clock.advance(59_000);
  await user.sync();
  clock.advance(119_000);
  await user.sync();
  clock.advance(120_000);
  await user.waitFor(/^SERVERMSG Nothing was heard/);
  await user.closed;
});

test('bad input: a client that does not take its last lines is cut off', async () => {
  const clock = handClock();
  await using test = await openTestGateway({ clock });
  const socket = connect({ port: test.gateway.port, host: '127.0.0.1', allowHalfOpen: true });
  await new Promise((resolve) => socket.once('data', resolve));
  clock.advance(60_000);
  await new Promise((resolve) => socket.once('end', resolve));
  assert.equal(test.gateway.connections, 1, 'it has not closed its side');
  clock.advance(2_000);
  const deadline = performance.now() + 5_000;
  while (test.gateway.connections > 0 && performance.now() < deadline)
    await new Promise((resolve) => setImmediate(resolve));
  assert.equal(test.gateway.connections, 0);
  socket.destroy();
});

test('bad input: a client that half-closes gets the replies to what it sent, then the end', async () => {
  await using test = await openTestGateway();
  const bob = await test.online('bob');
  bob.send('#1 JOIN main', '#2 PING');
  bob.end();
  await bob.waitFor((line) => line === '#2 PONG');
  await bob.closed;
  assert.equal(test.lobby.sessions, 0);
});

test('bad input: random bytes never crash the gateway nor disturb others', async () => {
  await using test = await openTestGateway();
  const bob = await test.online('bob');
  for (let round = 0; round < 30; round++) {
    const vandal = await test.guest();
    vandal.sendBytes(Buffer.from(Array.from({ length: 300 }, (_, at) => (at * 7919 * (round + 3) + round * 31) % 256)));
    await Promise.race([vandal.closed, vandal.sync().catch(() => undefined)]);
    await vandal[Symbol.asyncDispose]();
  }
  await bob.sync();
  assert.deepEqual(test.errors, []);
  assert.deepEqual(bob.violations, []);
});

test('bad input: a port that is taken is one clear sentence', async () => {
  await using test = await openTestGateway();
  const { port } = test.gateway;
  const again = openGateway({
    lobby: new MemoryLobby(),
    clock: realClock,
    log: { write: () => {} },
    host: '127.0.0.1',
    port,
    motd: () => [],
    limits: DEFAULT_LIMITS,
  });
  await assert.rejects(again, (error: unknown) => {
    assert.ok(error instanceof ListenError);
    assert.equal(error.code, 'PortTaken');
    assert.equal(error.message, `port ${port} on 127.0.0.1 is taken by another program`);
    return true;
  });
});
