/** What the platform alone takes: to start worker threads, and to let one take over from another that was ended. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Subject } from '../harness.ts';
import { nowMs } from '../work.ts';

const HELLO = `require('node:worker_threads').parentPort.postMessage('up');`;
/** Answers every message with its argument plus one. */
const ADDER = `${HELLO} const { parentPort } = require('node:worker_threads');
parentPort.on('message', (argument) => parentPort.postMessage(argument + 1));`;

/** Milliseconds to start `count` workers that do nothing but say that they are up. */
export async function bareWorkers(count: number): Promise<Subject> {
  return {
    name: 'bare-workers',
    async round() {
      const startedAt = nowMs();
      const workers = Array.from({ length: count }, () => new Worker(HELLO, { eval: true }));
      await Promise.all(workers.map((worker) => once(worker, 'message')));
      const tookMs = nowMs() - startedAt;
      await Promise.all(workers.map((worker) => worker.terminate()));
      return tookMs;
    },
    close: async () => {},
  };
}

/** Milliseconds from ending a worker to the first answer of another one that stood ready. */
export async function bareTakeover(): Promise<Subject> {
  let [active, standby] = await Promise.all([startAdder(), startAdder()]);
  return {
    name: 'bare-workers',
    async round() {
      const startedAt = nowMs();
      const exited = once(active, 'exit');
      void active.terminate();
      await exited;
      standby.postMessage(1);
      const [answer] = await once(standby, 'message');
      const tookMs = nowMs() - startedAt;
      if (answer !== 2) throw new Error(`the standby answered ${answer}`);
      [active, standby] = [standby, await startAdder()];
      return tookMs;
    },
    close: async () => void (await Promise.all([active.terminate(), standby.terminate()])),
  };
}

async function startAdder(): Promise<Worker> {
  const worker = new Worker(ADDER, { eval: true });
  await once(worker, 'message');
  return worker;
}
