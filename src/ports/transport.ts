/**
 * The narrow waist: how frames go from one address to another.
 *
 * Contract, the same for every implementation (test/contracts/transport.ts):
 * - first in, first out per (sender, receiver, lane); two lanes, `direct` and `broadcast`, and no order between them;
 * - at most once: a frame arrives whole, once, or never; nothing is promised to or from a dead peer;
 * - a frame is bytes made by the codec; the receiver owns what it gets;
 * - `send` to an unknown or dead address is a silent no-op: who needs to know asks the view;
 * - nothing is delivered inside `send` or `broadcast`: a frame arrives in a later turn.
 */
import type { Address } from '../base/index.ts';

export type Lane = 'direct' | 'broadcast';

export interface Transport {
  readonly self: Address;
  send(to: Address, frame: Uint8Array): void;
  /** To every party of the cluster but the sender, members or not, the authority included. For what is rare and for everybody. */
  broadcast(frame: Uint8Array): void;
  /** Sets the one receiver. Frames that came before are kept and delivered to it. */
  onFrame(receive: (from: Address, frame: Uint8Array, lane: Lane) => void): void;
  /** A hint that a link opened or closed. Never a proof that a peer is dead. */
  onLink(changed: (peer: Address, open: boolean) => void): void;
  /** Bytes that may still be sent to the peer before it has taken what is under way; zero or less means stop. */
  credit(to: Address): number;
  /** Delivers now what has arrived from a peer that is gone, then forgets the link. */
  drain(peer: Address): void;
  /** Closes all links; nothing is sent or delivered afterwards. */
  close(): void;
}
