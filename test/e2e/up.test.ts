/** `muster up` as users run it: the real command, real threads, real sockets. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkCanListen } from '../../src/edges/cli/preflight.ts';
import { greetingOn, MusterProcess } from './muster-process.ts';

const QUICK = ['--json', '--data', 'memory', '--lobby-port', '0'];

interface Up {
  readonly ms: number;
  readonly nodes: readonly { readonly id: string; readonly lobbyPort: number }[];
}

async function directoryFor(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-up-'));
  try {
    await use(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** A server on a port whose predecessor is free. */
async function portAfterAFreeOne(): Promise<{ taken: Server; port: number }> {
  for (;;) {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const before = await checkCanListen([{ node: 'n1', host: '127.0.0.1', port: port - 1 }]).catch(() => 'taken');
    if (before !== 'taken') return { taken, port };
    taken.close();
  }
}

/** One sentence on stderr, beginning with the command's name. */
function assertOneSentence(stderr: string): void {
  assert.match(stderr, /^muster: [^\n]+\n$/);
  assert.doesNotMatch(stderr, /\n\s+at /);
}

test('muster up: kill, stop, start, add, bad lines and quit, told as JSON and nothing else', async () => {
  await using muster = new MusterProcess(QUICK);
  const up = (await muster.saw({ event: 'up' })) as unknown as Up;
  assert.deepEqual(
    up.nodes.map(({ id }) => id),
    ['n1', 'n2', 'n3', 'n4'],
  );
  const [, n2] = up.nodes;
  for (const { lobbyPort } of up.nodes) assert.match(await greetingOn(lobbyPort), /^TASSERVER /);

  muster.send('kill n2');
  await muster.saw({ event: 'node', id: 'n2', incarnation: 1, state: 'down' });
  await muster.saw({ event: 'node', id: 'n2', incarnation: 2, state: 'up' });
  assert.match(await greetingOn(n2!.lobbyPort), /^TASSERVER /, 'restarted on the same port');

  muster.send('stop n3', 'view', 'start n3');
  await muster.saw({ event: 'node', id: 'n3', incarnation: 1, state: 'stopped' });
  await muster.saw({ event: 'node', id: 'n3', incarnation: 2, state: 'up' });

  const bad = ['kill n9', 'explode', 'pause n1', 'pause n1 soon', 'partition n1', 'partition n1 | n1', 'start n1'];
  const before = muster.events.length;
  muster.send(...bad);
  for (const command of bad) assert.ok((await muster.saw({ event: 'refused', command })).message);
  // Servers that move home to the node that was started are news of that line.
  const own = ['refused', 'done', 'moved'];
  const changes = muster.events.slice(before).filter(({ event }) => !own.includes(String(event)));
  assert.deepEqual(changes, [], 'a bad line changes nothing');

  muster.send('add');
  await muster.saw({ event: 'node', id: 'n5', incarnation: 1, state: 'up' });
  const added = await muster.saw({ event: 'done', command: 'add', node: 'n5' });
  assert.match(await greetingOn(Number(added.lobbyPort)), /^TASSERVER /);
  muster.send('pause n1 50', 'inspect', 'quit');
  assert.equal(await muster.exited(), 0);

  const inspected = muster.events.find(({ event }) => event === 'inspect') as unknown as Up;
  assert.deepEqual(
    inspected.nodes.slice(0, 4).map(({ id, lobbyPort }) => ({ id, lobbyPort })),
    up.nodes,
    'every node has kept its port',
  );
  assert.match(muster.stderr, /n5 listens on 127\.0\.0\.1:\d+/);
  assert.deepEqual(muster.garbage, []);
  for (const { event, t } of muster.events) assert.ok(event && t >= 0);
});

