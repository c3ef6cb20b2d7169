/**
 * The entry of the store's thread: runs the statements of all nodes on one connection. Each message is a port of
 * somebody who will ask; `close` ends the connection and, with it, the thread. Whoever ends it otherwise has to
 * shut the gate before: libsql does not survive the end of its thread.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { CallGate, openStore, type StoreLocation, serveStore } from '../src/transports/threads/index.ts';

/** Runs this thread as the store of the location in its workerData. */
export function startStore(): void {
  const { location, gate } = workerData as { location: StoreLocation; gate: Int32Array };
  const store = openStore(location, new CallGate(gate));
  parentPort!.on('message', (message: MessagePort | 'close') => {
    if (message !== 'close') {
      serveStore(store, message);
      return;
    }
    store.close();
    parentPort!.close();
  });
}
