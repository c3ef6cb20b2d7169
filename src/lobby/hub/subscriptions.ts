/** Topics this node listens to because sessions need them: one subscription per topic, ended with the last need. */
import type { Handler, MusterNode, Subscription, TopicRef } from '../../services/index.ts';

interface Shared {
  needs: number;
  readonly subscribing: Promise<void>;
  subscription: Subscription | undefined;
}

export class SharedSubscriptions {
  readonly #node: MusterNode;
  readonly #shared = new Map<string, Shared>();

  constructor(node: MusterNode) {
    this.#node = node;
  }

  /** Resolves when no publisher can miss this node. Each call that resolves needs one `release`. */
  async need<M>(ref: TopicRef<M>, handler: Handler<M>): Promise<void> {
    const key = keyOf(ref);
    const shared = this.#shared.get(key) ?? this.#subscribe(key, ref, handler);
    shared.needs += 1;
    await shared.subscribing;
  }

  #subscribe<M>(key: string, ref: TopicRef<M>, handler: Handler<M>): Shared {
    const subscribing = this.#node.subscribe(ref, handler).then(
      (subscription) => {
        shared.subscription = subscription;
      },
      (error: unknown) => {
        if (this.#shared.get(key) === shared) this.#shared.delete(key);
        throw error;
      },
    );
    const shared: Shared = { needs: 0, subscribing, subscription: undefined };
    this.#shared.set(key, shared);
    return shared;
  }

  /** Ends the subscription with its last need, at once, so that the next one hears nothing twice. */
  release<M>(ref: TopicRef<M>): void {
    const key = keyOf(ref);
    const shared = this.#shared.get(key);
    if (!shared) return;
    shared.needs -= 1;
    if (shared.needs > 0) return;
    this.#shared.delete(key);
    shared.subscription?.unsubscribe();
  }

  get size(): number {
    return this.#shared.size;
  }
}

function keyOf<M>(ref: TopicRef<M>): string {
  return `${ref.topic.name} ${typeof ref.parameter} ${ref.parameter}`;
}
