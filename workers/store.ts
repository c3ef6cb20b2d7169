/**
 * The entry of the store's thread: runs the statements of all nodes on one connection. Each message is a port of
 * somebody who will ask; `close` ends the connection and, with it, the thread. It must not be terminated from outside.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { openStore, type StoreLocation, serveStore } from '../src/transports/threads/index.ts';

const store = openStore((workerData as { location: StoreLocation }).location);

parentPort!.on('message', (message: MessagePort | 'close') => {
  if (message !== 'close') {
    serveStore(store, message);
    return;
  }
  store.close();
  parentPort!.close();
});
