/** Hung is not busy (P13): event loops that stand still are ended and replaced, on real threads; busy ones are left alone. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Cluster, type ClusterEvent, type ClusterOptions, startCluster } from '../../src/index.ts';
import { beacon, counters, merged, news, notes } from '../support/app.ts';
import { APP_FILE, inSimulation } from '../support/worlds.ts';

const timing = { leaseMs: 1_000, marginMs: 200, hungMs: 800 };

async function withThreads(
  options: ClusterOptions,
  body: (cluster: Cluster, events: ClusterEvent[]) => Promise<void>,
): Promise<void> {
  const events: ClusterEvent[] = [];
  await using cluster = await startCluster({
    app: APP_FILE,
    logLevel: 'error',
    onOutput: () => undefined,
    timing,
    restart: {},
    onEvent: (event) => events.push(event),
    ...options,
  });
  await body(cluster, events);
}

function errorCodes(events: readonly ClusterEvent[]): string[] {
  return events.flatMap((event) => (event.event === 'error' ? [event.code] : []));
}

function statusOf(cluster: Cluster, id: string): string {
  const { state, incarnation } = cluster.nodes().find((node) => node.id === id)!;
  return `${state} ${incarnation}`;
}

test('an event loop blocked for 10 s is noticed without messages, its thread ended, the node replaced; the others go on', async () => {
  await withThreads({ nodes: 3 }, async (cluster, events) => {
    await cluster.run('n3', (node) => node.cache(merged).put('from n3', { by: 'n3', n: 1 }));
    await cluster.settled();
    const paused = cluster.pause('n3', 10_000);
    paused.catch(() => undefined);
    await cluster.waitFor('n3 to be replaced', () => statusOf(cluster, 'n3') === 'up 2', { deadlineMs: 8_000 });
    await assert.rejects(paused, { code: 'NodeDown' });
    assert.deepEqual(errorCodes(events), ['NodeHung']);
    await cluster.run('n1', (node) => node.cache(counters).update('after', (n) => (n ?? 0) + 1));
    await cluster.settled();
    assert.equal(await cluster.run('n3', (node) => node.cache(merged).get('from n3')?.n), 1);
  });
});

test('a thread that does not end, in a long native call, is out of the view after lease and margin, and replaced', async () => {
  await withThreads({ nodes: 3 }, async (cluster, events) => {
    const home = await cluster.run('n1', (node) => node.server(beacon).call('where'));
    const other = home === 'n1' ? 'n2' : 'n1';
    const directory = await mkdtemp(join(tmpdir(), 'muster-hung-'));
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    // Waits natively until somebody opens the pipe.
    const asleep = cluster.run(
      home,
      async (_node, path) => {
        const { execFileSync: run } = await import('node:child_process');
        run('cat', [path]);
      },
      pipe,
    );
    asleep.catch(() => undefined);
    await cluster.waitFor(`${home} to be replaced`, () => statusOf(cluster, home) === 'up 2', { deadlineMs: 20_000 });
    assert.deepEqual(errorCodes(events).sort(), ['NodeEvicted', 'NodeHung']);
    await cluster.settled();
    await writeFile(pipe, '');
    await assert.rejects(asleep, { code: 'NodeDown' });
    await rm(directory, { recursive: true });
    const where = await cluster.run(other, (node) => node.server(beacon).call('where'));
    await cluster.waitFor(
      'it to act',
      async () => (await cluster.run(where, (node) => notes(node, 'acts').length)) > 0,
    );
  });
});

test('busy for seconds, with timers that come late but messages that are handled: not evicted, not ended', async () => {
  await withThreads({ nodes: 2 }, async (cluster, events) => {
    await cluster.run('n2', async (node) => {
      const lateness = notes<number>(node, 'lateness');
      let plannedAt = node.now() + 20;
      const tick = (): void => {
        lateness.push(node.now() - plannedAt);
        plannedAt = node.now() + 20;
        node.after(20, tick);
      };
      node.after(20, tick);
      await node.subscribe(news(), () => {
        const end = node.now() + 50;
        while (node.now() < end);
        notes(node, 'handled').push(1);
      });
    });
    await cluster.run('n1', (node) => {
      for (let number = 0; number < 80; number++) node.broadcast(news(), { from: 'n1', number });
    });
    await cluster.waitFor(
      'all to be handled',
      async () => {
        return (await cluster.run('n2', (node) => notes(node, 'handled').length)) === 80;
      },
      { deadlineMs: 20_000 },
    );
    const late = await cluster.waitFor('a timer to run', () =>
      cluster.run('n2', (node) => Math.max(0, ...notes<number>(node, 'lateness'))),
    );
    assert.ok(late > 2 * timing.hungMs, `a timer was ${late} ms late`);
    assert.deepEqual(errorCodes(events), []);
    assert.equal(statusOf(cluster, 'n2'), 'up 1');
  });
});

inSimulation(
  'a node that wakes after more than its lease finds itself fenced, and comes back as a new incarnation',
  { nodes: 3, seeds: 5, timing },
  async (cluster) => {
    const home = await cluster.run('n1', (node) => node.server(beacon).call('where'));
    const other = home === 'n1' ? 'n2' : 'n1';
    await cluster.run(home, (node) => node.cache(merged).put('before the pause', { by: node.id, n: 1 }));
    const paused = cluster.pause(home, 10_000);
    paused.catch(() => undefined);
    await cluster.waitFor('it to be evicted', () => cluster.view().members.length === 2);
    await cluster.run(other, (node) => node.cache(counters).update('meanwhile', (n) => (n ?? 0) + 1));
    await cluster.waitFor(`${home} to come back`, () => statusOf(cluster, home) === 'up 2', { deadlineMs: 20_000 });
    await cluster.settled();
    assert.equal(await cluster.run(other, (node) => node.cache(merged).get('before the pause')?.n), 1);
  },
);
