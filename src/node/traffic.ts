/** How much went over each link of a node, in frames and bytes, since the peer came. */
import type { Address } from '../base/index.ts';

export interface LinkTraffic {
  framesOut: number;
  bytesOut: number;
  framesIn: number;
  bytesIn: number;
}

export class Traffic {
  readonly #links = new Map<Address, LinkTraffic>();

  /** The figures of one link, to be counted up. */
  with(peer: Address): LinkTraffic {
    let link = this.#links.get(peer);
    if (!link) {
      link = { framesOut: 0, bytesOut: 0, framesIn: 0, bytesIn: 0 };
      this.#links.set(peer, link);
    }
    return link;
  }

  all(): IterableIterator<[Address, Readonly<LinkTraffic>]> {
    return this.#links.entries();
  }

  forget(peer: Address): void {
    this.#links.delete(peer);
  }
}
