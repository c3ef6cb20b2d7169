/**
 * What a node's own code (handlers, servers, loaders) tells about a run. In a simulation it goes straight into the history.
 * On threads each note is stamped by the clock that all threads share and posted to the host at once (threads/channel-notes.ts).
 */
import type { MusterNode } from '../services/index.ts';

/** Plain data. */
export interface Note {
  /** On the clock of the run. */
  readonly at: number;
  /** The address of the node that noted it. */
  readonly node: string;
  readonly what: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Where a node's code writes. */
export interface Notebook {
  note(node: MusterNode, what: string, details?: Record<string, unknown>): void;
}

export function addressOfNode(node: MusterNode): string {
  return `${node.id}#${node.incarnation}`;
}
