/** Matchmaking in memory, for tests of the gateway alone: two queues that never find a match by themselves. */
import type { QueueInfo, SessionMatchmaking } from '../../src/lobby/index.ts';
import { LobbyRefused } from '../../src/lobby/refusal.ts';

export const MEMORY_QUEUES: readonly QueueInfo[] = ['Duel', 'Team 2v2'].map((name, at) => ({
  queueId: at + 1,
  name,
  teamSize: at + 1,
  teamCount: 2,
  readyWaitMs: 15_000,
  maps: [],
}));

export class MemoryMatchmaking implements SessionMatchmaking {
  readonly #before: (what: string) => Promise<void>;
  readonly #in = new Set<number>();
  /** What the session was asked to say about a match. */
  readonly said: string[] = [];

  constructor(before: (what: string) => Promise<void>) {
    this.#before = before;
  }

  queues(): readonly QueueInfo[] {
    return MEMORY_QUEUES;
  }

  async mine(): Promise<readonly QueueInfo[]> {
    await this.#before('queues');
    return MEMORY_QUEUES.filter(({ queueId }) => this.#in.has(queueId));
  }

  async figures(queueId: number) {
    await this.#before('queues');
    return { queue: this.#queue(queueId), size: this.#in.has(queueId) ? 1 : 0, meanWaitMs: 61_400 };
  }

  async join(queueId: number): Promise<void> {
    await this.#before('queues');
    this.#in.add(this.#queue(queueId).queueId);
  }

  async leave(queueId: number): Promise<void> {
    await this.#before('queues');
    this.#in.delete(queueId);
  }

  async leaveAll(): Promise<void> {
    await this.#before('queues');
    this.#in.clear();
  }

  async ready(): Promise<boolean> {
    this.said.push('ready');
    return true;
  }

  async decline(): Promise<void> {
    this.said.push('decline');
    this.#in.clear();
  }

  #queue(queueId: number): QueueInfo {
    const queue = MEMORY_QUEUES.find((known) => known.queueId === queueId);
    if (!queue) throw new LobbyRefused('NoSuchQueue', 'There is no such queue');
    return queue;
  }
}
