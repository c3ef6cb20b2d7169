/**
 * The last thing a node that leaves in an orderly way does with its merged tables: it waits until every member says that it has
 * all this node wrote. Links are first in first out, so whoever answers has also taken whatever else was sent to it before it was
 * asked: a node that said goodbye any sooner would be drained by the others while its last words are still in its outbox.
 */
import { type Address, type Deferred, deferred } from '../../base/index.ts';
import type { Channel, NodeCore } from '../../node/index.ts';
import type { Membership } from '../membership/index.ts';
import { ASK } from './merged-messages.ts';

export interface FarewellPort {
  readonly core: NodeCore;
  readonly membership: Membership;
  readonly channel: Channel;
  /** The number of this node's last write. */
  readonly written: () => number;
  /** How far the peer has this node's writes without a gap, as it told last. */
  readonly hasOwn: (peer: Address) => number;
}

interface Waiting {
  readonly upTo: number;
  readonly answered: Set<Address>;
  readonly over: Deferred<void>;
}

export class MergedFarewell {
  readonly #port: FarewellPort;
  #waiting: Waiting | undefined;

  constructor(port: FarewellPort) {
    this.#port = port;
  }

  /** Resolves when each member has what was written and sent before this call; those that go meanwhile need not. */
  async said(): Promise<void> {
    const over = deferred<void>();
    this.#waiting = { upTo: this.#port.written(), answered: new Set(), over };
    this.ask();
    this.check();
    await over.promise;
  }

  /** Asks those that did not answer yet, or that miss something; now and then, as the question or the answer may be lost. */
  ask(): void {
    for (const peer of this.#lacking()) this.#port.channel.post(peer, ASK);
  }

  answered(peer: Address): void {
    this.#waiting?.answered.add(peer);
    this.check();
  }

  /** To be called when somebody told what it has, or went. */
  check(): void {
    if (this.#waiting && this.#lacking().length === 0) this.#waiting.over.resolve();
  }

  #lacking(): Address[] {
    const waiting = this.#waiting;
    if (!waiting) return [];
    const { core, membership, hasOwn } = this.#port;
    return membership.view
      .voters()
      .filter((peer) => peer !== core.address && !(waiting.answered.has(peer) && hasOwn(peer) >= waiting.upTo));
  }
}
