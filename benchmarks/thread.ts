/** The thread's side of threads.ts: answers questions from the host with a table of methods. */
import { parentPort } from 'node:worker_threads';

export interface Question {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

export type Methods = Record<string, (...args: never[]) => unknown>;

export function answerWith(methods: Methods): void {
  parentPort!.on('message', async ({ id, method, args }: Question) => {
    parentPort!.postMessage(await answer(methods, id, method, args));
  });
}

async function answer(methods: Methods, id: number, method: string, args: readonly unknown[]): Promise<Answer> {
  try {
    return { id, value: await methods[method]!(...(args as never[])) };
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
