/**
 * One pair of addresses: a MessagePort for frames and two directed byte counters in shared memory. Makes both ends and
 * does the arithmetic of credit; it does not read the port, knows no fault and no service.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Address } from '../../base/index.ts';

/** Bytes that may be under way on one directed link before its sender has to stop. */
export const CREDIT_WINDOW = 8 * 1024 * 1024;

/** Counters this far apart stand on different cache lines, so that two writers do not slow each other. */
const STRIDE = 32;

/**
 * How many bytes went into and out of both directions of a link. Each counter has one writer and counts modulo 2^32;
 * only differences mean something.
 */
export interface Credits {
  /** Sent by side 0, by side 1; taken by side 0, by side 1; each `STRIDE` words apart. */
  readonly counters: Int32Array;
  /** 0 for the end that was made first, 1 for the other. */
  readonly side: 0 | 1;
}

/** One end of a link, as it is handed to the address that holds it. The port must be transferred with it. */
export interface LinkEnd {
  readonly peer: Address;
  readonly port: MessagePort;
  readonly credits: Credits;
}

/** A new link between two addresses: the end that `a` holds and the end that `b` holds. */
export function makeLink(a: Address, b: Address): [LinkEnd, LinkEnd] {
  const { port1, port2 } = new MessageChannel();
  const counters = new Int32Array(new SharedArrayBuffer(4 * STRIDE * Int32Array.BYTES_PER_ELEMENT));
  return [
    { peer: b, port: port1, credits: { counters, side: 0 } },
    { peer: a, port: port2, credits: { counters, side: 1 } },
  ];
}

/** Notes `bytes` that this end has put on its way. */
export function countSent({ counters, side }: Credits, bytes: number): void {
  Atomics.add(counters, side * STRIDE, bytes);
}

/** Notes `bytes` that this end has taken. */
export function countTaken({ counters, side }: Credits, bytes: number): void {
  Atomics.add(counters, (2 + side) * STRIDE, bytes);
}

/** Bytes that this end has sent and its peer has not taken yet. */
export function outstanding({ counters, side }: Credits): number {
  const peer = 1 - side;
  return (Atomics.load(counters, side * STRIDE) - Atomics.load(counters, (2 + peer) * STRIDE)) | 0;
}
