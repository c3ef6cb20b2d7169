/** Publishing, and counting what is heard. */
import { type MusterNode, type Subscription, topic } from '../../src/services/index.ts';
import { lobbyUpdate, messagesAtOnce, nowMs, Tally } from '../work.ts';
import { LobbyUpdate } from './message.ts';
import { turn } from './turns.ts';

const updates = topic('lobby_updates:{lobbyId}', LobbyUpdate, { about: 'What the publish scenarios send.' });

export const pubSubDeclarations = [updates];

/** The one lobby that everybody speaks of. */
const LOBBY = 12;

export class PubSubBench {
  readonly #node: MusterNode;
  readonly #tally = new Tally();
  #subscription: Subscription | undefined;

  constructor(node: MusterNode) {
    this.#node = node;
  }

  /** Resolves when no publisher can miss this node. */
  async listen(): Promise<void> {
    this.#subscription ??= await this.#node.subscribe(updates(LOBBY), () => this.#tally.add());
  }

  /** Publishes as fast as credit allows. Resolves to the time at which it began; rejects when a peer missed a message. */
  async publish(count: number, bytes: number): Promise<number> {
    const topicRef = updates(LOBBY);
    const perTurn = messagesAtOnce(bytes);
    const startedAt = nowMs();
    for (let at = 0; at < count; ) {
      for (const end = Math.min(at + perTurn, count); at < end; at++) {
        if (!this.#node.broadcast(topicRef, lobbyUpdate(LOBBY, at, bytes)))
          throw new Error(`message ${at} was dropped`);
      }
      await turn(this.#node);
      await this.#node.drained();
    }
    return startedAt;
  }

  /** To be called before others publish; see `Tally`. */
  expect(total: number): void {
    this.#tally.expect(total);
  }

  /** Resolves to the time at which this node's subscriber has counted `total` messages since the node began. */
  heard(total: number): Promise<number> {
    return this.#tally.reaches(total);
  }
}
