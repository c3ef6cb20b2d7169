/** The host's end of the store's thread: starts it, connects whoever needs it, and ends it in an orderly way. */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { CallGate, type StoreLocation } from '../../transports/threads/index.ts';

/** How long the end of the process waits for a statement that is running. */
const EXIT_WAIT_MS = 10_000;

export class StoreThread {
  readonly #gate = new CallGate();
  /** `process.exit` and an error nobody caught end all threads at once, also this one. */
  readonly #onProcessExit = (): void => this.#gate.shut(EXIT_WAIT_MS);
  readonly #worker: Worker;
  #ended = false;
  readonly #exited: Promise<void>;

  constructor(entry: string, location: StoreLocation, onFailure: (error: Error) => void) {
    this.#worker = new Worker(entry, { name: 'store', workerData: { location, gate: this.#gate.words }, execArgv: [] });
    process.on('exit', this.#onProcessExit);
    this.#worker.on('error', onFailure);
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#ended = true;
        process.off('exit', this.#onProcessExit);
        resolve();
      });
    });
  }

  /** A port to ask the store through; to be transferred to who asks. When the thread has ended, so has the port. */
  connect(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    if (this.#ended) port1.close();
    else this.#worker.postMessage(port1, [port1]);
    return port2;
  }

  /** Lets it finish what it was asked and end; ports still open are closed with it. */
  close(): Promise<void> {
    this.#worker.postMessage('close');
    return this.#exited;
  }
}
