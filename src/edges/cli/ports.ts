/** Which port each node listens on: counted from the first, or the free one it got and keeps through its restarts. */
import type { NodeId } from '../../base/index.ts';

export class Ports {
  readonly #first: number;
  readonly #bound = new Map<NodeId, number>();

  constructor(first: number) {
    this.#first = first;
  }

  /** The port a node is to listen on; 0 when any free one will do. May lie past the last port there is. */
  wanted(id: NodeId): number {
    const bound = this.#bound.get(id);
    if (bound !== undefined) return bound;
    return this.#first === 0 ? 0 : this.#first + numberOf(id) - 1;
  }

  /** Where a node was found to listen. A later life of it is told to listen there again. */
  learn(id: NodeId, port: number): void {
    this.#bound.set(id, port);
  }

  /** Undefined until the node has said it. */
  bound(id: NodeId): number | undefined {
    return this.#bound.get(id);
  }
}

/** Nodes are called n1, n2, … */
function numberOf(id: NodeId): number {
  return Number(id.slice(1));
}

/** Where clients connect, as they write it. */
export function endpoint(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
