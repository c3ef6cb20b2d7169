/** The host's end of the store's thread: starts it, connects whoever needs it, and ends it in an orderly way. */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { StoreLocation } from '../transports/threads/index.ts';

export class StoreThread {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;

  constructor(entry: string, location: StoreLocation, onFailure: (error: Error) => void) {
    this.#worker = new Worker(entry, { name: 'store', workerData: { location }, execArgv: [] });
    this.#worker.on('error', onFailure);
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', () => resolve());
    });
  }

  /** A port to ask the store through; to be transferred to who asks. */
  connect(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#worker.postMessage(port1, [port1]);
    return port2;
  }

  /** Lets it finish what it was asked and end; ports still open are closed with it. */
  close(): Promise<void> {
    this.#worker.postMessage('close');
    return this.#exited;
  }
}
