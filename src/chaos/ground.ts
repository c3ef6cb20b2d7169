/**
 * The ground a run stands on: a cluster, its time, and how what nodes noted comes back. The clients, the faults and the
 * checkers know nothing else, so that they run in a simulation and on real threads.
 */
import type { NodeId } from '../base/index.ts';
import type { Cluster } from '../cluster/index.ts';

/** A running cluster with its time. A simulated cluster is one; on threads `now` is the clock that all threads share. */
export interface TimedCluster extends Cluster {
  /** Ms on the clock of the run. */
  now(): number;
  /** Lets time pass: virtual time in a simulation. */
  advance(ms: number): Promise<void>;
}

/** What only some worlds can do to a node or its surroundings. */
export interface WorldFaults {
  /** An event loop that stands still may be ended by the host, and an end takes a moment. */
  readonly endsHung?: boolean;
  /** Sets the node's wall clock off by `wallMs` and lets its own clock run at `rate` (1 is true). */
  readonly setClock?: (id: NodeId, wallMs: number, rate: number) => void;
  /** From now on the store answers after `ms`. */
  readonly setStoreDelay?: (ms: number) => void;
  /** From now on a link loses frames of more than `bytes`. */
  readonly setLargestFrame?: (from: NodeId, to: NodeId, bytes: number) => void;
}

export interface Ground<C extends TimedCluster = TimedCluster> {
  readonly cluster: C;
  readonly world: WorldFaults;
  /** Brings what nodes have noted into the history, where it does not go there by itself. */
  collect(): Promise<void>;
}
