/** All that a node needs from the world it runs in. A transport folder hands one out; nothing else reaches a node. */
import type { RandomSource } from '../base/index.ts';
import type { Clock } from './clock.ts';
import type { Compute } from './compute.ts';
import type { Log } from './log.ts';
import type { Pulse, PulseBoard } from './pulse.ts';
import type { Store } from './store.ts';
import type { Transport } from './transport.ts';

export interface World {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: Log;
  readonly compute: Compute;
  /** Freeze what is applied and delivered, so that code which changes shared values fails where it does. For tests and development. */
  readonly freezeValues: boolean;
  /** Send the stacks of what handlers and loaders throw to who asked. Off in the simulation: the same seed gives the same frames anywhere. */
  readonly tellsStacks: boolean;
  /** Opens the cluster's store at the first call; undefined when the cluster has none. */
  readonly store: (() => Store) | undefined;
  /** This node's end of the shared memory with the authority, where there is one. */
  readonly pulse?: Pulse | undefined;
  /** The authority's end of it. */
  readonly pulses?: PulseBoard | undefined;
}
