/** Topics this node listens to because sessions need them: one subscription per topic, ended with the last need. */
import type { Handler, MusterNode, Subscription, TopicRef } from '../../services/index.ts';

interface Shared {
  needs: number;
  readonly subscription: Promise<Subscription>;
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
    const shared = this.#shared.get(key) ?? { needs: 0, subscription: this.#node.subscribe(ref, handler) };
    shared.needs += 1;
    this.#shared.set(key, shared);
    try {
      await shared.subscription;
    } catch (error) {
      if (this.#shared.get(key) === shared) this.#shared.delete(key);
      throw error;
    }
  }

  release<M>(ref: TopicRef<M>): void {
    const key = keyOf(ref);
    const shared = this.#shared.get(key);
    if (!shared) return;
    shared.needs -= 1;
    if (shared.needs > 0) return;
    this.#shared.delete(key);
    void shared.subscription.then(
      (subscription) => subscription.unsubscribe(),
      () => undefined,
    );
  }

  get size(): number {
    return this.#shared.size;
  }
}

function keyOf<M>(ref: TopicRef<M>): string {
  return `${ref.topic.name} ${typeof ref.parameter} ${ref.parameter}`;
}
