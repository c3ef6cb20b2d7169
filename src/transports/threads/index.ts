/** The world of worker threads. */
export { CallGate } from './call-gate.ts';
export { threadsClock } from './clock.ts';
export { CREDIT_WINDOW, type Credits, type LinkEnd, makeLink } from './link.ts';
export { createRecordLog, readLog } from './log.ts';
export { type PreparedStore, prepareStore } from './prepare-store.ts';
export { makePulseWords, type PulseWords, ThreadsPulseBoard } from './pulse.ts';
export { type ComputeAnswer, serveCompute } from './remote-compute.ts';
export { RemoteStore, serveStore } from './remote-store.ts';
export { openStore, type StoreLocation } from './store.ts';
export { ThreadsTransport, type ThreadsTransportOptions } from './transport.ts';
export { createThreadsWorld, portsOf, type Seat, type ThreadsWorld } from './world.ts';
