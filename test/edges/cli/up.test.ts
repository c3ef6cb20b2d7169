import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { deferred } from '../../../src/base/index.ts';
import type { Cluster, StartOptions } from '../../../src/cluster/index.ts';
import type { UpOptions } from '../../../src/edges/cli/options.ts';
import { checkCanListen, locateApp } from '../../../src/edges/cli/preflight.ts';
import type { Terminal, TerminalListeners } from '../../../src/edges/cli/terminal.ts';
import { runUp, type UpEnvironment } from '../../../src/edges/cli/up.ts';
import { ControlClient } from '../../../src/edges/control/client.ts';
import { type ClusterInspection, openControl } from '../../../src/edges/control/index.ts';
import { FakeCluster } from './fake-cluster.ts';
import { sink } from './sink.ts';

const DIRECTORY = fileURLToPath(new URL('.', import.meta.url));
const OPTIONS: UpOptions = {
  nodes: 4,
  lobbyPort: 0,
  listens: true,
  data: 'memory',
  app: 'fake-cluster.ts',
  host: '127.0.0.1',
  timing: {},
  control: undefined,
  log: undefined,
  logLevel: 'info',
  tls: undefined,
  json: true,
};

const CONTROL = { host: '127.0.0.1', port: 0, token: undefined, isAskedFor: true };

interface Overrides {
  options?: Partial<UpOptions>;
  startCluster?: (options: StartOptions) => Promise<Cluster>;
  openControl?: UpEnvironment['openControl'];
  terminal?: Terminal;
}

/** The command with a fake cluster and streams in memory. */
function runningUp({ options, startCluster, openControl, terminal }: Overrides = {}) {
  const stdin = new PassThrough();
  const out = sink();
  const err = sink();
  const clusters: FakeCluster[] = [];
  const exits: number[] = [];
  let signal: (exitCode: number) => void = () => {};
  const environment: UpEnvironment = {
    startCluster:
      startCluster ??
      (async (given) => {
        clusters.push(new FakeCluster(given));
        return clusters[0]!;
      }),
    openControl: openControl ?? (() => Promise.reject(new Error('no control port was asked for'))),
    controlToken: undefined,
    stdin,
    stdout: out,
    stderr: err,
    terminal,
    color: false,
    directory: DIRECTORY,
    elapsedMs: () => 12.6,
    onStopSignal: (listener) => {
      signal = listener;
      return () => {
        signal = () => {};
      };
    },
    exitNow: (exitCode) => exits.push(exitCode),
  };
  const ended = runUp({ ...OPTIONS, ...options }, environment);
  const events = (): Record<string, unknown>[] =>
    out.text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  return { stdin, out, err, clusters, exits, ended, events, signal: (exitCode: number) => signal(exitCode) };
}

async function until(what: string, check: () => boolean): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!check()) {
    if (performance.now() > deadline) assert.fail(`not within 5 s: ${what}`);
    await new Promise(setImmediate);
  }
}

test('up: says up with the port of every node, obeys lines, and quit closes the cluster and exits 0', async () => {
  const run = runningUp();
  run.stdin.write('kill n2\nkill n2\nquit\nkill n3\n');
  assert.equal(await run.ended, 0);
  const up = run.events().find(({ event }) => event === 'up');
  const nodes = [1, 2, 3, 4].map((number) => ({ id: `n${number}`, lobbyPort: 40_000 + number }));
  assert.deepEqual(up, { event: 'up', t: 13, ms: 13, nodes, control: null });
  const refused = run.events().filter(({ event }) => event === 'refused');
  assert.deepEqual(refused, [{ event: 'refused', t: 13, command: 'kill n2', message: 'n2 is down' }]);
  assert.deepEqual(run.clusters[0]?.asked, ['kill n2', 'kill n2']);
  assert.equal(run.clusters[0]?.closed, 1);
  assert.equal(run.err.text, '');
  run.clusters[0]?.emit({ event: 'view', view: run.clusters[0].view() });
  assert.deepEqual(run.events().at(-1), refused[0], 'what happens while it ends is not reported');
});

test('up: the cluster gets what the options say, restarts what died, and a restarted node gets its old port', async () => {
  const run = runningUp({ options: { nodes: 2, data: 'kept.db', host: '127.0.0.1', timing: { leaseMs: 1_000 } } });
  run.stdin.write('quit\n');
  await run.ended;
  const [cluster] = run.clusters;
  assert.equal(cluster?.options.nodes, 2);
  assert.equal(cluster?.options.data, `${DIRECTORY}kept.db`);
  assert.deepEqual(cluster?.options.restart, {});
  assert.deepEqual(cluster?.options.timing, { leaseMs: 1_000 });
  assert.equal(String(cluster?.options.app), new URL('fake-cluster.ts', import.meta.url).href);
  assert.deepEqual(cluster?.settingsOf('n2'), { host: '127.0.0.1', lobbyPort: 40_002 });
});