test('muster up: a node whose restart budget is spent stays down, with one error, and the cluster goes on', async () => {
  await using muster = new MusterProcess([...QUICK, '--nodes', '2']);
  await muster.saw({ event: 'up' });
  for (let incarnation = 1; incarnation <= 6; incarnation++) {
    await muster.saw({ event: 'node', id: 'n2', incarnation, state: 'up' });
    muster.send('kill n2');
  }
  await muster.saw({ event: 'node', id: 'n2', incarnation: 6, state: 'failed' });
  await muster.saw({ event: 'error', node: 'n2' });
  muster.send('start n2');
  await muster.saw({ event: 'node', id: 'n2', incarnation: 7, state: 'up' });
  muster.send('quit');
  assert.equal(await muster.exited(), 0);
  assert.equal(muster.events.filter(({ event }) => event === 'error').length, 1);
});

test('muster up: the end of stdin, and of who reads stdout, end nothing; a signal ends it with exit code 0', async () => {
  await using muster = new MusterProcess([...QUICK, '--nodes', '2']);
  muster.child.stdin.end('kill n2\n');
  await muster.saw({ event: 'node', id: 'n2', incarnation: 2, state: 'up' });
  const { nodes } = (await muster.saw({ event: 'up' })) as unknown as Up;
  muster.child.stdout.destroy();
  assert.match(await greetingOn(nodes[0]!.lobbyPort), /^TASSERVER /);
  muster.child.kill('SIGTERM');
  assert.equal(await muster.exited(), 0);
});

test('muster up: a second signal ends it at once, also while a node hangs', async () => {
  await using muster = new MusterProcess([...QUICK, '--nodes', '1']);
  await muster.saw({ event: 'up' });
  muster.send('view', 'pause n1 60000');
  await muster.saw(
    { event: 'view' },
    muster.events.findIndex((event) => event.event === 'up'),
  );
  muster.child.kill('SIGINT');
  const again = setInterval(() => muster.child.kill('SIGINT'), 200);
  assert.equal(await muster.exited(), 130);
  clearInterval(again);
});

test('muster up: nobody reads stdout while nodes die: it does not crash', async () => {
  await using muster = new MusterProcess([...QUICK, '--nodes', '2']);
  await muster.saw({ event: 'up' });
  muster.child.stdout.destroy();
  muster.send('kill n2', 'add');
  // The words about the added node go to stderr, which is still read: by then n2 died and events were written in vain.
  const deadline = AbortSignal.timeout(30_000);
  while (!/n3 listens/.test(muster.stderr)) await once(muster.child.stderr, 'data', { signal: deadline });
  const port = Number(/n3 listens on 127\.0\.0\.1:(\d+)/.exec(muster.stderr)?.[1]);
  assert.match(await greetingOn(port), /^TASSERVER /);
  muster.send('quit');
  assert.equal(await muster.exited(), 0);
});

test('muster up: node i listens on lobby-port + i − 1; a port that is taken gives one sentence and nothing is started', async () => {
  const { taken, port } = await portAfterAFreeOne();
  const args = ['--json', '--data', 'memory', '--nodes', '2', '--lobby-port', String(port - 1)];
  await using refused = new MusterProcess(args);
  assert.equal(await refused.exited(), 1);
  assertOneSentence(refused.stderr);
  assert.ok(refused.stderr.includes(`port ${port} on 127.0.0.1, meant for n2, is taken`), refused.stderr);
  assert.deepEqual(
    refused.events.map(({ event, code }) => [event, code]),
    [['error', 'PortTaken']],
  );
  taken.close();
  await once(taken, 'close');
  await using muster = new MusterProcess(args);
  const { nodes } = (await muster.saw({ event: 'up' })) as unknown as Up;
  assert.deepEqual(nodes, [
    { id: 'n1', lobbyPort: port - 1 },
    { id: 'n2', lobbyPort: port },
  ]);
  muster.child.kill('SIGINT');
  assert.equal(await muster.exited(), 0);
});

test('muster up: a pause past hungMs is done: the node was ended for it, and comes back', async () => {
  await using muster = new MusterProcess([...QUICK, '--nodes', '2', '--timing', 'hungMs=500,leaseMs=1000']);
  await muster.saw({ event: 'up' });
  muster.send('pause n2 20000');
  const done = await muster.saw({ event: 'done', command: 'pause n2 20000' });
  assert.deepEqual([done.node, done.ended], ['n2', 'hung: its event loop stood still for 500 ms']);
  await muster.saw({ event: 'node', id: 'n2', incarnation: 2, state: 'up' });
  muster.send('quit');
  assert.equal(await muster.exited(), 0);
  assert.ok(!muster.events.some(({ event }) => event === 'refused'));
});

