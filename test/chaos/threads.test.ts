/** Chaos on real threads: nothing breaks, what is wrong is seen, and what a killed node had noted is not lost. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { covered, report, runOnThreads, seedOfEnvironment, type ThreadsResult } from '../../src/chaos/index.ts';
import { NoteCollector } from '../../src/chaos/threads/channel-notes.ts';

const SEED = seedOfEnvironment() ?? 3;

function told(result: ThreadsResult): string {
  return report(result, `MUSTER_SEED=${result.seed} npm test -- chaos/threads`);
}

/** The promises that broke, each once. */
function broken({ violations }: ThreadsResult): string[] {
  return [...new Set(violations.map(({ promise }) => promise.slice(0, promise.indexOf(':'))))];
}

describe('chaos on threads', () => {
  it('the promises hold under faults and load', async () => {
    const result = await runOnThreads({ seed: SEED, nodes: 3, minutes: 0.2 });
    assert.deepEqual(result.violations, [], told(result));
    const { figures, history, isInterrupted } = result;
    assert.ok(figures.operations > 100 && figures.acknowledged > 50 && figures.faults > 3, JSON.stringify(figures));
    assert.ok(figures.rounds >= 1 && !isInterrupted);
    assert.ok(covered(history).some(({ promise, count }) => promise === 'P11' && count === figures.operations));
  });

  it('an app whose one tally is one per node is caught', async () => {
    const app = new URL('./planted/tally-per-node.ts', import.meta.url);
    const result = await runOnThreads({ seed: 7, nodes: 3, minutes: 0.1, app });
    assert.ok(broken(result).includes('P9'), `broken: ${broken(result).join(', ')}`);
    assert.match(told(result), /tallies/);
  });

  it('an app whose nodes number for themselves is caught', async () => {
    const app = new URL('./planted/ids-per-node.ts', import.meta.url);
    const result = await runOnThreads({ seed: 7, nodes: 3, minutes: 0.1, app });
    assert.deepEqual(broken(result), ['P10']);
    assert.match(told(result), /was issued twice/);
  });

  it('its signal ends it, and nothing is judged', async () => {
    const stop = new AbortController();
    const onProgress = ({ operations }: { operations: number }): void => {
      if (operations > 5) stop.abort();
    };
    const result = await runOnThreads({ seed: SEED, nodes: 3, minutes: 10, signal: stop.signal, onProgress });
    assert.equal(result.isInterrupted, true);
    assert.deepEqual([result.violations.length, result.figures.rounds], [0, 0]);
  });
});

it('what a node noted until it was killed arrives', async () => {
  const name = `notes-${randomUUID()}`;
  const collector = new NoteCollector(name, ['n1']);
  const posted = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(
    `const { BroadcastChannel, workerData } = require('node:worker_threads');
     const channel = new BroadcastChannel(workerData.name);
     for (let at = 0; ; at += 1) {
       channel.postMessage({ at, node: 'n1#1', what: 'noted', details: {} });
       Atomics.store(workerData.posted, 0, at + 1);
       Atomics.notify(workerData.posted, 0);
     }`,
    { eval: true, workerData: { name: collector.settingsOf('n1').notes, posted } },
  );
  try {
    Atomics.wait(posted, 0, 0, 20_000);
    await worker.terminate();
    const notes = collector.take();
    const count = Atomics.load(posted, 0);
    assert.ok(count > 0, 'the thread did not begin');
    // It may have been ended between a post and its count.
    assert.ok(notes.length === count || notes.length === count + 1, `${notes.length} of ${count} arrived`);
    assert.deepEqual(
      notes.map(({ at }) => at),
      notes.map((_, at) => at),
    );
  } finally {
    collector.close();
  }
});