test('up: a command that was carried out is told as done, with its line; one that only shows something is not', async () => {
  const run = runningUp();
  run.stdin.write(' pause  n1 5\npartition n1 -> n2\nheal\nview\nheal n1\nquit\n');
  assert.equal(await run.ended, 0);
  const told = run.events().filter(({ event }) => event === 'done' || event === 'refused');
  assert.deepEqual(
    told.map(({ event, command }) => [event, command]),
    [
      ['done', 'pause  n1 5'],
      ['done', 'partition n1 -> n2'],
      ['done', 'heal'],
      ['refused', 'heal n1'],
    ],
  );
  assert.deepEqual(told[2], { event: 'done', t: 13, command: 'heal', ms: 0 });
});

test('up: the end of stdin does not end the cluster; a signal does, with exit code 0', async () => {
  const run = runningUp();
  run.stdin.end('view\n');
  await until('view shown', () => run.events().filter(({ event }) => event === 'view').length === 2);
  await new Promise(setImmediate);
  assert.equal(run.clusters[0]?.closed, 0);
  run.signal(130);
  assert.equal(await run.ended, 0);
  assert.equal(run.clusters[0]?.closed, 1);
});

test('up: a second signal ends at once with its exit code', async () => {
  const closing = deferred<void>();
  const run = runningUp({
    startCluster: async (options) => Object.assign(new FakeCluster(options), { close: () => closing.promise }),
  });
  await until('up', () => run.events().some(({ event }) => event === 'up'));
  run.signal(130);
  assert.deepEqual(run.exits, []);
  run.signal(130);
  assert.deepEqual(run.exits, [130]);
  closing.resolve();
  await run.ended;
});

test('up: a signal while the nodes start closes what was started, and never says up', async () => {
  let cluster: FakeCluster | undefined;
  const run = runningUp({
    startCluster: async (options) => {
      run.signal(130);
      cluster = new FakeCluster(options);
      return cluster;
    },
  });
  assert.equal(await run.ended, 0);
  assert.equal(cluster?.closed, 1);
  assert.ok(!run.events().some(({ event }) => event === 'up'));
});

test('up: a cluster that does not start: one sentence, one error event, exit code 1', async () => {
  const run = runningUp({
    startCluster: async ({ onEvent }) => {
      onEvent?.({ event: 'error', code: 'AppFailed', message: 'n1: boom' });
      throw Object.assign(new Error('the app does not load: boom\n    at app.ts:3'), { code: 'AppFailed' });
    },
  });
  assert.equal(await run.ended, 1);
  assert.equal(run.err.text, 'muster: the app does not load: boom\n');
  assert.deepEqual(run.events(), [
    { event: 'error', t: 13, code: 'AppFailed', message: 'the app does not load: boom' },
  ]);
});

test('up: without --json a failed start says its sentence on stderr only', async () => {
  const run = runningUp({ options: { json: false, app: 'missing.ts' } });
  assert.equal(await run.ended, 1);
  assert.match(run.err.text, /^muster: --app missing\.ts: there is no such file \(looked for .*missing\.ts\)\n$/);
  assert.equal(run.out.text, '');
  assert.equal(run.clusters.length, 0);
});

test('up: a taken port: named with its node, before anything is started', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const run = runningUp({ options: { lobbyPort: port, nodes: 1 } });
  assert.equal(await run.ended, 1);
  assert.match(
    run.err.text,
    new RegExp(`^muster: port ${port} on 127\\.0\\.0\\.1, meant for n1, is taken; [^\\n]*\\n$`),
  );
  assert.equal(run.events()[0]?.code, 'PortTaken');
  assert.equal(run.clusters.length, 0);
  server.close();
});

test('up: an app that need not listen is started, and given nodes, though its ports are taken; it is told them all the same', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const run = runningUp({ options: { lobbyPort: port - 1, listens: false, nodes: 1 } });
  run.stdin.write('add\nquit\n');
  assert.equal(await run.ended, 0);
  assert.deepEqual(run.clusters[0]?.asked, ['add']);
  assert.deepEqual(run.clusters[0]?.settingsOf('n2'), { host: '127.0.0.1', lobbyPort: port });
  const done = run.events().find(({ event }) => event === 'done');
  assert.deepEqual(done, { event: 'done', t: 13, command: 'add', ms: 0, node: 'n2', lobbyPort: port });
  server.close();
});

