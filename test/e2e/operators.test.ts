/** Operators as they work: the real command beside a real cluster, through its control port, and on its data file. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ClusterInspection } from '../../src/edges/control/index.ts';
import { LobbyTestClient } from '../support/lobby-client.ts';
import { greetingOn, MusterProcess } from './muster-process.ts';

const MAIN = fileURLToPath(new URL('../../src/edges/cli/main.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a subcommand to its end. */
async function muster(directory: string, args: readonly string[], input = ''): Promise<Ran> {
  const child = spawn(process.execPath, ['--import', TSX, MAIN, ...args], {
    stdio: 'pipe',
    cwd: directory,
    timeout: 60_000,
  });
  const texts = [child.stdout, child.stderr].map(async (stream) => {
    let text = '';
    for await (const chunk of stream.setEncoding('utf8')) text += chunk;
    return text;
  });
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  const [out, err] = await Promise.all(texts);
  return { code: code as number | null, out: out!, err: err! };
}

async function inDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-operators-'));
  try {
    await use(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

function assertOneSentence({ code, out, err }: Ran, message: RegExp): void {
  assert.deepEqual([code, out], [1, '']);
  assert.match(err, /^muster: [^\n]+\n$/);
  assert.match(err, message);
}

test('operators: inspect, tell, user, set and /metrics against a running cluster of threads; its log is JSON lines', async () => {
  await inDirectory(async (directory) => {
    const args = ['--json', '--nodes', '3', '--lobby-port', '0', '--data', 'memory', '--control-port', '0'];
    await using cluster = new MusterProcess([...args, '--log', 'muster.log', '--log-level', 'debug'], directory);
    const up = await cluster.saw({ event: 'up' });
    const url = String(up.control);
    const [, n2, n3] = up.nodes as { lobbyPort: number }[];
    const asks = (words: readonly string[], input?: string) => muster(directory, [...words, '--control', url], input);

    const added = await asks(['user', 'add', 'alice'], 'password\n');
    assert.deepEqual([added.code, added.err], [0, '']);
    assertOneSentence(await asks(['user', 'add', 'alice'], 'password\n'), /already taken/);
    assert.equal((await asks(['user', 'role', 'alice', 'moderator', 'on'])).code, 0);
    assert.equal((await asks(['set', 'motd', '["Hello {user} on {node}."]'])).code, 0);

    await using alice = await LobbyTestClient.connect(n3!.lobbyPort);
    await alice.login('alice');
    assert.ok(alice.lines.includes('MOTD Hello alice on n3.'));
    const told = await asks(['tell', 'kill', 'n2']);
    assert.match(told.out, /^kill n2 \(\d+ ms\)\n$/);
    await cluster.saw({ event: 'node', id: 'n2', incarnation: 2, state: 'up' });
    assert.match(await greetingOn(n2!.lobbyPort), /^TASSERVER /);

    const inspected = await asks(['inspect', '--json']);
    const { nodes } = JSON.parse(inspected.out) as ClusterInspection;
    assert.deepEqual(
      nodes.map(({ id, incarnation, told }) => [id, incarnation, told?.standing, told?.gauges.sessions]),
      [
        ['n1', 1, 'primary', 0],
        ['n2', 2, 'primary', 0],
        ['n3', 1, 'primary', 1],
      ],
    );
    for (const node of nodes) {
      assert.deepEqual(node.told!.links.length, 2, 'every two nodes have a link');
      assert.ok(node.told!.links.every(({ bytesIn, bytesOut }) => bytesIn > 0 && bytesOut > 0));
      assert.equal(node.told!.tables['registry sessions'], 1);
    }
    assert.match((await asks(['inspect'])).out, /^servers \(\d+\)\n {2}server +key +node/m);

    const page = await (await fetch(`${url}/metrics`)).text();
    assert.match(page, /^muster_sessions\{node="n3"\} 1$/m);
    assert.match(page, /^muster_node_up\{node="n2"\} 1$/m);
    assert.match(page, /^muster_node_incarnation\{node="n2"\} 2$/m);
    assert.match(page, /^muster_link_bytes_total\{node="n1",peer="n3",direction="out"\} [1-9]\d*$/m);

    assert.match(
      (await asks(['user', 'ban', 'alice', '--for', '2h', '--reason', 'spam'])).out,
      /the session was ended\n$/,
    );
    await alice.closed;
    assert.match((await asks(['user', 'unban', 'alice'])).out, /not banned any more/);
    assertOneSentence(await asks(['set', 'playerLimit', 'many']), /playerLimit is a whole number from 1 to 250/);

    cluster.send('quit');
    assert.equal(await cluster.exited(), 0);
    assert.deepEqual(cluster.garbage, []);
    const log = (await readFile(join(directory, 'muster.log'), 'utf8')).trimEnd().split('\n');
    const lines = log.map((line) => JSON.parse(line) as Record<string, unknown>);
    const login = lines.find(({ msg, user }) => msg === 'gateway: logged in' && user === 'alice');
    assert.deepEqual([login?.node, login?.incarnation, login?.connection, login?.level], ['n3', 1, 1, 'debug']);
    assert.ok(lines.some(({ node, event, level }) => node === 'host' && event === 'node' && level === 'warn'));
  });
});

test('operators: user works on the data file when no cluster runs, is refused while one uses it, and the cluster finds it all', async () => {
  await inDirectory(async (directory) => {
    const named = ['--data', 'lobby.db'];
    assertOneSentence(
      await muster(directory, ['user', 'role', 'alice', 'bot', 'on', ...named]),
      /there is no data file/,
    );
    const added = await muster(directory, ['user', 'add', 'alice', ...named], 'password\n');
    assert.match(added.out, /^user alice was added \(id \d+\) \(in .*lobby\.db; no cluster was asked\)\n$/);
    assert.equal((await muster(directory, ['set', 'motd', '["From the file."]', ...named])).code, 0);

    const args = ['--json', '--nodes', '1', '--lobby-port', '0', '--data', 'lobby.db', '--control-port', '0'];
    await using cluster = new MusterProcess(args, directory);
    const { nodes } = (await cluster.saw({ event: 'up' })) as unknown as { nodes: { lobbyPort: number }[] };
    assertOneSentence(
      await muster(directory, ['user', 'add', 'bob', ...named], 'x\n'),
      /lobby\.db: another cluster uses it/,
    );
    await using alice = await LobbyTestClient.connect(nodes[0]!.lobbyPort);
    await alice.login('alice');
    assert.ok(alice.lines.includes('MOTD From the file.'));
    cluster.send('quit');
    assert.equal(await cluster.exited(), 0);
  });
});

test('operators: where no cluster is, each subcommand says so in one sentence and exits with 1', async () => {
  await inDirectory(async (directory) => {
    const args = ['--json', '--nodes', '1', '--lobby-port', '0', '--data', 'memory', '--control-port', '0'];
    await using cluster = new MusterProcess([...args, '--control-token', 'hush'], directory);
    const { control } = (await cluster.saw({ event: 'up' })) as unknown as { control: string };
    assertOneSentence(await muster(directory, ['inspect', '--control', control]), /wants its token/);
    assert.equal((await muster(directory, ['inspect', '--control', control, '--control-token', 'hush'])).code, 0);
    cluster.send('quit');
    await cluster.exited();
    for (const words of [['inspect'], ['tell', 'heal'], ['user', 'unban', 'x'], ['set']]) {
      assertOneSentence(
        await muster(directory, [...words, '--control', control]),
        /^muster: no cluster answers at http/,
      );
    }
  });
});
