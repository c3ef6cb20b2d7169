/**
 * Hashes that place keys. Not for secrets.
 * Rendezvous hashing (Thaler and Ravishankar, 1996): every node computes the same winner from the ids alone, and a node
 * that leaves moves only the keys it held.
 */
import type { NodeId } from './ids.ts';

/** FNV-1a over UTF-16 code units, finished with the 32-bit mixer of MurmurHash3 (Appleby). Unsigned 32 bits. */
export function hashText(text: string, seed = 0x811c9dc5): number {
  let hash = seed | 0;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return mix(hash);
}

export function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The node of `nodes` (with their hashes) that wins `route`; undefined when there is none. Ties go to the smaller id. */
export class Rendezvous {
  readonly #nodes: readonly { id: NodeId; hash: number }[];

  constructor(ids: readonly NodeId[]) {
    this.#nodes = [...ids].sort().map((id) => ({ id, hash: hashText(id) }));
  }

  pick(route: string): NodeId | undefined {
    const routeHash = hashText(route);
    let best: NodeId | undefined;
    let bestScore = -1;
    for (const { id, hash } of this.#nodes) {
      const score = mix(hash ^ Math.imul(routeHash, 0x9e3779b1));
      if (score > bestScore) {
        best = id;
        bestScore = score;
      }
    }
    return best;
  }
}
