/**
 * The entry of the store's thread: runs the statements of all nodes on one connection, and answers nobody who was fenced.
 * `close` ends the connection and, with it, the thread. Whoever ends it otherwise has to shut the gate before: libsql does
 * not survive the end of its thread.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { StoreOrder } from '../src/cluster/threads/store-thread.ts';
import { CallGate, openStore, type StoreLocation, serveStore } from '../src/transports/threads/index.ts';

/** Runs this thread as the store of the location in its workerData. */
export function startStore(): void {
  const { location, gate } = workerData as { location: StoreLocation; gate: Int32Array };
  const store = openStore(location, new CallGate(gate));
  const ports = new Map<string, MessagePort>();
  parentPort!.on('message', (order: StoreOrder) => {
    if (order.kind === 'connect') {
      const { from, port } = order;
      ports.set(from, port);
      port.on('close', () => ports.delete(from));
      serveStore(store, port);
    } else if (order.kind === 'fence') {
      for (const address of order.addresses) ports.get(address)?.close();
      parentPort!.postMessage(order.number);
    } else {
      store.close();
      parentPort!.close();
    }
  });
}
