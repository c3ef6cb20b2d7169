/** The baselines of calls from one thread to another: comlink, and request and reply batched by hand. */
import { MessageChannel } from 'node:worker_threads';
import type { Subject } from '../harness.ts';
import { Threads } from '../threads.ts';

export function comlink(count: number): Promise<Subject> {
  return calling('comlink', count);
}

export function portRoundTrip(count: number): Promise<Subject> {
  return calling('port-round-trip', count);
}

async function calling(name: 'comlink' | 'port-round-trip', count: number): Promise<Subject> {
  const threads = await Threads.start(new URL('./calls.thread.ts', import.meta.url), 2);
  const { port1, port2 } = new MessageChannel();
  await threads.ask(1, 'serve', [name, port2], [port2]);
  await threads.ask(0, 'connect', [name, port1], [port1]);
  return {
    name,
    round: async () => (count * 1_000) / (await threads.ask<number>(0, 'call', [count])),
    close: () => threads.close(),
  };
}
