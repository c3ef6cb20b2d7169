/** Putting into caches, reading them, and counting what is held. */
import * as z from 'zod';
import { cache, type MusterNode } from '../../src/services/index.ts';
import { lobbyUpdate, nowMs, perSecond, sameRandomKeys } from '../work.ts';
import { LobbyUpdate } from './message.ts';
import { inTurns, pause } from './turns.ts';

const lobbies = cache('lobbies', {
  key: z.number(),
  value: LobbyUpdate,
  writes: 'anywhere',
  filled: 'by the cache scenarios',
  about: 'What the cache scenarios put.',
});

const counters = cache('counters', {
  key: z.string(),
  value: z.number(),
  writes: 'owner',
  filled: 'by the update scenario',
  about: 'What all nodes count up at once.',
});

export const cacheDeclarations = [lobbies, counters];

const ENTRY_POLL_MS = 1;

export class CacheBench {
  readonly #node: MusterNode;

  constructor(node: MusterNode) {
    this.#node = node;
  }

  /** Puts the keys 0 to `count`, each with the round's number. Resolves to the time at which it began. */
  async put(count: number, round: number, bytes: number): Promise<number> {
    const cached = this.#node.cache(lobbies);
    const startedAt = nowMs();
    await inTurns(this.#node, count, (key) => cached.put(key, lobbyUpdate(key, round, bytes)));
    return startedAt;
  }

  /**
   * Resolves to the time at which this node's replica holds the last key that the round put; looks every `pollMs`. What was skipped
   * for want of credit comes later: ask `holdsAll` when all nodes have come so far, so that looking slows nobody.
   */
  async holds(count: number, round: number, pollMs = ENTRY_POLL_MS): Promise<number> {
    const cached = this.#node.cache(lobbies);
    while (cached.get(count - 1)?.userId !== round) await pause(this.#node, pollMs);
    return nowMs();
  }

  /** Resolves to the time at which it holds what the round put under every key: `lastAt`, unless something came later. */
  async holdsAll(count: number, round: number, lastAt: number, pollMs = ENTRY_POLL_MS): Promise<number> {
    const cached = this.#node.cache(lobbies);
    let heldAt = lastAt;
    for (let key = 0; key < count; key++) {
      while (cached.get(key)?.userId !== round) {
        await pause(this.#node, pollMs);
        heldAt = nowMs();
      }
    }
    return heldAt;
  }

  /** How many entries this node's replica holds. */
  size(): number {
    return this.#node.cache(lobbies).size;
  }

  /** Gets `count` of the first `of` keys in the same random order each time. Resolves to gets per second. */
  get(count: number, of: number): number {
    const cached = this.#node.cache(lobbies);
    const keys = sameRandomKeys(count, of);
    const startedAt = nowMs();
    let found = 0;
    for (const key of keys) if (cached.get(key) !== undefined) found += 1;
    const endedAt = nowMs();
    if (found !== count) throw new Error(`${found} of ${count} keys were there`);
    return perSecond(count, startedAt, [endedAt]);
  }

  /** Adds one to `key`, `count` times, so many at a time. Resolves to the time at which it began. */
  async countUp(key: string, count: number, atOnce: number): Promise<number> {
    const cached = this.#node.cache(counters);
    const startedAt = nowMs();
    let left = count;
    const work = async (): Promise<void> => {
      while (left-- > 0) await cached.update(key, (value) => (value ?? 0) + 1);
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return startedAt;
  }

  counted(key: string): number {
    return this.#node.cache(counters).get(key) ?? 0;
  }
}
