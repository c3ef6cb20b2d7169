/** What clients see when their node, or another, is cut off or hangs: real threads, real sockets, the real command. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INTERNAL_USERS } from '../../src/lobby/index.ts';
import { countOf, join, open } from '../support/battles.ts';
import type { LobbyTestClient } from '../support/lobby-client.ts';
import { type LobbyCluster, startLobbyCluster } from '../support/lobby-cluster.ts';
import { greetingOn, MusterProcess } from './muster-process.ts';

const TIMING = { leaseMs: 1_000, marginMs: 200 };
const DEADLINE_MS = 20_000;
const OPEN = 'OPENBATTLE 0 0 * 8452 8 gameHash 0 1565299817 spring\t104.0\tComet Catcher\tEU 01\tBAR';
const DOUBT = /^SERVERMSG This server has lost touch with the others: /;
const LOST = 'SERVERMSG This server has lost touch with the others; please reconnect.';

async function seesOnce(client: LobbyTestClient, ...lines: string[]): Promise<void> {
  for (const line of lines) await client.until(line, () => countOf(client, line) > 0, DEADLINE_MS);
  await client.sync();
  for (const line of lines) assert.equal(countOf(client, line), 1, line);
}

async function lives(lobby: LobbyCluster, node: string, incarnation: number): Promise<void> {
  const isThere = (): boolean =>
    lobby.cluster
      .nodes()
      .some((place) => place.id === node && place.incarnation === incarnation && place.state === 'up');
  await lobby.cluster.waitFor(`${node}#${incarnation}`, isThere, { deadlineMs: DEADLINE_MS });
}

test('partition: clients of the cut-off node are told, refused at once, disconnected; the others see them go once; all come back', async () => {
  await using lobby = await startLobbyCluster(3, { timing: TIMING });
  const host = await lobby.online('n1', 'host');
  const watcher = await lobby.online('n2', 'watcher');
  const bob = await lobby.online('n3', 'bob');
  const carl = await lobby.online('n3', 'carl');
  const guest = await lobby.guest('n3');
  const near = await open(host);
  const away = await open(bob);
  await join(carl, near);
  await join(watcher, away);
  await host.until('carl is in', ({ battles }) => battles.get(near)?.members.size === 2);
  for (const client of [watcher, carl]) client.send('JOIN main');
  await watcher.until('both are in main', ({ channels }) => channels.get('main')?.size === 2);

  await lobby.cluster.partition([['n3'], ['n1', 'n2']]);
  for (const client of [bob, carl, guest]) await client.waitFor(DOUBT, DEADLINE_MS);
  const late = await lobby.guest('n3');
  late.send('LOGIN host x');
  await late.waitFor(/^SERVERMSG .*lost touch.*use another server/);
  await late.closed;
  guest.send('REGISTER zoe x');
  await guest.waitFor(/^REGISTRATIONDENIED .*lost touch/);
  carl.send('LEAVEBATTLE', '#1 JOIN other', '#2 PING');
  await carl.waitFor((line) => line === '#2 PONG');
  await carl.waitFor(/^FAILED msg=.*lost touch.*\tcmd=LEAVEBATTLE$/);
  await carl.waitFor(/^JOINFAILED other .*lost touch/);
  for (const client of [bob, carl, guest]) {
    await client.closed;
    assert.equal(client.lines.at(-1), LOST);
    assert.equal(countOf(client, DOUBT), 1);
  }
  for (const client of [host, watcher])
    await seesOnce(client, `BATTLECLOSED ${away}`, `LEFTBATTLE ${near} carl`, 'REMOVEUSER bob', 'REMOVEUSER carl');
  assert.equal(countOf(watcher, /^LEFT main carl/), 1);
  const moved = await lobby.guest('n1');
  await moved.login('bob');
  await join(moved, near);
  await watcher.until('bob is in', ({ battles }) => battles.get(near)?.members.has('bob') ?? false);

  await lobby.cluster.heal();
  await lives(lobby, 'n3', 2);
  const back = await lobby.guest('n3');
  await back.login('carl');
  assert.deepEqual(
    [...back.model.users.keys()].sort(),
    [...INTERNAL_USERS.map(({ name }) => name), 'bob', 'carl', 'host', 'watcher'].sort(),
  );
  await join(back, near);
  for (const client of [host, watcher, moved])
    await client.until('carl is back', ({ battles }) => battles.get(near)?.members.has('carl') ?? false);
  for (const name of ['bob', 'carl']) assert.equal(countOf(host, new RegExp(`^ADDUSER ${name} `)), 2);
  await lobby.cluster.settled({ deadlineMs: DEADLINE_MS });
  assert.deepEqual(lobby.violations(), []);
});

test('partition: what was stuck when the links were cut keeps no PING waiting, and ends with the lease', async () => {
  await using lobby = await startLobbyCluster(3, { timing: { leaseMs: 3_000, marginMs: 200 } });
  const bob = await lobby.online('n3', 'bob');
  await lobby.cluster.partition([['n3'], ['n1', 'n2']]);
  bob.send(OPEN, 'JOIN main', '#1 PING');
  await bob.waitFor((line) => line === '#1 PONG', 1_000);
  assert.equal(countOf(bob, /^(OPENBATTLE|JOIN)/), 0, 'the others are still waiting');
  await bob.waitFor(DOUBT, DEADLINE_MS);
  await bob.waitFor(/^JOINFAILED main .*lost touch/, 1_000);
  await bob.closed;
  assert.deepEqual(lobby.violations(), []);
});

test('pause: a short one ends nothing; a long one ends the node, whose clients are shown leaving once and come back', async () => {
  await using lobby = await startLobbyCluster(3, { timing: { ...TIMING, hungMs: 1_500 }, restart: {} });
  const watcher = await lobby.online('n1', 'watcher');
  const bob = await lobby.online('n2', 'bob');
  await lobby.cluster.pause('n2', 300);
  bob.send('MYSTATUS 1');
  await watcher.waitFor('CLIENTSTATUS bob 1', DEADLINE_MS);
  assert.equal(countOf(bob, DOUBT), 0);
  assert.equal(bob.isClosed, false);

  const paused = lobby.cluster.pause('n2', 5_000).catch(() => 'its thread was ended');
  await bob.closed;
  await seesOnce(watcher, 'REMOVEUSER bob');
  assert.equal(await paused, 'its thread was ended');
  await lives(lobby, 'n2', 2);
  const back = await lobby.guest('n2');
  await back.login('bob');
  await watcher.until('bob is back', ({ users }) => users.has('bob'));
  assert.deepEqual(lobby.violations(), []);
});

interface Up {
  readonly nodes: readonly { readonly id: string; readonly lobbyPort: number }[];
}

test('muster up: partition and heal, both ways, one way and between two: told as JSON, and every node comes back on its port', async () => {
  const args = [
    '--json',
    '--data',
    'memory',
    '--lobby-port',
    '0',
    '--nodes',
    '3',
    '--timing',
    'leaseMs=1000,marginMs=200',
  ];
  await using muster = new MusterProcess(args);
  const { nodes } = (await muster.saw({ event: 'up' })) as unknown as Up;
  const portOf = (id: string): number => nodes.find((node) => node.id === id)!.lobbyPort;
  // Who is within reach of the authority when it is evicted is let go at once: its next life waits for the heal, but does not
  // begin with it. Who is heard and hears nobody is not.
  const cuts = [
    ['n3', 'partition n3 | n1 n2', 'heal'],
    ['n2', 'partition n2 -> n1 n3 authority', 'heal'],
    ['n3', 'partition n1 n2 authority -> n3', 'heal'],
    ['n3', 'partition n2 | n3 ; n1 -> n3', 'rejoin'],
  ] as const;
  const incarnations = new Map(nodes.map(({ id }) => [id, 1]));
  for (const [id, line, cause] of cuts) {
    const from = muster.events.length;
    const incarnation = incarnations.get(id)!;
    muster.send(line);
    const done = await muster.saw({ event: 'done', command: line }, from);
    assert.ok(Number(done.ms) >= 0);
    await muster.saw({ event: 'node', id, incarnation, state: 'cut off' }, from);
    await muster.saw({ event: 'error', code: 'NodeEvicted', node: id }, from);
    await muster.saw({ event: 'view', cause: `eviction ${id}` }, from);
    const next = { event: 'node', id, incarnation: incarnation + 1, cause };
    if (cause === 'rejoin') await muster.saw({ ...next, state: 'starting' }, from);
    muster.send('heal');
    await muster.saw({ event: 'done', command: 'heal' }, from);
    await muster.saw({ ...next, state: 'up' }, from);
    assert.match(await greetingOn(portOf(id)), /^TASSERVER /, `${id} listens where it did`);
    incarnations.set(id, incarnation + 1);
  }
  const before = muster.events.length;
  muster.send('partition n1 -> n2 -> n3', 'partition n1 | n2 ;', 'pause n1 10', 'inspect');
  await muster.saw({ event: 'refused', command: 'partition n1 -> n2 -> n3' });
  await muster.saw({ event: 'refused', command: 'partition n1 | n2 ;' });
  await muster.saw({ event: 'done', command: 'pause n1 10' });
  const inspected = await muster.saw({ event: 'inspect' });
  const standings = (inspected.nodes as readonly { standing: string }[]).map(({ standing }) => standing);
  assert.deepEqual(standings, ['primary', 'primary', 'primary']);
  assert.deepEqual(
    muster.events.slice(before).filter(({ event }) => event === 'error'),
    [],
  );
  muster.send('quit');
  assert.equal(await muster.exited(), 0);
  assert.deepEqual(muster.garbage, []);
});
