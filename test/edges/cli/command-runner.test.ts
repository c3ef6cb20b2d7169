import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred, NodeDown } from '../../../src/base/index.ts';
import { CommandRunner } from '../../../src/edges/cli/command-runner.ts';
import { readLines } from '../../../src/edges/cli/line-reader.ts';
import { Ports } from '../../../src/edges/cli/ports.ts';
import type { Effect } from '../../../src/edges/cli/reports.ts';
import { Session } from '../../../src/edges/cli/session.ts';
import { FakeCluster } from './fake-cluster.ts';

function bench(options: { nodes?: number; lobbyPort?: number; taken?: number[] } = {}) {
  const heard: string[] = [];
  const effects: Effect[] = [];
  const patience: (() => void)[] = [];
  const ports = new Ports(options.lobbyPort ?? 8200);
  const cluster = new FakeCluster({
    app: 'app.ts',
    data: 'memory',
    nodes: options.nodes ?? 4,
    settings: (id) => ({ lobbyPort: ports.wanted(id) }),
  });
  const session = new Session({
    cluster,
    ports,
    host: '127.0.0.1',
    checkCanListen: async (node, port) => {
      if (options.taken?.includes(port)) throw new Error(`port ${port}, meant for ${node}, is taken`);
    },
    report: (report) => heard.push(report.event),
    say: (lines) => heard.push(...lines),
    show: (_title, lines) => heard.push(...lines),
    quit: () => heard.push('quit'),
    elapsedMs: () => 0,
  });
  const runner = new CommandRunner({
    session,
    refused: (command, message) => heard.push(`refused ${command}: ${message}`),
    done: (command, _ms, effect) => {
      heard.push(`done ${command}`);
      effects.push(effect);
    },
    elapsedMs: () => 0,
    wait: () => {
      const wait = deferred<void>();
      patience.push(() => wait.resolve());
      return { over: wait.promise, cancel: () => {} };
    },
  });
  return { cluster, runner, heard, effects, patience, ports };
}

test('runner: lines run one after the other in the order given', async () => {
  const { cluster, runner, heard } = bench();
  const gate = deferred<void>();
  cluster.gate = gate.promise;
  const all = ['kill n2', 'start n2', 'stop n3', 'pause n1 5'].map((line) => runner.submit(line));
  await new Promise(setImmediate);
  assert.deepEqual(cluster.asked, ['kill n2']);
  gate.resolve();
  await Promise.all(all);
  assert.deepEqual(cluster.asked, ['kill n2', 'start n2', 'stop n3', 'pause n1 5']);
  assert.deepEqual(heard, ['done kill n2', 'done start n2', 'done stop n3', 'done pause n1 5']);
});

test('runner: a line names a node that the line before added', async () => {
  const { cluster, runner, heard } = bench();
  await Promise.all([runner.submit('add'), runner.submit('kill n5')]);
  assert.deepEqual(cluster.asked, ['add', 'kill n5']);
  assert.deepEqual(heard, ['n5 listens on 127.0.0.1:8204', 'done add', 'done kill n5']);
});

test('runner: a bad line and a command the cluster refuses are refused once, change nothing, and the next runs', async () => {
  const { cluster, runner, heard } = bench();
  for (const line of ['kill n9', 'start n1', '', 'nonsense', 'view']) await runner.submit(line);
  assert.deepEqual(cluster.asked, []);
  assert.match(heard[0]!, /^refused kill n9: there is no node "n9"/);
  assert.equal(heard[1], 'refused start n1: n1 is running');
  assert.match(heard[2]!, /^refused nonsense: unknown command "nonsense"/);
  assert.deepEqual(heard.slice(3), ['view']);
});

test('runner: a command that takes too long does not keep heal from running', async () => {
  const { cluster, runner, patience } = bench();
  const gate = deferred<void>();
  cluster.gate = gate.promise;
  const paused = runner.submit('pause n1 60000');
  const healed = runner.submit('heal');
  await new Promise(setImmediate);
  assert.deepEqual(cluster.asked, ['pause n1 60000']);
  patience[0]!();
  await Promise.all([paused, healed]);
  assert.deepEqual(cluster.asked, ['pause n1 60000', 'heal']);
  gate.resolve();
});

