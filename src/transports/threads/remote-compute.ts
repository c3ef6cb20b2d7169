/**
 * Tasks as nodes have them run: a pool of threads of the process runs them, and every node asks it through a port of its own.
 * A node that dies takes nothing along: its tasks are finished and their answers dropped.
 */
import type { MessagePort } from 'node:worker_threads';
import {
  Closed,
  type Deferred,
  deferred,
  type ErrorData,
  fromErrorData,
  InvalidValue,
  Overloaded,
} from '../../base/index.ts';
import type { Task } from '../../ports/index.ts';

/** Tasks of one node that may wait for their answer; past it they are refused. */
const MOST_WAITING = 1_000;

interface Request {
  readonly id: number;
  readonly task: string;
  readonly input: unknown;
}

export type ComputeAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: ErrorData };

/** Has `run` answer the requests that come through `port`, until it closes. `run` never rejects. Does not keep the thread alive. */
export function serveCompute(port: MessagePort, run: (task: string, input: unknown) => Promise<ComputeAnswer>): void {
  port.on('message', async ({ id, task, input }: Request) => {
    const answer = await run(task, input);
    port.postMessage({ ...answer, id });
  });
  port.unref();
}

/** A node's end. What waits when it is closed, on either side, rejects with `Closed`. */
export class RemoteCompute {
  readonly #port: MessagePort | undefined;
  readonly #waiting = new Map<number, Deferred<unknown>>();
  #lastId = 0;
  #closed: boolean;

  /** Without a port it is closed from the start. */
  constructor(port: MessagePort | undefined) {
    this.#port = port;
    this.#closed = port === undefined;
    port?.on('message', (answer: ComputeAnswer & { id: number }) => this.#settle(answer));
    port?.on('close', () => this.close());
    port?.unref();
  }

  async run<I, O>(task: Task<I, O>, input: I): Promise<O> {
    if (this.#closed) throw new Closed('the pool of tasks');
    if (this.#waiting.size >= MOST_WAITING) throw new Overloaded('the pool of tasks', MOST_WAITING);
    this.#lastId += 1;
    const request: Request = { id: this.#lastId, task: task.name, input };
    try {
      this.#port?.postMessage(request);
    } catch (error) {
      throw new InvalidValue(`input of task ${task.name}`, 'it cannot be sent to another thread', { cause: error });
    }
    const answer = deferred<unknown>();
    this.#waiting.set(request.id, answer);
    return answer.promise as Promise<O>;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#port?.close();
    const gone = new Closed('the pool of tasks');
    for (const { reject } of this.#waiting.values()) reject(gone);
    this.#waiting.clear();
  }

  #settle(answer: ComputeAnswer & { id: number }): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.ok) waiting?.resolve(answer.value);
    else waiting?.reject(fromErrorData(answer.error));
  }
}
