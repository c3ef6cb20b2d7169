/** The baselines of calls from one thread to another: comlink, request and reply batched by hand, and one post each way. */
import { MessageChannel } from 'node:worker_threads';
import type { Subject } from '../harness.ts';
import { Threads } from '../threads.ts';
import { perSecondOfAll } from '../work.ts';

type How = 'comlink' | 'batched-by-hand' | 'port-round-trip';

/** Answers per second, with so many callers at a time. */
export async function calling(how: How, count: number, callers: number): Promise<Subject> {
  const threads = await pair(how);
  return {
    name: how,
    round: async () => (count * 1_000) / (await threads.ask<number>(0, 'call', [count, callers])),
    close: () => threads.close(),
  };
}

/** The median of calls one at a time, in µs. */
export async function callingInTurn(how: How, count: number): Promise<Subject> {
  const threads = await pair(how);
  return {
    name: how,
    round: () => threads.ask<number>(0, 'callInTurn', [count]),
    close: () => threads.close(),
  };
}

/** Every thread calls the next one, so many callers each, request and reply batched by hand: answers per second of all. */
export async function callingInRing(count: number, callers: number, size: number, bytes: number): Promise<Subject> {
  const threads = await Threads.start(new URL('./calls.thread.ts', import.meta.url), size);
  const how: How = 'batched-by-hand';
  for (const thread of threads.every) {
    const { port1, port2 } = new MessageChannel();
    await threads.ask((thread + 1) % size, 'serve', [how, port2], [port2]);
    await threads.ask(thread, 'connect', [how, port1], [port1]);
  }
  return {
    name: how,
    async round() {
      const calling = threads.every.map((thread) =>
        threads.ask<[number, number]>(thread, 'callWith', [count, callers, bytes]),
      );
      return perSecondOfAll(count, await Promise.all(calling));
    },
    close: () => threads.close(),
  };
}

async function pair(how: How): Promise<Threads> {
  const threads = await Threads.start(new URL('./calls.thread.ts', import.meta.url), 2);
  const { port1, port2 } = new MessageChannel();
  await threads.ask(1, 'serve', [how, port2], [port2]);
  await threads.ask(0, 'connect', [how, port1], [port1]);
  return threads;
}
