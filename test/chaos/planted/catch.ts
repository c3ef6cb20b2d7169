/** Hunts a planted fault: in a thread of its own, over its seeds, until it is caught or they are spent. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Catch, Hunt } from './hunt.ts';

/** Runs a bundle of the hunt. Rejects with what the thread threw. */
export async function runHunt(bundle: string, hunt: Hunt): Promise<Catch> {
  const worker = new Worker(bundle, { workerData: hunt });
  const [message] = await once(worker, 'message');
  await worker.terminate();
  return message as Catch;
}

/** The seeds from 1 to `count`. */
export function seedsUpTo(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at + 1);
}
