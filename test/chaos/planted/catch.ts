/** Hunts a planted fault: in a thread of its own, over its seeds, until it is caught or they are spent. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Catch, Hunt } from './hunt.ts';

/** A build whose rule is gone may do anything, also run for ever. */
const LONGEST_MS = 50_000;

/** Runs a bundle of the hunt. Rejects with what the thread threw, and when it takes too long. */
export async function runHunt(bundle: string, hunt: Hunt): Promise<Catch> {
  const worker = new Worker(bundle, { workerData: hunt });
  try {
    const [message] = await once(worker, 'message', { signal: AbortSignal.timeout(LONGEST_MS) });
    return message as Catch;
  } finally {
    await worker.terminate();
  }
}

/** The seeds from 1 to `count`. */
export function seedsUpTo(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at + 1);
}
