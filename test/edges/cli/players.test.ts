/** `muster players`: its options, how it finds nodes, what it prints, and that it ends with 1 when a server breaks a stream. */
import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { UsageError } from '../../../src/edges/cli/failure.ts';
import { type PlayersEnvironment, runPlayers } from '../../../src/edges/cli/players/command.ts';
import { figuresBlock, figuresSince, totalsOf } from '../../../src/edges/cli/players/figures.ts';
import { findNodes } from '../../../src/edges/cli/players/nodes.ts';
import { parsePlayersOptions } from '../../../src/edges/cli/players/options.ts';
import { liveReporter } from '../../../src/edges/cli/players/reporters.ts';
import { Latencies, noCounts, type ThreadReport } from '../../../src/edges/players/index.ts';
import { type Sink, sink } from './sink.ts';

const options = (...args: string[]) => parsePlayersOptions(args)!;

test('options: defaults, a list of nodes, and what is not one', () => {
  const { count, minutes, connect, control, paceMs } = options();
  assert.deepEqual([count, minutes, connect, control, paceMs], [200, 2, [], undefined, 1_500]);
  assert.deepEqual(options('--connect', 'localhost:8200, [::1]:8201').connect, [
    { host: 'localhost', port: 8_200 },
    { host: '::1', port: 8_201 },
  ]);
  assert.equal(options('--control', 'http://127.0.0.1:9/').control, 'http://127.0.0.1:9');
  const mistakes: [RegExp, ...string[]][] = [
    [/is not of the form 127.0.0.1:8200/, '--connect', '8200'],
    [/is not of the form/, '--connect', 'host:70000'],
    [/is not a URL such as/, '--control', '127.0.0.1:8190'],
    [/exclude each other/, '--control', 'http://h', '--connect', 'h:1'],
    [/--name "7up" is not/, '--name', '7up'],
    [/from 2 to 5000/, '--count', '1'],
  ];
  for (const [mistake, ...args] of mistakes) {
    assert.throws(
      () => options(...args),
      (error) => error instanceof UsageError && mistake.test(error.message),
    );
  }
  assert.equal(parsePlayersOptions(['--help']), undefined);
});

interface Opened {
  readonly port: number;
  close(): void;
}

/** A lobby of one thread that answers the lines of `answers`, and then says `nonsense`. */
async function fakeLobby(nonsense: (name: string) => string): Promise<Opened> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.write('TASSERVER 0.38 * 8201 0\n');
    let name = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n')) {
        const [command, first] = line.split(' ') as [string, string];
        if (command === 'LOGIN') {
          name = first;
          socket.write(`ACCEPTED ${name}\nADDUSER ${name} ?? 1 x\nLOGININFOEND\n`);
        } else if (command === 'JOIN') {
          socket.write(`JOIN ${first}\nJOINED ${first} ${name}\nCLIENTS ${first} ${name}\n${nonsense(name)}`);
        } else if (command === 'EXIT') socket.end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const close = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port, close };
}

function world(): { environment: PlayersEnvironment; stdout: Sink; stderr: Sink } {
  const [stdout, stderr] = [sink(), sink()];
  const environment: PlayersEnvironment = {
    ...{ stdout, stderr, columns: undefined, drawSeed: () => 7, token: undefined },
    elapsedMs: () => performance.now(),
    onStopSignal: () => () => undefined,
  };
  return { environment, stdout, stderr };
}

test('players: a duplicate ADDUSER is found, told with the lines before it, and ends the command with 1', async () => {
  const lobby = await fakeLobby((name) => `ADDUSER ${name} ?? 1 x\n`);
  try {
    const { environment, stdout } = world();
    const connect = `127.0.0.1:${lobby.port}`;
    assert.equal(await runPlayers(options('--connect', connect, '--count', '2', '--minutes', '0.02'), environment), 1);
    assert.match(stdout.text, /^2 players on 1 nodes \(127\.0\.0\.1:\d+\), seed 7\n/);
    assert.match(
      stdout.text,
      /broken stream of player[01] at 127\.0\.0\.1:\d+: player[01] is online already\n {4}TASSERVER .*\n {4}ACCEPTED [\s\S]*\n {2}> ADDUSER player[01] \?\? 1 x\n/,
    );
    assert.match(stdout.text, /\n\d+ streams broke\n$/);
    const json = world();
    await runPlayers(options('--connect', connect, '--count', '2', '--minutes', '0.02', '--json'), json.environment);
    const events = json.stdout.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(events[0]!.event, 'begin');
    assert.equal(events.find(({ event }) => event === 'fault')!.line, `ADDUSER ${events[1]!.player} ?? 1 x`);
    assert.deepEqual([events.at(-1)!.event, events.at(-1)!.ok], ['end', false]);
  } finally {
    lobby.close();
  }
});

