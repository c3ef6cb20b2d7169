/**
 * What the host needs from a world to run nodes in it: a place on the transport for the authority, and lives of nodes
 * that it can start, talk to and end. The threads and the simulation each have one.
 */
import type { Address, NodeId } from '../base/index.ts';
import type { LinkFault, World } from '../ports/index.ts';
import type { Inheritance, InspectOptions, MusterNode, NodeInspection, Settings, Timing } from '../services/index.ts';

/** Host to node: never cut by a fault. Every promise rejects with `NodeDown` when the node's life ends. */
export interface NodeControl {
  /** Joins the cluster and runs the app's start; resolves when the node is ready. */
  start(): Promise<void>;
  /** Runs stop hooks, hands over what it owns, leaves; resolves when the node may be ended. */
  stop(): Promise<void>;
  /** Runs stop hooks only, for when the whole cluster ends. */
  shutdown(): Promise<void>;
  /** Ends an evicted life's part: stop hooks, nothing handed over; resolves to what the next life inherits. */
  retire(): Promise<Inheritance>;
  /** Runs a function of the source given, as `(node, ...args)`; the result is plain data. */
  run(source: string, args: readonly unknown[]): Promise<unknown>;
  inspect(options: InspectOptions): Promise<NodeInspection>;
  /** Blocks the node's event loop for `ms`. */
  pause(ms: number): Promise<void>;
  /** Replaces the faults on what this node sends and receives. */
  setFaults(faults: readonly LinkFault[]): Promise<void>;
}

/** Why a life ended, told by the world: `exited` by itself or by request, `killed` from outside, `crashed` with an error. */
export interface Exit {
  readonly kind: 'exited' | 'killed' | 'crashed';
  readonly message: string;
}

/** One life of one node. */
export interface NodeLife {
  readonly address: Address;
  readonly control: NodeControl;
  /** Resolves when nothing of it runs any more. Never rejects. */
  readonly exited: Promise<Exit>;
  /** Calls a function on the node itself, where nothing lies between (a simulation); else `control.run` with its text. */
  readonly call?: (fn: (node: MusterNode, ...args: never[]) => unknown, args: readonly unknown[]) => Promise<unknown>;
  /** Ends it at once, without a goodbye; the same promise as `exited`. */
  kill(): Promise<Exit>;
}

export interface LaunchSpec {
  readonly id: NodeId;
  readonly incarnation: number;
  readonly settings: Settings;
  readonly faults: readonly LinkFault[];
  readonly timing: Timing;
  readonly inheritance?: Inheritance | undefined;
}

export interface Launcher {
  /** The authority's own place in this world. */
  readonly world: World;
  launch(spec: LaunchSpec): NodeLife;
  /** From when this resolves, the store takes nothing from these lives any more. */
  fence(addresses: readonly Address[]): Promise<void>;
  /** Faults on what the authority sends and receives. */
  setFaults(faults: readonly LinkFault[]): void;
  /** Lets the world go on until `work` settles. Threads go on by themselves; a simulation is driven. */
  drive<T>(work: Promise<T>): Promise<T>;
  close(): Promise<void>;
}