test('up: an app that is not there is told before a port that is taken', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const run = runningUp({ options: { lobbyPort: port, nodes: 1, app: 'missing.ts' } });
  assert.equal(await run.ended, 1);
  assert.match(run.err.text, /^muster: --app missing\.ts: there is no such file/);
  server.close();
});

test('up: an error event of a running cluster is reported and the cluster goes on', async () => {
  const run = runningUp();
  await until('up', () => run.events().some(({ event }) => event === 'up'));
  run.clusters[0]?.emit({ event: 'error', code: 'RestartBudget', message: 'n2 stays down', node: 'n2' });
  assert.deepEqual(run.events().at(-1), {
    event: 'error',
    t: 13,
    code: 'RestartBudget',
    message: 'n2 stays down',
    node: 'n2',
  });
  run.stdin.write('add\nquit\n');
  assert.equal(await run.ended, 0);
  assert.deepEqual(run.clusters[0]?.asked, ['add']);
});

test('up: a node that does not answer when asked for its port is reported without one', async () => {
  const run = runningUp({
    startCluster: async (options) => {
      const cluster = new FakeCluster(options);
      cluster.silent.add('n3');
      return cluster;
    },
  });
  run.stdin.write('quit\n');
  await run.ended;
  const up = run.events().find(({ event }) => event === 'up') as { nodes: { lobbyPort: number | null }[] };
  assert.deepEqual(
    up.nodes.map(({ lobbyPort }) => lobbyPort),
    [40_001, 40_002, null, 40_004],
  );
});

class FakeTerminal implements Terminal {
  listeners: TerminalListeners | undefined;
  lines: readonly string[] = [];
  opened = 0;
  closed = 0;

  size = () => ({ columns: 80, rows: 24 });
  open(listeners: TerminalListeners): void {
    this.listeners = listeners;
    this.opened += 1;
  }
  draw(lines: readonly string[]): void {
    this.lines = lines;
  }
  close(): void {
    this.closed += 1;
  }
  press(text: string): void {
    this.listeners?.onKey({ name: text, text, ctrl: false });
  }
}

test('up: on a terminal nodes are listed, keys are obeyed, an app’s prints are shown, q ends it and gives the terminal back', async () => {
  const terminal = new FakeTerminal();
  const run = runningUp({ terminal, options: { json: false } });
  await until('nodes listed', () => {
    terminal.listeners?.onResize();
    return terminal.lines.some((line) => / n4 +up +40004 +1 +3 /.test(line));
  });
  for (const text of ['2', 'k', 'a']) terminal.press(text);
  await until('obeyed', () => run.clusters[0]?.asked.length === 2);
  terminal.listeners?.onText(['printed by the app']);
  terminal.listeners?.onResize();
  assert.ok(terminal.lines.some((line) => line.includes('printed by the app')));
  assert.deepEqual(run.clusters[0]?.asked, ['kill n2', 'add']);
  terminal.press('q');
  assert.equal(await run.ended, 0);
  assert.deepEqual([terminal.opened, terminal.closed], [1, 1]);
  assert.equal(run.out.text, '');
});

test('up: on a terminal a failed start gives the terminal back before its sentence', async () => {
  const terminal = new FakeTerminal();
  const run = runningUp({ terminal, options: { json: false, app: 'missing.ts' } });
  assert.equal(await run.ended, 1);
  assert.equal(terminal.closed, 1);
  assert.match(run.err.text, /^muster: --app missing\.ts/);
});

test('preflight: an address this machine has not is named with the reason', async () => {
  await assert.rejects(checkCanListen([{ node: 'n1', host: '192.0.2.1', port: 0 }]), {
    code: 'CannotListen',
    message: 'cannot listen on 192.0.2.1 port 0 for n1: this machine has no such address',
  });
});

test('preflight: ports that are free are left free', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  const binding = { node: 'n1', host: '127.0.0.1', port };
  await checkCanListen([binding]);
  await checkCanListen([binding]);
});

test('preflight: without --app the lobby beside the command is run', () => {
  assert.match(locateApp(undefined, DIRECTORY).href, /\/src\/edges\/gateway\/app\.ts$/);
});

