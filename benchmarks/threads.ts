/**
 * Worker threads for the baselines: bundles a TypeScript entry as Muster's own nodes are bundled, starts it in a number
 * of threads, and asks them things. The thread's side is thread.ts.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Transferable, Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { YOUNG_GENERATION_MB } from '../src/cluster/threads/life.ts';
import type { Answer, Question } from './thread.ts';

export class Threads {
  readonly #workers: readonly Worker[];
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #asked = 0;
  #closing = false;

  private constructor(workers: readonly Worker[]) {
    this.#workers = workers;
    for (const worker of workers) {
      worker.on('message', (answer: Answer) => this.#onAnswer(answer));
      worker.on('error', (error) => this.#rejectAll(error));
      worker.on('exit', (code) => {
        if (!this.#closing) this.#rejectAll(new Error(`a baseline's thread ended with code ${code}`));
      });
    }
  }

  /** Starts `count` threads of the entry, which calls `answerWith`. */
  static async start(entry: URL, count: number): Promise<Threads> {
    const code = await bundle(fileURLToPath(entry));
    // With as much room for what dies young as Muster's nodes have.
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB };
    return new Threads(Array.from({ length: count }, () => new Worker(code, { eval: true, resourceLimits })));
  }

  /** The numbers of the threads. */
  get every(): number[] {
    return this.#workers.map((_, thread) => thread);
  }

  ask<T>(thread: number, method: string, args: readonly unknown[] = [], transfer: Transferable[] = []): Promise<T> {
    const id = ++this.#asked;
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    const question: Question = { id, method, args };
    this.#workers[thread]!.postMessage(question, transfer);
    return answer as Promise<T>;
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #onAnswer({ id, value, error }: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(error));
  }

  #rejectAll(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** One script. msgpackr without its native addon, as in Muster's nodes. */
async function bundle(entry: string): Promise<string> {
  const msgpackr = join(dirname(createRequire(import.meta.url).resolve('msgpackr')), '..', 'index.js');
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    alias: { msgpackr },
    logLevel: 'silent',
  });
  return outputFiles[0]!.text;
}
