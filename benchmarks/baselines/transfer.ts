/** What it takes to carry entries from one thread to another, decode them and put them into a Map. */
import { MessageChannel } from 'node:worker_threads';
import type { Subject } from '../harness.ts';
import { watchMemory } from '../peak-memory.ts';
import { Threads } from '../threads.ts';
import { nowMs, perSecond } from '../work.ts';

const ENTRY = new URL('./transfer.thread.ts', import.meta.url);

/** Entries per second from a thread that holds `entries` to one that stands ready. */
export async function transfer(entries: number): Promise<Subject> {
  const giver = await Threads.start(ENTRY, 1);
  await giver.ask(0, 'fill', [entries]);
  return {
    name: 'bare-transfer',
    async round() {
      const memory = watchMemory();
      const taker = await Threads.start(ENTRY, 1);
      try {
        const { port1, port2 } = new MessageChannel();
        checkHeld(0, await taker.ask<number>(0, 'size'));
        const startedAt = nowMs();
        await giver.ask(0, 'give', [port1], [port1]);
        await taker.ask(0, 'take', [port2], [port2]);
        const endedAt = nowMs();
        checkHeld(entries, await taker.ask<number>(0, 'size'));
        const also = memory.end(await taker.ask<number>(0, 'heapBytes'));
        return { figure: perSecond(entries, startedAt, [endedAt]), also };
      } finally {
        memory.close();
        await taker.close();
      }
    },
    close: () => giver.close(),
  };
}

/** Throws unless it holds all. */
export function checkHeld(entries: number, held: number): void {
  if (held !== entries) throw new Error(`the joiner holds ${held} of ${entries} entries`);
}