test('up: the control port answers from the start, carries lines out after one another, tells of them, and quits', async () => {
  const run = runningUp({ options: { control: { ...CONTROL, port: 0 } }, openControl });
  await until('up', () => run.events().some(({ event }) => event === 'up'));
  const url = String(run.events().find(({ event }) => event === 'up')?.control);
  const client = new ControlClient({ url, token: undefined });
  const answers = ['kill n2', 'kill n2', 'kill n9', 'help', 'add'].map((command) =>
    client.ask('POST', '/command', { command }).catch((error) => `${error.code}: ${error.message}`),
  );
  const [killed, again, unknown, help, added] = await Promise.all(answers);
  assert.deepEqual([killed, again].sort(), ['Refused: n2 is down', { command: 'kill n2', ms: 0 }].sort());
  assert.equal(unknown, 'Refused: there is no node "n9"; there are n1, n2, n3, n4');
  assert.match(String(help), /^Refused: the commands are kill n2 · /);
  assert.deepEqual(added, { command: 'add', ms: 0, node: 'n5', lobbyPort: 40_005 });
  const inspection = await client.ask<ClusterInspection>('GET', '/inspect');
  assert.deepEqual(
    inspection.nodes.map(({ id, state, told }) => [id, state, told?.standing]),
    [
      ['n1', 'up', 'primary'],
      ['n2', 'down', undefined],
      ['n3', 'up', 'primary'],
      ['n4', 'up', 'primary'],
      ['n5', 'up', 'primary'],
    ],
  );
  const told = run.events().filter(({ event }) => event === 'done' || event === 'refused');
  assert.deepEqual(told.map(({ command }) => command).sort(), ['add', 'kill n2', 'kill n2', 'kill n9']);
  await client.ask('POST', '/command', { command: 'quit' });
  assert.equal(await run.ended, 0);
  await assert.rejects(client.ask('GET', '/inspect'), { code: 'NoCluster' });
});

test('up: while the nodes start the control port says so', async () => {
  const started = deferred<void>();
  const opened = deferred<string>();
  const run = runningUp({
    options: { control: { ...CONTROL, port: 0 } },
    openControl: async (...given) => {
      const server = await openControl(...given);
      opened.resolve(server.url);
      return server;
    },
    startCluster: async (options) => {
      await started.promise;
      return new FakeCluster(options);
    },
  });
  const client = new ControlClient({ url: await opened.promise, token: undefined });
  await assert.rejects(client.ask('GET', '/inspect'), { code: 'Unavailable', message: 'the cluster is starting' });
  started.resolve();
  run.signal(130);
  assert.equal(await run.ended, 0);
});

test('up: a control port that was asked for and is taken starts nothing; one that was not is done without, and that is said', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const refused = runningUp({ options: { control: { ...CONTROL, port } }, openControl });
  assert.equal(await refused.ended, 1);
  assert.match(refused.err.text, /^muster: port \d+ on 127\.0\.0\.1, meant for control, is taken; [^\n]+\n$/);
  assert.deepEqual(refused.clusters, []);
  const without = runningUp({ options: { control: { ...CONTROL, port, isAskedFor: false } }, openControl });
  without.stdin.write('quit\n');
  assert.equal(await without.ended, 0);
  assert.equal(without.events().find(({ event }) => event === 'up')?.control, null);
  assert.match(without.err.text, /^there is no control port: port \d+ [^\n]+\n$/);
  const wide = runningUp({ options: { control: { ...CONTROL, host: '0.0.0.0' } }, openControl });
  assert.equal(await wide.ended, 1);
  assert.match(
    wide.err.text,
    /^muster: a control port on 0\.0\.0\.0 can be reached from other machines and needs a token/,
  );
  server.close();
});

test('up: what nodes log is one JSON object a line on stderr, and on a terminal text as before', async () => {
  const record = {
    time: 0,
    level: 'warn',
    node: 'n1',
    incarnation: 1,
    message: 'odd',
    fields: { user: 'bob' },
  } as const;
  const run = runningUp({ options: { logLevel: 'warn' } });
  await until('up', () => run.events().some(({ event }) => event === 'up'));
  const { onLog, logLevel } = run.clusters[0]!.options;
  assert.equal(logLevel, 'warn');
  onLog!(record);
  const time = '1970-01-01T00:00:00.000Z';
  assert.deepEqual(JSON.parse(run.err.text), {
    level: 'warn',
    time,
    node: 'n1',
    incarnation: 1,
    user: 'bob',
    msg: 'odd',
  });
  run.signal(130);
  await run.ended;
  const live = runningUp({ terminal: new FakeTerminal(), options: { json: false } });
  await until('started', () => live.clusters.length === 1);
  assert.equal(live.clusters[0]!.options.onLog, undefined);
  live.signal(130);
  await live.ended;
});
