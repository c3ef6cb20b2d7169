/** The baselines of latency: a bare message between two threads, and frames filled per turn without anything around them. */
import { randomUUID } from 'node:crypto';
import { MessageChannel } from 'node:worker_threads';
import type { Subject } from '../harness.ts';
import { FLOOD, fullSpeed, type Latencies, type Plan, planFor } from '../pace.ts';
import { Threads } from '../threads.ts';
import { perSecond } from '../work.ts';
import type { Way } from './latency.thread.ts';

/** Microseconds from when a message was due to its handler in another thread, at so many messages a second. */
export async function bareLatency(way: Way, rate: number, forMs: number): Promise<Subject> {
  const threads = await pair(way);
  return { name: way, round: () => measured(threads, rate, forMs), close: () => threads.close() };
}

/** The same at so many percent of what it does at full speed. */
export async function limitLatency(load: number, forMs: number, flood = FLOOD): Promise<Subject> {
  const threads = await pair('limit');
  const rate = ((await fullSpeed(() => throughput(threads, flood))) * load) / 100;
  return { name: 'limit', round: () => measured(threads, rate, forMs), close: () => threads.close() };
}

async function pair(way: Way): Promise<Threads> {
  const threads = await Threads.start(new URL('./latency.thread.ts', import.meta.url), 2);
  const { port1, port2 } = new MessageChannel();
  const channel = randomUUID();
  await threads.ask(1, 'hearBy', [way, port2, channel], [port2]);
  await threads.ask(0, 'sendBy', [way, port1, channel], [port1]);
  return threads;
}

async function throughput(threads: Threads, count: number): Promise<number> {
  await threads.ask(1, 'expect', [count]);
  const startedAt = await threads.ask<number>(0, 'flood', [count]);
  return perSecond(count, startedAt, [await threads.ask<number>(1, 'complete')]);
}

async function measured(threads: Threads, rate: number, forMs: number): ReturnType<Subject['round']> {
  await threads.ask(1, 'expect', [planFor(0, rate, forMs).count]);
  const plan = await threads.ask<Plan>(0, 'publish', [rate, forMs]);
  await threads.ask(1, 'complete');
  return shownLatencies(await threads.ask<Latencies>(1, 'latencies', [plan]), rate);
}

export function shownLatencies({ p50, p99, max }: Latencies, rate: number): Awaited<ReturnType<Subject['round']>> {
  return { figure: p50, also: { 'p99 µs': p99, 'max µs': max, 'messages/s': rate } };
}
