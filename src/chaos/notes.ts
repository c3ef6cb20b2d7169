/**
 * What a node's own code (handlers, servers, loaders) tells about a run. In a simulation it goes straight into the history.
 * On threads each node keeps its notes, stamped by the clock that all threads share, until the host collects them
 * (`cluster.run(id, () => takeNotes())` and `History.take`); what a node noted after the last collection dies with it.
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

/** The notes of one node, until they are collected. */
export class KeptNotes implements Notebook {
  #kept: Note[] = [];

  note(node: MusterNode, what: string, details: Record<string, unknown> = {}): void {
    this.#kept.push({ at: node.now(), node: addressOfNode(node), what, details });
  }

  /** Hands out what was noted since the last time. */
  take(): Note[] {
    const notes = this.#kept;
    this.#kept = [];
    return notes;
  }
}

export function addressOfNode(node: MusterNode): string {
  return `${node.id}#${node.incarnation}`;
}
