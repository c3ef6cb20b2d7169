/** A simulated player at a real gateway, and at a server that says nonsense. */
import assert from 'node:assert/strict';
import { createServer, type Server, type Socket } from 'node:net';
import { test } from 'node:test';
import { Crew } from '../../../src/edges/players/crew.ts';
import { BrokenStream, Names, Player, PlayerFailed, PlayerRefused } from '../../../src/edges/players/index.ts';
import type { Plan } from '../../../src/edges/players/plan.ts';
import { openTestGateway, realClock } from '../../support/gateway.ts';
import { type LobbyCluster, startLobbyCluster } from '../../support/lobby-cluster.ts';

function options(name: string, port: number, names = new Names()) {
  return { name, host: '127.0.0.1', port, names, clock: realClock, deadlineMs: 3_000 };
}

test('player: registers, logs in, talks, plays a battle with another, and leaves', async () => {
  await using opened = await openTestGateway();
  const names = new Names();
  const heard: string[] = [];
  const players = await Promise.all(
    ['ann', 'bob'].map((name) =>
      Player.connect({
        ...options(name, opened.gateway.port, names),
        said: (player, channel, from, text) =>
          heard.push(`${player.name}: ${names.nameOf(from)} in ${channel}: ${text}`),
      }),
    ),
  );
  const [ann, bob] = players as [Player, Player];
  for (const player of players) {
    await player.register();
    await player.logIn();
    await player.joinChannel('main');
  }
  ann.say('main', 'hello there');
  for (const player of players) {
    await player.until('hearing it', () => heard.some((line) => line.startsWith(`${player.name}:`)));
  }
  assert.deepEqual(heard.sort(), ['ann: ann in main: hello there', 'bob: ann in main: hello there']);
  const id = await ann.openBattle();
  await bob.joinBattle(id);
  await ann.until('told of bob', ({ battles }) => battles.get(id)?.members.length === 2);
  await bob.leaveBattle();
  await ann.leaveBattle();
  await bob.until('told of the end', ({ battles, places }) => battles.size === 0 && places === 0);
  await bob.leave();
  await ann.until('alone', ({ users }) => users === 2);
  await ann.leave();
  assert.equal(ann.failure ?? bob.failure, undefined);
});

test('player: a refusal rejects what waits, by the line', async () => {
  await using opened = await openTestGateway();
  const ann = await Player.connect(options('ann', opened.gateway.port));
  await assert.rejects(
    ann.logIn(),
    (error) => error instanceof PlayerRefused && /ann was refused: DENIED/.test(error.message),
  );
});

/** A server that greets, and then says this to whoever logs in. */
async function sayingTo(said: (socket: Socket) => void): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.write('TASSERVER 0.38 * 8201 0\n');
    socket.once('data', () => said(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as { port: number }).port, server };
}

test('player: nonsense ends it with the line and the reason; a line in pieces is one line', async () => {
  const { port, server } = await sayingTo((socket) => {
    socket.write('ACCEP');
    setImmediate(() => socket.write('TED ann\nADDUSER ann ?? 1 x\nADDUSER ann ?? 1 x\n'));
  });
  const ann = await Player.connect(options('ann', port));
  await assert.rejects(ann.logIn(), (error) => {
    assert.ok(error instanceof BrokenStream);
    assert.match(error.message, /ann got "ADDUSER ann \?\? 1 x": ann is online already/);
    return true;
  });
  await assert.rejects(
    ann.until('well again', () => true),
    BrokenStream,
    'it stays ended',
  );
  server.close();
});

test('player: a server that goes away, or says nothing in time, is a failure that says how far it came', async () => {
  const away = await sayingTo((socket) => socket.end());
  await assert.rejects((await Player.connect(options('ann', away.port))).logIn(), PlayerFailed);
  away.server.close();
  const silent = await sayingTo(() => {});
  const ann = await Player.connect({ ...options('ann', silent.port), deadlineMs: 20 });
  await assert.rejects(ann.logIn(), /ann was not logged in within 20 ms: it is guest, and knows of 0 users/);
  ann.destroy();
  silent.server.close();
});

/** A crew of four on two nodes, in this thread. */
async function crewOfFour(lobby: LobbyCluster, more: Partial<Plan> = {}): Promise<Crew> {
  const ports = await Promise.all(['n1', 'n2'].map((node) => lobby.gauge(node, 'lobbyPort')));
  const plan = { players: 4, threads: 1, host: '127.0.0.1', ports, deadlineMs: 10_000, ...more };
  const crew = new Crew(plan, 0, realClock);
  await crew.register();
  await crew.logIn();
  return crew;
}

test('crew: all that was heard counts once; a line too many fails the step and is named', async () => {
  await using lobby = await startLobbyCluster(2);
  const crew = await crewOfFour(lobby);
  await crew.seeUsers('all');
  await crew.joinChannels();
  const before = crew.lines();
  await crew.burst(3);
  assert.equal(crew.lines() - before, 4 * 4 * 3);
  const latencies = await crew.converse({ lines: 8, perSecond: 1_000 });
  assert.equal(latencies.length, 8 * 2, 'two of the four are on another node than the speaker');
  const stranger = await lobby.online('n1', 'stranger');
  stranger.send('JOIN channel0', 'SAY channel0 1 1.000');
  await stranger.waitFor(/^SAID /);
  await assert.rejects(crew.burst(1), /got "SAID channel0 stranger 1 1.000": stranger is no player/);
  crew.close();
});

test('crew: users who are not shown and lines that do not come are named', async () => {
  await using lobby = await startLobbyCluster(2);
  const half = await crewOfFour(lobby, {
    threads: 2,
    ports: [await lobby.gauge('n1', 'lobbyPort')],
    deadlineMs: 1_000,
  });
  await assert.rejects(half.seeUsers('all'), /player0 was not knowing who is online.*: not told: player1, player3/);
  await assert.rejects(
    half.joinChannels(),
    /player0 was not knowing who is in its channel.*: not told: player1, player3/,
  );
  await assert.rejects(half.burst(1), /player0 .* what was said .*: not told: line 1 of player1, line 1 of player3/);
  half.close();
});
