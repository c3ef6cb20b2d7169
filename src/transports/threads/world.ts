/**
 * The world of one thread: what `Seat` says as plain data that can be posted to it, and the `World` made from that. The
 * authority has a seat too, on the main thread, without a wiring port: its host attaches links by hand.
 */
import type { MessagePort } from 'node:worker_threads';
import type { Address } from '../../base/index.ts';
import type { Level, LinkFault, Log, Store, World } from '../../ports/index.ts';
import { threadsClock } from './clock.ts';
import { threadsHashing } from './compute.ts';
import type { LinkEnd } from './link.ts';
import { createLog, createRecordLog } from './log.ts';
import { createPulse, type PulseWords, ThreadsPulseBoard } from './pulse.ts';
import { RemoteCompute } from './remote-compute.ts';
import { RemoteStore } from './remote-store.ts';
import { ThreadsTransport } from './transport.ts';

/** One address's place in a cluster of threads. Its ports must be transferred with it (`portsOf`). */
export interface Seat {
  readonly address: Address;
  /** The cluster's BroadcastChannel. */
  readonly channel: string;
  readonly links: readonly LinkEnd[];
  /** Where ends of later links arrive. */
  readonly wiring?: MessagePort | undefined;
  readonly faults: readonly LinkFault[];
  /** Leads to the store's thread; see RemoteStore. */
  readonly store?: MessagePort | undefined;
  /** Where what it says goes to the host as records; without it as text to the error output. */
  readonly log?: MessagePort | undefined;
  /** Leads to the threads that run tasks; see RemoteCompute. The authority has none: it runs no app. */
  readonly compute?: MessagePort | undefined;
  /** This life's words in shared memory; the authority has none. */
  readonly pulse?: PulseWords | undefined;
  readonly logLevel: Level;
  readonly freezeValues: boolean;
}

export interface ThreadsWorld extends World {
  readonly transport: ThreadsTransport;
  readonly pulses: ThreadsPulseBoard;
  /** Closes the transport and the ways to store and compute threads. Timers belong to who set them. */
  close(): void;
}

/** `log`: where what it says goes, instead of to the seat's port. */
export function createThreadsWorld(seat: Seat, log = logOf(seat)): ThreadsWorld {
  const transport = new ThreadsTransport({
    self: seat.address,
    channel: seat.channel,
    clock: threadsClock,
    wiring: seat.wiring,
  });
  transport.setFaults(seat.faults);
  for (const link of seat.links) transport.attach(link);
  const store: Store | undefined = seat.store && new RemoteStore(seat.store);
  const compute = new RemoteCompute(seat.compute);
  return {
    transport,
    clock: threadsClock,
    random: Math.random,
    log,
    compute: { ...threadsHashing, run: (task, input) => compute.run(task, input) },
    freezeValues: seat.freezeValues,
    tellsStacks: true,
    store: store && (() => store),
    pulse: seat.pulse && createPulse(seat.pulse, threadsClock),
    pulses: new ThreadsPulseBoard(transport),
    close() {
      transport.close();
      store?.close();
      compute.close();
    },
  };
}

function logOf({ address, logLevel, log }: Seat): Log {
  return log ? createRecordLog(address, logLevel, (record) => log.postMessage(record)) : createLog(address, logLevel);
}

/** The ports that go with a seat when it is posted to its thread. */
export function portsOf(seat: Seat): MessagePort[] {
  const { links, wiring, store, compute, log } = seat;
  return [...links.map(({ port }) => port), ...[wiring, store, compute, log].filter((port) => port !== undefined)];
}
