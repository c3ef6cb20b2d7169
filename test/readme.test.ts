/** The README's examples do what they say: their files are taken from the text and run. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MusterProcess } from './e2e/muster-process.ts';

const LIBRARY = new URL('../src/index.ts', import.meta.url).href;
const TSX = new URL('../node_modules/tsx/dist/esm/index.mjs', import.meta.url).href;

function fileIn(readme: string, name: string): string {
  const block = new RegExp(`\`\`\`js\\n(// ${name.replace('.', '\\.')}\\n[^]*?)\`\`\``).exec(readme);
  assert.ok(block?.[1], `the README has a block that begins with // ${name}`);
  return block[1];
}

/** Here nothing is installed under the name muster. */
function withLibrary(text: string): string {
  return text.replace("from 'muster'", `from ${JSON.stringify(LIBRARY)}`);
}

test("the README's example of simulate: a test of a user's own app passes", async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  // Below the project, so that zod is found without a bundler, and where nobody minds what an interrupted run leaves.
  const cache = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url));
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'muster-readme-'));
  try {
    for (const name of ['app.mjs', 'lobbies.test.mjs'])
      await writeFile(join(folder, name), withLibrary(fileIn(readme, name)));
    const args = ['--import', TSX, '--test-reporter', 'tap', '--test', join(folder, 'lobbies.test.mjs')];
    const env = { ...process.env };
    // Node tells test files that they run inside a test; this one starts anew.
    delete env.NODE_TEST_CONTEXT;
    const ran = await promisify(execFile)(process.execPath, args, { timeout: 120_000, env });
    assert.match(ran.stdout, /^# pass 1$/m);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("the README's example of muster simulate --app: the exports are found, and the seeds pass", async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const folder = await mkdtemp(join(tmpdir(), 'muster-readme-'));
  try {
    for (const name of ['app.mjs', 'fire.mjs']) await writeFile(join(folder, name), fileIn(readme, name));
    const main = fileURLToPath(new URL('../src/edges/cli/main.ts', import.meta.url));
    const args = ['simulate', '--app', 'fire.mjs', '--seeds', '2', '--minutes', '0.1', '--pages', 'none'];
    const ran = await promisify(execFile)(process.execPath, ['--import', TSX, main, ...args], {
      ...{ timeout: 60_000, cwd: folder },
    });
    assert.match(ran.stdout, /^2 of 2 seeds, .* [1-9]\d* operations, [1-9]\d* promises checked\n$/m);
    assert.equal(ran.stderr, '');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("the README's example: a server's kept state is there after its node was killed", async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const folder = await mkdtemp(join(tmpdir(), 'muster-readme-'));
  try {
    await writeFile(join(folder, 'app.mjs'), fileIn(readme, 'app.mjs'));
    // In the app the bundler takes care of that.
    await writeFile(join(folder, 'main.mjs'), withLibrary(fileIn(readme, 'main.mjs')));
    const ran = await promisify(execFile)(process.execPath, ['--import', TSX, join(folder, 'main.mjs')], {
      timeout: 60_000,
    });
    assert.equal(ran.stdout, 'true\n');
    assert.match(ran.stderr, /alice@n1: hello/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** What came to a socket, as text that is waited for. */
async function chatOn(port: number): Promise<{ socket: Socket; heard(text: string): Promise<void> }> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  let all = '';
  socket.on('data', (text: string) => {
    all += text;
  });
  await once(socket, 'connect');
  const heard = async (text: string): Promise<void> => {
    const signal = AbortSignal.timeout(20_000);
    while (!all.includes(text)) {
      await once(socket, 'data', { signal }).catch(() =>
        assert.fail(`never heard ${text}; heard ${JSON.stringify(all)}`),
      );
    }
  };
  return { socket, heard };
}

test("the README's app of 40 lines: people on several nodes talk, a dead node's people are seen to leave, and their names are free", async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const text = fileIn(readme, 'chat.mjs');
  assert.ok(text.trim().split('\n').length <= 48, 'it is short');
  const folder = await mkdtemp(join(tmpdir(), 'muster-readme-'));
  try {
    await writeFile(join(folder, 'chat.mjs'), text);
    await using muster = new MusterProcess(
      ['--app', 'chat.mjs', '--lobby-port', '0', '--nodes', '3', '--json'],
      folder,
    );
    const { nodes } = await muster.saw({ event: 'up' });
    const [first, second] = (nodes as { lobbyPort: number }[]).map(({ lobbyPort }) => lobbyPort);
    const alice = await chatOn(first!);
    const bob = await chatOn(second!);
    alice.socket.write('alice\n');
    await alice.heard('This is n1. Your name?\nWelcome, alice.\n');
    bob.socket.write('bob\nhello\n');
    await alice.heard('* bob came to n2#1\nbob@n2: hello\n');
    const double = await chatOn(first!);
    double.socket.write('bob\n');
    await double.heard('the name people "bob" is held by n2#1');
    muster.send('kill n2');
    await alice.heard('* bob left n2#1\n');
    const again = await chatOn(first!);
    again.socket.write('bob\nback again\n');
    await alice.heard('* bob came to n1#1\nbob@n1: back again\n');
    for (const { socket } of [alice, bob, double, again]) socket.destroy();
    muster.send('quit');
    assert.equal(await muster.exited(), 0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
