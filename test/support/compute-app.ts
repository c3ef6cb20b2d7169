/** An app with tasks that take long, fail, or are not listed, for tests of the pool that runs them. */
import { threadId } from 'node:worker_threads';
import { defineApp, InvalidValue, type MusterNode, type Task } from '../../src/index.ts';

/** Blocks its thread for so many ms; says in which thread that was. */
export const block: Task<number, number> = {
  name: 'block',
  run: (ms) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    return threadId;
  },
};
export const fail: Task<string, never> = {
  name: 'fail',
  run: (why) => {
    throw new InvalidValue('the input', why);
  },
};
export const unlisted: Task<null, null> = { name: 'unlisted', run: () => null };

export interface Blocked {
  readonly taskThread: number;
  readonly ownThread: number;
  /** How late a timer of 5 ms was at worst meanwhile. */
  readonly latestMs: number;
}

export async function runBlocking(node: MusterNode, ms: number): Promise<Blocked> {
  let latestMs = 0;
  let before = node.now();
  const stop = node.every(5, () => {
    latestMs = Math.max(latestMs, node.now() - before - 5);
    before = node.now();
  });
  const taskThread = await node.compute.run(block, ms);
  stop();
  return { taskThread, ownThread: threadId, latestMs };
}

export const runFailing = (node: MusterNode, why: string): Promise<never> => node.compute.run(fail, why);
export const runUnlisted = (node: MusterNode): Promise<null> => node.compute.run(unlisted, null);

/** What is run on a node knows the names its app exports. */
export { threadId };

export default defineApp({ uses: [], tasks: [block, fail] });
