/** The baselines of publishing between threads: one post per message, and the limit of batched frames. */
import { randomUUID } from 'node:crypto';
import { MessageChannel } from 'node:worker_threads';
import type { Subject } from '../harness.ts';
import { Threads } from '../threads.ts';
import { perSecond, SMALL_BYTES } from '../work.ts';

export interface Publishing {
  /** Messages of each publisher. */
  readonly count: number;
  readonly threads?: number;
  /** How many of the threads publish. Default 1. */
  readonly publishers?: number;
  /** The last so many of the threads hear. Default all. */
  readonly listeners?: number;
  readonly bytes?: number;
}

const THREADS = 4;

/** BroadcastChannel, one post per message. */
export async function rawBroadcastChannel(what: Publishing): Promise<Subject> {
  const threads = await Threads.start(new URL('./raw-broadcastchannel.thread.ts', import.meta.url), threadsOf(what));
  const name = randomUUID();
  await Promise.all(threads.every.map((thread) => threads.ask(thread, 'open', [name])));
  return publishing('raw-broadcastchannel', threads, what);
}

/** Frames of 1,024 messages over ports, all receivers decoding. */
export async function limit(what: Publishing): Promise<Subject> {
  return publishing('limit', await linked('count', what), what);
}

/** The same, all receivers putting into a Map. */
export async function limitOfPuts(what: Publishing): Promise<Subject> {
  const threads = await linked('put', what);
  let round = 0;
  const subject = publishing('limit', threads, what);
  return {
    ...subject,
    async round() {
      const figure = await subject.round();
      round += 1;
      for (const thread of threads.every) {
        const held = await threads.ask<number>(thread, 'holds', [what.count, round]);
        if (held !== what.count) throw new Error(`a replica holds ${held} of ${what.count} keys`);
      }
      return figure;
    },
  };
}

function threadsOf({ threads = THREADS }: Publishing): number {
  return threads;
}

/** Each publisher with a port to each of the others that hear. */
async function linked(handler: 'count' | 'put', what: Publishing): Promise<Threads> {
  const threads = await Threads.start(new URL('./limit.thread.ts', import.meta.url), threadsOf(what));
  await Promise.all(threads.every.map((thread) => threads.ask(thread, 'handleBy', [handler])));
  const listening = listenersAmong(threads, what);
  await Promise.all(listening.map((thread) => threads.ask(thread, 'hearItself')));
  for (const one of threads.every.slice(0, what.publishers ?? 1)) {
    for (const other of listening.filter((thread) => thread !== one)) {
      const { port1, port2 } = new MessageChannel();
      await Promise.all([threads.ask(one, 'sendTo', [port1], [port1]), threads.ask(other, 'hear', [port2], [port2])]);
    }
  }
  return threads;
}

function listenersAmong({ every }: Threads, { listeners = every.length }: Publishing): number[] {
  return every.slice(-listeners);
}

/**
 * A round: the publishers publish, and every thread that hears, they too if they are among them, has counted every message.
 * Messages per second in all.
 */
function publishing(name: string, threads: Threads, what: Publishing): Subject {
  const { count, publishers = 1, bytes = SMALL_BYTES } = what;
  const listening = listenersAmong(threads, what);
  let round = 0;
  return {
    name,
    async round() {
      round += 1;
      const all = count * publishers;
      await Promise.all(listening.map((thread) => threads.ask(thread, 'expect', [round * all])));
      const starting = threads.every
        .slice(0, publishers)
        .map((thread) => threads.ask<number>(thread, 'publish', [count, round, bytes]));
      const startedAt = Math.min(...(await Promise.all(starting)));
      const heard = listening.map((thread) => threads.ask<number>(thread, 'heard', [round * all]));
      return perSecond(all, startedAt, await Promise.all(heard));
    },
    close: () => threads.close(),
  };
}
