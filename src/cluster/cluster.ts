/** A running cluster as its host holds it: a test, a program, the command. The same in every world. */
import type { NodeId } from '../base/index.ts';
import type { LinkFault } from '../ports/index.ts';
import type { InspectOptions, MusterNode, NodeInspection, Settings, Timing, ViewData } from '../services/index.ts';

/**
 * `starting` until its app is ready; `up`; `leaving` while it hands over; `cut off` when the cluster goes on without it though it
 * runs, until it is within reach again and comes back as a new incarnation; `down` after death; `stopped` after a stop; `failed` when
 * its restart budget is spent.
 */
export type NodeState = 'starting' | 'up' | 'leaving' | 'cut off' | 'down' | 'stopped' | 'failed';

export interface NodeStatus {
  readonly id: NodeId;
  readonly incarnation: number;
  readonly state: NodeState;
  /** Why it is in this state. */
  readonly cause: string;
}

export interface RestartPolicy {
  /** Restarts allowed per node within `withinMs`; past it the node stays down. Default 5. */
  readonly budget?: number;
  /** Default 60,000. */
  readonly withinMs?: number;
  /** The second restart waits this long, the third twice as long, and so on up to `maxDelayMs`; the first is at once. Default 200. */
  readonly delayMs?: number;
  /** Default 5,000. */
  readonly maxDelayMs?: number;
}

export type MoveCause = 'stop' | 'death' | 'join' | 'eviction';

/** What happens in a cluster, for whoever listens. */
export type ClusterEvent =
  | { readonly event: 'view'; readonly view: ViewData }
  | { readonly event: 'node'; readonly node: NodeStatus }
  | {
      readonly event: 'moved';
      readonly server: string;
      readonly from: NodeId;
      readonly to: NodeId;
      readonly cause: MoveCause;
      /** Since the cause was noticed. */
      readonly ms: number;
    }
  | {
      /** How far a node that joins is; told at its first and last chunk, and now and then between. */
      readonly event: 'catch-up';
      readonly node: NodeId;
      /** What it has got so far. */
      readonly entries: number;
      /** Of about how many, as its donor guessed; at the end the same as `entries`. */
      readonly of: number;
      /** Since it began. */
      readonly ms: number;
    }
  | {
      /**
       * Whether a primary component exists, told when that changes. Without one nobody gets a lease, and strong work is refused
       * everywhere as the leases run out; nobody is evicted.
       */
      readonly event: 'primary';
      readonly exists: boolean;
      /** Members that the authority reaches, and those that it does not. */
      readonly reached: readonly NodeId[];
      readonly unreached: readonly NodeId[];
    }
  | { readonly event: 'error'; readonly code: string; readonly message: string; readonly node?: NodeId };

/** What `inspect` found; nodes that did not answer in time are in `missing`. */
export interface Inspection {
  readonly view: ViewData;
  readonly nodes: readonly NodeInspection[];
  readonly missing: readonly NodeId[];
}

export interface WaitOptions {
  /** Default 10,000. Virtual in a simulation. */
  readonly deadlineMs?: number;
}

export interface ClusterOptions {
  /** How many nodes to start with: n1, n2, … Default 4. */
  readonly nodes?: number;
  /** Given to every node, as plain data; a function is called with each node's id. */
  readonly settings?: Settings | ((id: NodeId) => Settings);
  /** Restart what died. Default: nothing is restarted. */
  readonly restart?: RestartPolicy;
  /** Told of everything that happens, from the first view on. */
  readonly onEvent?: (event: ClusterEvent) => void;
  /** How long a node may take until it is ready. Default 30,000. */
  readonly startDeadlineMs?: number;
  /** The times by which busy is told from hung and slow from cut off; what is not given has its default. */
  readonly timing?: Partial<Timing>;
}

/** Frames from any of `from` to any of `to` are lost, and unless `oneWay` also those the other way. Nothing else is. */
export interface Cut {
  readonly from: readonly NodeId[];
  readonly to: readonly NodeId[];
  readonly oneWay?: boolean;
}

/** Sides that are cut from each other as a whole, or exactly these cuts. */
export type Partition = readonly (readonly NodeId[])[] | readonly Cut[];

export interface Cluster extends AsyncDisposable {
  /** All nodes this cluster has had, in order of their numbers. */
  nodes(): NodeStatus[];
  /** The newest view decided. */
  view(): ViewData;
  on(listener: (event: ClusterEvent) => void): () => void;
  /** Ends a node at once, without a goodbye. Resolves when it is out of the view. Rejects with `Refused` when it is not running. */
  kill(id: NodeId): Promise<void>;
  /** Lets a node hand over and leave. Resolves when it has ended. */
  stop(id: NodeId): Promise<void>;
  /** Starts a node that is stopped, down or failed; its incarnation grows by one. Resolves when it is ready. */
  start(id: NodeId): Promise<void>;
  /** Stops the node if it runs, then starts it. */
  restart(id: NodeId): Promise<void>;
  /** Starts one more node under the lowest free number. Resolves to its id when it is ready. */
  add(): Promise<NodeId>;
  /** Blocks a node's event loop for `ms`. Resolves when it runs again. */
  pause(id: NodeId, ms: number): Promise<void>;
  /**
   * Cuts links. Given sides, all links between them: the authority is a party called `authority`; unnamed, it stands with the
   * largest side (of equals, the one with the oldest node); nodes named nowhere stand with it. Given cuts, exactly those:
   * one way, or between two nodes that both reach the others. Replaces an earlier partition. Throws `InvalidValue`.
   *
   * The side that goes on is the one with the authority, if it has more than half of the members (of exactly half, the oldest);
   * the others are evicted when their leases and a margin have run out, and come back as new incarnations after `heal`.
   */
  partition(partition: Partition): Promise<void>;
  /** Ends the partition. */
  heal(): Promise<void>;
  /** Adds a fault on one link; disposing it ends it. */
  fault(fault: LinkFault): Promise<AsyncDisposable>;
  /**
   * Runs a function on a node, like a browser driver's evaluate: `fn` is sent as text, so it sees its arguments and what
   * the app's module exports, by name; the result must be plain data. (In a simulation it is called directly.)
   */
  run<A extends readonly unknown[], R>(
    id: NodeId,
    fn: (node: MusterNode, ...args: A) => R,
    ...args: A
  ): Promise<Awaited<R>>;
  inspect(options?: InspectOptions): Promise<Inspection>;
  /**
   * Resolves when all running nodes have installed the newest view and flushed it, nothing is joining, moving or
   * restarting, no write is pending and all copies are equal. Rejects with `NotSettled`, which says what is not.
   */
  settled(options?: WaitOptions): Promise<void>;
  /** Resolves to the first truthy value of `check`, asked again and again. Rejects with `Timeout`. */
  waitFor<T>(what: string, check: () => T | Promise<T>, options?: WaitOptions): Promise<NonNullable<T>>;
  /** Ends everything: stop hooks, threads, ports, timers. Fine to call twice. */
  close(): Promise<void>;
}