test('players: players who do not see the same at the end are a failure, though no stream broke', async () => {
  // Each sees itself alone.
  const lobby = await fakeLobby(() => '');
  try {
    const { environment, stdout } = world();
    const args = ['--connect', `127.0.0.1:${lobby.port}`, '--count', '2', '--minutes', '0.02'];
    assert.equal(await runPlayers(options(...args), { ...environment, quietMs: 1_500 }), 1);
    assert.match(stdout.text, /at the end they do not see the same:\n {2}1 \(player[01]\): 1 users, 0 battles/);
  } finally {
    lobby.close();
  }
});

test('players: without a cluster there is one sentence, and 1', async () => {
  const { environment, stdout, stderr } = world();
  const closed = await fakeLobby(() => '');
  closed.close();
  assert.equal(await runPlayers(options('--connect', `127.0.0.1:${closed.port}`), environment), 1);
  assert.equal(stdout.text, '');
  assert.match(
    stderr.text,
    /^muster: no cluster answers at 127\.0\.0\.1:\d+; start one with muster up, or say .* --connect\n$/,
  );
});

test('nodes: the control port tells where they listen; an answer that is none of a control port is refused', async () => {
  const told = (lobbyPort: number) => ({ gauges: { lobbyPort, sessions: 3 } });
  let answer = (): unknown => ({ nodes: [{ told: told(8_200) }, { told: null }, { told: told(9_000) }] });
  const tokens: (string | undefined)[] = [];
  const server = createHttpServer((request, response) => {
    tokens.push(request.headers.authorization);
    response.end(JSON.stringify(answer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const control = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  try {
    assert.deepEqual(await findNodes({ control, connect: [], token: 'secret' }), [
      { host: '127.0.0.1', port: 8_200 },
      { host: '127.0.0.1', port: 9_000 },
    ]);
    assert.deepEqual(tokens, ['Bearer secret']);
    answer = () => ({ hello: 'world' });
    await assert.rejects(findNodes({ control, connect: [], token: undefined }), /did not answer as the control port/);
    answer = () => ({ nodes: [] });
    await assert.rejects(findNodes({ control, connect: [], token: undefined }), /no node that clients can connect to/);
  } finally {
    server.close();
  }
  await assert.rejects(
    findNodes({ control, connect: [], token: undefined }),
    /no cluster answers at http:\S+ \(\w+\);/,
  );
});

test('live: the figures are drawn over the ones before, and fit the terminal', () => {
  const latencies = new Latencies();
  latencies.add(5);
  const report: ThreadReport = {
    ...{ counts: { ...noCounts(), lines: 12_345 }, online: 8, users: { least: 7, most: 8 }, battles: undefined },
    ...{ inGame: undefined, latencies: latencies.buckets, faults: [] },
  };
  const figures = figuresSince(totalsOf([report, report], 2_000, 3));
  assert.deepEqual([figures.online, figures.linesPerSecond, figures.counts.lines], [16, 12_345, 24_690]);
  const out = sink();
  const live = liveReporter(out, 60_000, () => 40);
  live.figures(figures);
  const first = out.text;
  assert.match(first, /^0:02 of 1:00, 3 nodes\n {2}players {2}16 online, each sees 7 to/);
  for (const line of first.split('\n')) assert.ok(line.length < 40, line);
  live.figures(figures);
  const { length } = figuresBlock(figures, 60_000, 40);
  assert.ok(out.text.slice(first.length).startsWith(`\u001b[${length}A\r\u001b[J0:02`));
});
