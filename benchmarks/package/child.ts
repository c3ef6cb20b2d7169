/** A process that boots a cluster of the built package, or bare workers, once, and prints what it took as JSON. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { startCluster } from '../../src/index.ts';

export interface Booted {
  readonly tookMs: number;
  /** How many are up. */
  readonly up: number;
  /** By how much the process has grown. */
  readonly rssBytes: number;
  /** Of one node, or worker, the used heap: the mean. */
  readonly heapBytes: number;
}

/** Says that it is up; asked, how much of its heap is used. */
const WORKER = `const { parentPort } = require('node:worker_threads');
parentPort.on('message', () => parentPort.postMessage(require('node:v8').getHeapStatistics().used_heap_size));
parentPort.postMessage('up');`;

const [, , what, count] = process.argv;
const booted = await (what === 'muster' ? bootMuster : bootWorkers)(Number(count));
process.stdout.write(`${JSON.stringify(booted)}\n`);

async function bootMuster(nodes: number): Promise<Booted> {
  const rssBefore = process.memoryUsage.rss();
  const startedAt = performance.now();
  const cluster = await startCluster({ nodes, app: new URL('./app.mjs', import.meta.url), freezeValues: false });
  const tookMs = performance.now() - startedAt;
  const rssBytes = process.memoryUsage.rss() - rssBefore;
  const up = cluster.nodes().filter(({ state }) => state === 'up').length;
  const inspected = await cluster.inspect();
  const heaps = Object.values(inspected.nodes).map(({ gauges }) => gauges.heapUsedBytes!);
  await cluster.close();
  return { tookMs, up, rssBytes, heapBytes: mean(heaps) };
}

async function bootWorkers(count: number): Promise<Booted> {
  const rssBefore = process.memoryUsage.rss();
  const startedAt = performance.now();
  const workers = Array.from({ length: count }, () => new Worker(WORKER, { eval: true }));
  const up = await Promise.all(workers.map((worker) => once(worker, 'message')));
  const tookMs = performance.now() - startedAt;
  const rssBytes = process.memoryUsage.rss() - rssBefore;
  const heaps = workers.map(async (worker) => {
    worker.postMessage('heap');
    const [bytes] = await once(worker, 'message');
    return bytes as number;
  });
  const heapBytes = mean(await Promise.all(heaps));
  await Promise.all(workers.map((worker) => worker.terminate()));
  return { tookMs, up: up.length, rssBytes, heapBytes };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