test('runner: more lines than it holds are refused, none is lost silently', async () => {
  const { cluster, runner, heard } = bench();
  const gate = deferred<void>();
  cluster.gate = gate.promise;
  const all = Array.from({ length: 150 }, () => runner.submit('pause n1 1'));
  gate.resolve();
  await Promise.all(all);
  const refused = heard.filter((text) => text.startsWith('refused')).length;
  assert.ok(refused > 0);
  assert.equal(refused + cluster.asked.length, 150);
});

test('session: add is refused before anything is asked of the cluster when there is no port or no room for the node', async () => {
  const taken = bench({ taken: [8204] });
  await taken.runner.submit('add');
  assert.deepEqual(taken.heard, ['refused add: port 8204, meant for n5, is taken']);
  const past = bench({ lobbyPort: 65_532 });
  await past.runner.submit('add');
  assert.match(past.heard[0]!, /^refused add: the port of n5 would be 65536/);
  const full = bench({ nodes: 64 });
  await full.runner.submit('add');
  assert.deepEqual(full.heard, ['refused add: a cluster has at most 64 nodes']);
  for (const { cluster } of [taken, past, full]) assert.deepEqual(cluster.asked, []);
});

test('session: add says which node it added and where that listens; a pause that a node was ended for says so', async () => {
  const { cluster, runner, heard, effects } = bench();
  await runner.submit('add');
  cluster.silent.add('n6');
  await runner.submit('add');
  cluster.hangs = true;
  await runner.submit('pause n3 10000');
  assert.deepEqual(effects, [
    { node: 'n5', lobbyPort: 8_204 },
    { node: 'n6', lobbyPort: null },
    { node: 'n3', ended: 'hung: its event loop stood still for 3000 ms' },
  ]);
  assert.deepEqual(heard, ['n5 listens on 127.0.0.1:8204', 'done add', 'done add', 'done pause n3 10000']);
});

test('session: a pause that fails for another reason than the end of the node is refused', async () => {
  const { cluster, runner, heard } = bench();
  cluster.pause = async () => Promise.reject(new NodeDown('pause', 'n3', 'unknown'));
  await runner.submit('pause n3 5');
  assert.deepEqual(heard, ['refused pause n3 5: pause: node n3 is down (outcome unknown)']);
});

test('session: a stopped node is not started on a port that somebody took meanwhile', async () => {
  const { cluster, runner, heard } = bench({ taken: [8201] });
  await runner.submit('stop n2');
  await runner.submit('start n2');
  assert.deepEqual(cluster.asked, ['stop n2']);
  assert.equal(heard[1], 'refused start n2: port 8201, meant for n2, is taken');
});

test('ports: a node keeps the free port it got', () => {
  const ports = new Ports(0);
  assert.equal(ports.wanted('n2'), 0);
  ports.learn('n2', 41_234);
  assert.equal(ports.wanted('n2'), 41_234);
  assert.equal(new Ports(8200).wanted('n12'), 8211);
});

async function linesOf(...chunks: (string | Uint8Array)[]): Promise<string[]> {
  async function* stream() {
    yield* chunks;
  }
  const all: string[] = [];
  for await (const line of readLines(stream())) all.push(line);
  return all;
}

test('line reader: lines are put together across chunks, also inside a character; a last one without a break counts', async () => {
  const bytes = new TextEncoder().encode('é\n');
  assert.deepEqual(await linesOf('ki', 'll n2\nadd\n\nhe', 'al'), ['kill n2', 'add', '', 'heal']);
  assert.deepEqual(await linesOf(bytes.slice(0, 1), bytes.slice(1)), ['é']);
  assert.deepEqual(await linesOf(), []);
});

test('line reader: an endless line is cut off, and what follows it is read', async () => {
  const chunks = Array.from({ length: 100 }, () => 'x'.repeat(1_000));
  const [long, next] = await linesOf(...chunks, '\nadd\n');
  assert.equal(long?.length, 4_096);
  assert.equal(next, 'add');
});
