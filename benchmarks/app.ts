/**
 * The app that the scenarios run on every node. What a scenario asks of a node is a method of `Bench`, which the node
 * keeps in its thread's global scope, where functions sent with `cluster.run` can reach it.
 */
import * as z from 'zod';
import { cache, defineApp, type MusterNode, Server, server, topic } from '../src/services/index.ts';
import { callConcurrently, lobbyUpdate, nowMs, Tally } from './work.ts';

const LobbyUpdate = z.object({ event: z.string(), lobbyId: z.number(), userId: z.number(), name: z.string() });

const updates = topic('lobby_updates:{lobbyId}', LobbyUpdate, { about: 'What the fan-out scenario publishes.' });

const lobbies = cache('lobbies', {
  key: z.number(),
  value: LobbyUpdate,
  writes: 'anywhere',
  filled: 'by the cache scenario',
  about: 'What the cache scenario puts.',
});

class Adder extends Server<string, undefined> {
  init(): undefined {}
  addOne(argument: number): number {
    return argument + 1;
  }
}
const adder = server('adder', { placement: 'one per node', about: 'What the call scenario calls.' }, Adder);

class Single extends Server<never, undefined> {
  init(): undefined {}
  /** Where it answers from. */
  home(): string {
    return this.node.id;
  }
}
const single = server('single', { placement: 'singleton', about: 'What the failover scenario kills.' }, Single);

/** Messages or puts between two turns of the event loop, in which frames leave. */
const PER_TURN = 1_024;
const ENTRY_POLL_MS = 1;

export class Bench {
  readonly #node: MusterNode;
  readonly #tally = new Tally();

  private constructor(node: MusterNode) {
    this.#node = node;
  }

  static async start(node: MusterNode): Promise<Bench> {
    const bench = new Bench(node);
    await node.subscribe(updates(12), () => bench.#tally.add());
    return bench;
  }

  /** Publishes as fast as credit allows. Resolves to the time at which it began; rejects when a peer missed a message. */
  async publish(count: number): Promise<number> {
    const topicRef = updates(12);
    const startedAt = nowMs();
    for (let at = 0; at < count; ) {
      for (const end = Math.min(at + PER_TURN, count); at < end; at++) {
        if (!this.#node.broadcast(topicRef, lobbyUpdate(12, at))) throw new Error(`message ${at} was dropped`);
      }
      await this.#turn();
      await this.#node.drained();
    }
    return startedAt;
  }

  /** Resolves to the time at which this node's subscriber has counted `total` messages since the node began. */
  heard(total: number): Promise<number> {
    return this.#tally.reaches(total);
  }

  /** Puts the keys 0 to `count`, each with the round's number. Resolves to the time at which it began. */
  async put(count: number, round: number): Promise<number> {
    const cached = this.#node.cache(lobbies);
    const startedAt = nowMs();
    for (let key = 0; key < count; ) {
      for (const end = Math.min(key + PER_TURN, count); key < end; key++) cached.put(key, lobbyUpdate(key, round));
      await this.#turn();
    }
    return startedAt;
  }

  /** Resolves to the time at which this node's replica holds what the round put under every key. */
  async holds(count: number, round: number): Promise<number> {
    const cached = this.#node.cache(lobbies);
    for (let key = 0; key < count; key++) {
      while (cached.get(key)?.userId !== round) await this.#after(ENTRY_POLL_MS);
    }
    return nowMs();
  }

  /** Calls the server on another node, `CALLERS` at a time. Resolves to the milliseconds it took. */
  async call(to: string, count: number): Promise<number> {
    const handle = this.#node.server(adder, to);
    const startedAt = nowMs();
    await callConcurrently(count, (argument) => handle.call('addOne', argument));
    return nowMs() - startedAt;
  }

  /** Where the singleton runs. */
  home(): Promise<string> {
    return this.#node.server(single).call('home');
  }

  /** Asks the singleton until it answers from another node than `from`. Resolves to that time. */
  async movedFrom(from: string): Promise<number> {
    const handle = this.#node.server(single).with({ deadlineMs: 1_000 });
    for (;;) {
      const home = await handle.call('home').catch(() => from);
      if (home !== from) return nowMs();
      await this.#after(ENTRY_POLL_MS);
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => this.#node.turn(resolve));
  }

  #after(ms: number): Promise<void> {
    return new Promise((resolve) => this.#node.after(ms, resolve));
  }
}

export default defineApp({ uses: [updates, lobbies, adder, single] }, async (node) => {
  Object.assign(globalThis, { bench: await Bench.start(node) });
});
