/** What a node tells its host about itself: plain data, made on request. */
import type { Address, NodeId } from '../base/index.ts';

export interface ServerInspection {
  /** `consul/12` */
  readonly server: string;
  readonly key: string;
  readonly state: 'starting' | 'running' | 'stopping' | 'failed';
  readonly mailbox: number;
  readonly ageMs: number;
}

/** Of one link, since the peer came: frames of the services, not those of the membership. */
export interface LinkInspection {
  readonly peer: Address;
  readonly framesOut: number;
  readonly bytesOut: number;
  readonly framesIn: number;
  readonly bytesIn: number;
}

export interface InspectOptions {
  /** Also digest the tables. Default false. */
  readonly digests?: boolean;
}

export interface NodeInspection {
  readonly id: NodeId;
  readonly address: Address;
  readonly epoch: number;
  /** The newest epoch whose flush is complete here. */
  readonly flushed: number;
  /** Whether it may act for the cluster: see `node.standing()`. */
  readonly standing: 'primary' | 'doubtful' | 'outside';
  readonly ready: boolean;
  readonly servers: readonly ServerInspection[];
  readonly links: readonly LinkInspection[];
  /** How many entries this node has of each table: `cache lobbies`, `registry sessions`, … */
  readonly tables: Readonly<Record<string, number>>;
  /** Work that is not finished here: pending writes, requests, moves, joins; by name. All zero when settled. */
  readonly pending: Readonly<Record<string, number>>;
  /** A digest of each table's entries; equal on all nodes when settled. Empty unless asked for: it walks all entries. */
  readonly digests: Readonly<Record<string, string>>;
  /** Counters since start: messagesOut, messagesIn, framesOut, framesIn, dropped … */
  readonly counters: Readonly<Record<string, number>>;
  /** What the app measures (see `node.gauge`), and `eventLoopDelayMs` where the world knows it. */
  readonly gauges: Readonly<Record<string, number>>;
}
