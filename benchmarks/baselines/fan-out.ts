/** The baselines of publishing to four threads: one post per message, and the limit of batched frames. */
import { randomUUID } from 'node:crypto';
import { MessageChannel } from 'node:worker_threads';
import type { Subject } from '../harness.ts';
import { Threads } from '../threads.ts';
import { perSecond } from '../work.ts';

const THREADS = 4;
const EVERY = Array.from({ length: THREADS }, (_, thread) => thread);

/** BroadcastChannel, one post per message. */
export async function rawBroadcastChannel(count: number): Promise<Subject> {
  const threads = await Threads.start(new URL('./raw-broadcastchannel.thread.ts', import.meta.url), THREADS);
  const name = randomUUID();
  await Promise.all(EVERY.map((thread) => threads.ask(thread, 'open', [name])));
  return publishing('raw-broadcastchannel', threads, count);
}

/** Frames of 1,024 messages over ports, all receivers decoding. */
export async function limit(count: number): Promise<Subject> {
  return publishing('limit', await linked('count'), count);
}

/** The same, all receivers putting into a Map. */
export async function limitOfPuts(count: number): Promise<Subject> {
  const threads = await linked('put');
  let round = 0;
  const subject = publishing('limit', threads, count);
  return {
    ...subject,
    async round() {
      const figure = await subject.round();
      round += 1;
      for (const thread of EVERY) {
        const held = await threads.ask<number>(thread, 'holds', [count, round]);
        if (held !== count) throw new Error(`a replica holds ${held} of ${count} keys`);
      }
      return figure;
    },
  };
}

/** Thread 0 with a port to each of the others. */
async function linked(handler: 'count' | 'put'): Promise<Threads> {
  const threads = await Threads.start(new URL('./limit.thread.ts', import.meta.url), THREADS);
  await Promise.all(EVERY.map((thread) => threads.ask(thread, 'handleBy', [handler])));
  for (const thread of EVERY.slice(1)) {
    const { port1, port2 } = new MessageChannel();
    await Promise.all([threads.ask(0, 'link', [port1], [port1]), threads.ask(thread, 'link', [port2], [port2])]);
  }
  return threads;
}

/** A round: thread 0 publishes, and every thread, the publisher too, has counted every message. */
function publishing(name: string, threads: Threads, count: number): Subject {
  let round = 0;
  return {
    name,
    async round() {
      round += 1;
      const heard = EVERY.map((thread) => threads.ask<number>(thread, 'heard', [round * count]));
      const startedAt = await threads.ask<number>(0, 'publish', [count, round]);
      return perSecond(count, startedAt, await Promise.all(heard));
    },
    close: () => threads.close(),
  };
}
