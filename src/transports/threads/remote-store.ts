/**
 * The store as nodes reach it: one thread of the process runs all statements, and every node asks it through a port.
 *
 * Nodes do not run SQL themselves for two reasons. A thread that is ended inside a call of libsql takes the whole process
 * with it (its native part treats the interruption as a broken invariant and aborts), and nodes must be free to die at any
 * moment. And a statement waits for its lock in the calling thread, where it would stop a node's event loop.
 */
import type { MessagePort } from 'node:worker_threads';
import { type Deferred, deferred, Overloaded } from '../../base/index.ts';
import { type Row, type SqlValue, type Statement, type Store, StoreFailed } from '../../ports/index.ts';

/** Requests of one node that may wait for their answer; past it they are refused. */
const MOST_WAITING = 10_000;

type Request =
  | { readonly id: number; readonly kind: 'query'; readonly sql: string; readonly parameters: readonly SqlValue[] }
  | { readonly id: number; readonly kind: 'batch'; readonly statements: readonly Statement[] }
  | { readonly id: number; readonly kind: 'reserve'; readonly name: string; readonly count: number };

type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly what: string; readonly problem: string };

/** Answers the requests that come through `port` from `store`, until the port closes. Does not keep the thread alive. */
export function serveStore(store: Store, port: MessagePort): void {
  port.on('message', (request: Request) => {
    perform(store, request).then(
      (value) => port.postMessage({ id: request.id, value } satisfies Answer),
      (error: unknown) => port.postMessage({ id: request.id, ...describe(error) } satisfies Answer),
    );
  });
  port.unref();
}

function perform(store: Store, request: Request): Promise<unknown> {
  switch (request.kind) {
    case 'query':
      return store.query(request.sql, request.parameters);
    case 'batch':
      return store.batch(request.statements);
    case 'reserve':
      return store.reserve(request.name, request.count);
  }
}

function describe(error: unknown): { what: string; problem: string } {
  if (error instanceof StoreFailed) return error.details as { what: string; problem: string };
  return { what: 'the store', problem: error instanceof Error ? error.message : String(error) };
}

/** A node's end. What waits when the store's thread ends, or this is closed, rejects with `StoreFailed`. */
export class RemoteStore implements Store {
  readonly #port: MessagePort;
  readonly #waiting = new Map<number, Deferred<unknown>>();
  #lastId = 0;
  #closed = false;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (answer: Answer) => this.#settle(answer));
    port.on('close', () => this.close());
    port.unref();
  }

  query(sql: string, parameters: readonly SqlValue[] = []): Promise<Row[]> {
    return this.#ask((id) => ({ id, kind: 'query', sql, parameters })) as Promise<Row[]>;
  }

  batch(statements: readonly Statement[]): Promise<Row[][]> {
    return this.#ask((id) => ({ id, kind: 'batch', statements })) as Promise<Row[][]>;
  }

  reserve(name: string, count: number): Promise<number> {
    return this.#ask((id) => ({ id, kind: 'reserve', name, count })) as Promise<number>;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#port.close();
    const gone = new StoreFailed('the store', 'it is closed');
    for (const { reject } of this.#waiting.values()) reject(gone);
    this.#waiting.clear();
  }

  async #ask(make: (id: number) => Request): Promise<unknown> {
    if (this.#closed) throw new StoreFailed('the store', 'it is closed');
    if (this.#waiting.size >= MOST_WAITING) throw new Overloaded('the store', MOST_WAITING);
    this.#lastId += 1;
    const request = make(this.#lastId);
    try {
      this.#port.postMessage(request);
    } catch (error) {
      throw new StoreFailed('the store', 'a parameter is no SQL value', { cause: error });
    }
    const answer = deferred<unknown>();
    this.#waiting.set(request.id, answer);
    return answer.promise;
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    if (!waiting) return;
    this.#waiting.delete(answer.id);
    if ('problem' in answer) waiting.reject(new StoreFailed(answer.what, answer.problem));
    else waiting.resolve(answer.value);
  }
}