test('muster up: when no side of a partition goes on it says so, and when it goes on again after heal', async () => {
  await using muster = new MusterProcess([...QUICK, '--nodes', '3', '--timing', 'leaseMs=1000,marginMs=200']);
  await muster.saw({ event: 'up' });
  muster.send('partition n1 | n2 | n3');
  const lost = await muster.saw({ event: 'primary', exists: false });
  assert.deepEqual([lost.reached, lost.unreached], [['n1'], ['n2', 'n3']]);
  muster.send('heal');
  await muster.saw({ event: 'primary', exists: true });
  muster.send('quit');
  assert.equal(await muster.exited(), 0);
  assert.equal(muster.events.filter(({ event }) => event === 'primary').length, 2);
});

test('muster up --app: an app without a lobby starts beside a lobby on the same ports, and leaves no file', async () => {
  await directoryFor(async (directory) => {
    const server = createServer().listen(8200, '127.0.0.1').unref();
    // That somebody else has it will do too.
    await once(server, 'listening').catch(({ code }) => assert.equal(code, 'EADDRINUSE'));
    const library = fileURLToPath(new URL('../../src/index.ts', import.meta.url));
    const app = `import { defineApp } from ${JSON.stringify(library)};\nexport default defineApp({ uses: [] }, () => undefined);\n`;
    await writeFile(join(directory, 'mine.ts'), app);
    await using muster = new MusterProcess(['--json', '--nodes', '2', '--app', 'mine.ts'], directory);
    const { nodes } = (await muster.saw({ event: 'up' })) as unknown as Up;
    assert.deepEqual(
      nodes.map(({ lobbyPort }) => lobbyPort),
      [null, null],
    );
    muster.send('quit');
    assert.equal(await muster.exited(), 0);
    server.close();
    assert.deepEqual((await readdir(directory)).sort(), ['mine.ts']);
  });
});

test('muster up: a data file that is not ours, and apps that do not load: one sentence, one error event, exit code 1', async () => {
  await directoryFor(async (directory) => {
    await writeFile(join(directory, 'letter.db'), 'Dear reader, this is not a database at all.\n'.repeat(50));
    await writeFile(join(directory, 'syntax.ts'), 'const x = = 1;\n');
    await writeFile(join(directory, 'throws.ts'), 'throw new Error("boom");\n');
    await writeFile(join(directory, 'nothing.js'), 'export default 3;\n');
    const cases = [
      ['--data', 'letter.db'],
      ['--app', 'syntax.ts'],
      ['--app', 'throws.ts'],
      ['--app', 'nothing.js'],
      ['--app', 'missing.ts'],
    ];
    for (const [option, file] of cases as [string, string][]) {
      await using muster = new MusterProcess([...QUICK, '--nodes', '2', option, file], directory);
      assert.equal(await muster.exited(), 1, file);
      assertOneSentence(muster.stderr);
      assert.ok(muster.stderr.includes(file), muster.stderr);
      assert.equal(muster.events.filter(({ event }) => event === 'error').length, 1, file);
      assert.deepEqual(muster.garbage, []);
    }
  });
});

test('muster up: without a terminal there is a line per node with its port, and one with the commands', async () => {
  await directoryFor(async (directory) => {
    await using muster = new MusterProcess(['--nodes', '2', '--lobby-port', '0', '--data', 'memory'], directory);
    muster.child.stdin.end('quit\n');
    assert.equal(await muster.exited(), 0);
    const text = muster.garbage.join('\n');
    assert.match(
      text,
      /^ {2}n1 +up +127\.0\.0\.1:\d+\n {2}n2 +up +127\.0\.0\.1:\d+\ncommands, one per line: kill n2 /m,
    );
  });
});
