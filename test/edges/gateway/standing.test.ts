/** A node that loses touch with the others, as its clients see it; and commands that do not wait for one that is stuck. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred } from '../../../src/base/index.ts';
import { CommandQueue } from '../../../src/edges/gateway/command-queue.ts';
import { LobbyRefused } from '../../../src/lobby/index.ts';
import { countOf } from '../../support/battles.ts';
import { openTestGateway, realClock } from '../../support/gateway.ts';

const OPEN = 'OPENBATTLE 0 0 * 8452 8 gameHash 0 1565299817 spring\t104.0\tComet Catcher\tEU 01 test\tBAR';
const DOUBT = /^SERVERMSG This server has lost touch with the others: .*will be disconnected/;
const LOST = 'SERVERMSG This server has lost touch with the others; please reconnect.';

test('standing: in doubt every client, logged in or not, is told once; another doubt tells again', async () => {
  await using gateway = await openTestGateway();
  const clients = [await gateway.online('bob'), await gateway.guest()];
  gateway.lobby.become('doubtful');
  clients.push(await gateway.guest());
  gateway.lobby.become('doubtful');
  for (const client of clients) {
    await client.waitFor(DOUBT);
    await client.sync();
    assert.equal(countOf(client, DOUBT), 1);
  }
  gateway.lobby.become('primary');
  gateway.lobby.become('doubtful');
  for (const client of clients) {
    await client.waitFor(DOUBT);
    await client.sync();
    assert.equal(countOf(client, DOUBT), 2);
    assert.equal(client.isClosed, false);
  }
  assert.deepEqual(gateway.violations(), []);
});

test('standing: outside every client gets one last line and is disconnected; who connects is turned away; then it goes on', async () => {
  await using gateway = await openTestGateway();
  const bob = await gateway.online('bob');
  const guest = await gateway.guest();
  gateway.lobby.become('doubtful');
  gateway.lobby.become('outside');
  for (const client of [bob, guest]) {
    await client.closed;
    assert.equal(client.lines.at(-1), LOST);
    assert.equal(countOf(client, LOST), 1);
    assert.equal(countOf(client, DOUBT), 1);
  }
  const turnedAway = await gateway.guest();
  await turnedAway.closed;
  assert.equal(turnedAway.lines.length, 2);
  assert.equal(turnedAway.lines.at(-1), LOST);
  assert.equal(gateway.lobby.sessions, 0);

  gateway.lobby.become('primary');
  const again = await gateway.guest();
  await again.login('bob');
  assert.equal(countOf(again, DOUBT), 0);
  assert.deepEqual(gateway.violations(), []);
  assert.deepEqual(gateway.errors, []);
});

test('standing: a gateway that is closed watches no more', async () => {
  const gateway = await openTestGateway();
  assert.equal(gateway.lobby.watchers, 1);
  await gateway[Symbol.asyncDispose]();
  assert.equal(gateway.lobby.watchers, 0);
});

test('standing: a registration is refused as REGISTRATIONDENIED; a login is told why and disconnected, since DENIED would be final', async () => {
  await using gateway = await openTestGateway();
  const guest = await gateway.guest();
  gateway.lobby.before = async () => {
    throw new LobbyRefused('Unavailable', 'no touch');
  };
  gateway.lobby.become('doubtful');
  guest.send('REGISTER bob x', 'LOGIN bob x');
  await guest.waitFor('REGISTRATIONDENIED no touch');
  await guest.waitFor('SERVERMSG no touch');
  await guest.closed;
});

test('commands: PING and what else needs nobody is answered while another command is stuck; the rest keeps its order', async () => {
  await using gateway = await openTestGateway();
  const bob = await gateway.online('bob');
  const stuck = deferred<void>();
  gateway.lobby.before = (what) => (what === 'setStatus' ? stuck.promise : Promise.resolve());
  bob.send('MYSTATUS 1', 'JOIN main', 'SAY main hello', '#5 PING', 'LISTCOMPFLAGS', 'CHANNELS', 'c.battles.list_ids');
  await bob.waitFor((line) => line === '#5 PONG');
  await bob.waitFor(/^COMPFLAGS/);
  await bob.waitFor('ENDOFCHANNELS');
  await bob.waitFor(/^s\.battles\.id_list/);
  assert.equal(countOf(bob, /^(CLIENTSTATUS|JOIN|SAID) /), 0, 'what was sent after the stuck one waits for it');
  stuck.resolve();
  await bob.waitFor('CLIENTSTATUS bob 1');
  await bob.waitFor('JOIN main');
  await bob.waitFor('SAID main bob hello');
  assert.deepEqual(gateway.violations(), []);
});

test('commands: EXIT ends the connection while another command is stuck', async () => {
  await using gateway = await openTestGateway();
  const bob = await gateway.online('bob');
  gateway.lobby.before = (what) => (what === 'setStatus' ? new Promise(() => {}) : Promise.resolve());
  bob.send('MYSTATUS 1', 'EXIT');
  await bob.closed;
});

test('commands: in doubt what waits behind a stuck command is answered at once', async () => {
  await using gateway = await openTestGateway();
  const bob = await gateway.online('bob');
  gateway.lobby.before = async (what) => {
    if (what === 'setStatus') return new Promise(() => {});
    if (what !== 'end' && gateway.lobby.standing() !== 'primary') throw new LobbyRefused('Unavailable', 'no touch');
  };
  bob.send('MYSTATUS 1', '#7 JOIN main', '#8 PING');
  await bob.waitFor((line) => line === '#8 PONG');
  gateway.lobby.become('doubtful');
  await bob.waitFor((line) => line === '#7 JOINFAILED main no touch');
  bob.send('MYSTATUS 2', '#9 JOIN other', OPEN);
  await bob.waitFor((line) => line === '#9 JOINFAILED other no touch');
});

test('commands: a client that sends no more still gets the replies to all it sent', async () => {
  await using gateway = await openTestGateway();
  const bob = await gateway.online('bob');
  gateway.lobby.before = () => new Promise((resolve) => void setImmediate(resolve));
  bob.send('MYSTATUS 1', 'JOIN main', 'SAY main hello', 'SAY main bye');
  bob.end();
  await bob.closed;
  assert.deepEqual(bob.lines.slice(-2), ['SAID main bob hello', 'SAID main bob bye']);
});

test('queue: takes a bounded number of commands that wait, and more when there is room', async () => {
  const gates: (() => void)[] = [];
  const ran: number[] = [];
  const queue = new CommandQueue<number>({
    clock: realClock,
    run: (command) => {
      ran.push(command);
      return new Promise((resolve) => gates.push(resolve));
    },
    mayPass: () => false,
    inHurry: () => false,
  });
  let room = false;
  let last = queue.take(0);
  let taken = 1;
  for (; taken < 100; taken++) {
    room = await Promise.race([last.next.then(() => true), new Promise<boolean>((r) => void setImmediate(r, false))]);
    if (!room) break;
    last = queue.take(taken);
  }
  assert.equal(taken, 21, 'one that runs and twenty that wait');
  assert.deepEqual(ran, [0]);
  gates.shift()!();
  await last.next;
  assert.deepEqual(ran, [0, 1]);
  queue.hurry();
  assert.equal(ran.length, 21);
  for (const open of gates) open();
  await queue.idle();
});
