/** Hunts a planted fault in a thread of its own. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Catch, Hunt } from './hunt.ts';

/** A build whose rule is gone may do anything, also run for ever. */
const LONGEST_MS = 50_000;

/** A thread with one build. Disposing it ends it. */
export class Hunter implements AsyncDisposable {
  readonly #worker: Worker;

  constructor(bundle: string) {
    this.#worker = new Worker(bundle);
  }

  /** Rejects with what the thread threw, and when it takes too long. */
  async run(hunt: Hunt): Promise<Catch> {
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, AbortSignal.timeout(LONGEST_MS)]);
    const answered = once(this.#worker, 'message', { signal }).then(([found]) => found as Catch);
    const ended = once(this.#worker, 'exit', { signal }).then(([code]) => {
      throw new Error(`the thread ended with ${code} before it told what it found`);
    });
    this.#worker.postMessage(hunt);
    try {
      return await Promise.race([answered, ended]);
    } finally {
      over.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}

/** The seeds from 1 to `count`. */
export function seedsUpTo(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at + 1);
}
