/**
 * Leases and signs of life without messages, where a world has shared memory. It is a capability: elsewhere beats and leases
 * are messages of the membership lane, and the rules are the same. A fault on the link between a node and the authority
 * cuts this way like any other.
 */
import type { Address } from '../base/index.ts';

/** The node's end. */
export interface Pulse {
  /** The event loop ran a timer or took a message. Cheap enough for every message. */
  beat(): void;
  /** Until when this node may act, on the world's clock (ms); as the authority wrote it last. */
  leaseUntil(): number;
}

/** The authority's end. */
export interface PulseBoard {
  /** A number that changes with every beat; undefined when the node is unknown or cannot be seen from here. */
  beats(of: Address): number | undefined;
  /** Whether the node can be told something now. */
  reaches(to: Address): boolean;
  /** Lets the node act until `untilMs` on the world's clock; false when it cannot be told. */
  grant(to: Address, untilMs: number): boolean;
}
