/** The host's end of the store's thread: starts it, connects whoever needs it, and ends it in an orderly way. */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { Address } from '../../base/index.ts';
import { CallGate, type StoreLocation } from '../../transports/threads/index.ts';

/** How long the end of the process waits for a statement that is running. */
const EXIT_WAIT_MS = 10_000;

/** What the host tells the store's thread. A fence is acknowledged with its number. */
export type StoreOrder =
  | { readonly kind: 'connect'; readonly from: Address; readonly port: MessagePort }
  | { readonly kind: 'fence'; readonly addresses: readonly Address[]; readonly number: number }
  | { readonly kind: 'close' };

export class StoreThread {
  readonly #gate = new CallGate();
  /** `process.exit` and an error nobody caught end all threads at once, also this one. */
  readonly #onProcessExit = (): void => this.#gate.shut(EXIT_WAIT_MS);
  readonly #worker: Worker;
  readonly #fences = new Map<number, () => void>();
  #fenceNumber = 0;
  #ended = false;
  readonly #exited: Promise<void>;

  constructor(entry: string, location: StoreLocation, onFailure: (error: Error) => void) {
    this.#worker = new Worker(entry, { name: 'store', workerData: { location, gate: this.#gate.words }, execArgv: [] });
    process.on('exit', this.#onProcessExit);
    this.#worker.on('error', onFailure);
    this.#worker.on('message', (number: number) => this.#fences.get(number)?.());
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#ended = true;
        for (const done of this.#fences.values()) done();
        process.off('exit', this.#onProcessExit);
        resolve();
      });
    });
  }

  /** A port for `from` to ask the store through; to be transferred to it. When the thread has ended, so has the port. */
  connect(from: Address): MessagePort {
    const { port1, port2 } = new MessageChannel();
    if (this.#ended) port1.close();
    else this.#worker.postMessage({ kind: 'connect', from, port: port1 } satisfies StoreOrder, [port1]);
    return port2;
  }

  /** Resolves when the store has taken the last thing it takes from these addresses. */
  fence(addresses: readonly Address[]): Promise<void> {
    if (this.#ended) return Promise.resolve();
    this.#fenceNumber += 1;
    const number = this.#fenceNumber;
    return new Promise((resolve) => {
      this.#fences.set(number, () => {
        this.#fences.delete(number);
        resolve();
      });
      this.#worker.postMessage({ kind: 'fence', addresses, number } satisfies StoreOrder);
    });
  }

  /** Lets it finish what it was asked and end; ports still open are closed with it. */
  close(): Promise<void> {
    this.#worker.postMessage({ kind: 'close' } satisfies StoreOrder);
    return this.#exited;
  }
}
