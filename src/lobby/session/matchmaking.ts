/** The matchmaking side of one session: its queues, and the match it was asked about. */
import { NoSuchServer } from '../../base/index.ts';
import { type AttemptKey, type QueueInfo, queues } from '../matchmaking/declarations.ts';
import type { QueueFigures, SessionMatchmaking } from '../matchmaking/door.ts';
import { lookUpEntry } from '../matchmaking/entry.ts';
import { leaveAllQueues, leaveQueue } from '../matchmaking/leaving.ts';
import { queueMatch } from '../matchmaking/match-server.ts';
import { queueWait } from '../matchmaking/wait-server.ts';
import { sessions } from '../presence/sessions.ts';
import type { UserMessage } from '../presence/user-topic.ts';
import { LobbyRefused, unavailable } from '../refusal.ts';
import type { SessionContext } from './context.ts';
import { Serial } from './serial.ts';

type Told = Extract<UserMessage, { kind: 'ready-check' | 'match-cancelled' | 'in-queue' }>;

/** Who joins a queue together, under which id. */
export interface Joiners {
  readonly id: string;
  readonly userIds: readonly number[];
}

export class LocalMatchmaking implements SessionMatchmaking {
  readonly #session: SessionContext;
  readonly #joiners: () => Promise<Joiners>;
  readonly #serial = new Serial();
  /** The match it was asked about. */
  #asked: AttemptKey | undefined;

  constructor(session: SessionContext, joiners: () => Promise<Joiners>) {
    this.#session = session;
    this.#joiners = joiners;
  }

  queues(): QueueInfo[] {
    const known = [...this.#session.hub.node.cache(queues).entries()].map(([, queue]) => queue);
    return known.sort((a, b) => a.queueId - b.queueId);
  }

  mine(): Promise<QueueInfo[]> {
    return this.#inTurn('Asking the queues', () => this.#mine());
  }

  async #mine(): Promise<QueueInfo[]> {
    const { hub, userId } = this.#session;
    const known = this.queues();
    const places = await Promise.all(
      known.map(({ queueId }) => inQueue(() => hub.node.server(queueWait, queueId).call('place', userId))),
    );
    return known.filter((_, at) => places[at]!.waits || places[at]!.attempt !== null);
  }

  figures(queueId: number): Promise<QueueFigures> {
    return this.#inTurn('Asking the queue', async () => {
      const queue = this.#queue(queueId);
      const { node } = this.#session.hub;
      return { queue, ...(await inQueue(() => node.server(queueWait, queueId).call('summary'))) };
    });
  }

  join(queueId: number): Promise<void> {
    return this.#inTurn('Joining the queue', async () => {
      this.#session.requireLive();
      await this.#join(this.#queue(queueId));
    });
  }

  async #join(queue: QueueInfo): Promise<void> {
    const { node } = this.#session.hub;
    const { id, userIds } = await this.#joiners();
    const { ratings, restricted } = await lookUpEntry(this.#session.hub, userIds, queue);
    if (restricted.length > 0) throw new LobbyRefused('Restricted', 'You may not use matchmaking for now');
    const members = userIds.map((userId) => {
      const session = node.registry(sessions).lookup(userId)?.value.session ?? '';
      return { userId, session, rating: ratings.get(userId)! };
    });
    const answer = await inQueue(() => node.server(queueWait, queue.queueId).call('join', { id, members }));
    if (answer === 'missing') throw noSuchQueue();
    if (answer === 'full') throw new LobbyRefused('QueueFull', 'Too many are in this queue already');
    if (answer === 'oversized') throw new LobbyRefused('PartyTooLarge', 'Your party is too large for this queue');
  }

  leave(queueId: number): Promise<void> {
    return this.#inTurn('Leaving the queue', async () => {
      const { hub, userId } = this.#session;
      if (hub.node.cache(queues).has(queueId)) await inQueue(() => leaveQueue(hub.node, queueId, userId));
    });
  }

  leaveAll(): Promise<void> {
    const { hub, userId } = this.#session;
    return this.#inTurn('Leaving the queues', () => inQueue(() => leaveAllQueues(hub.node, userId)));
  }

  ready(): Promise<boolean> {
    return this.#inTurn('The answer', async () => {
      this.#session.requireLive();
      if (!this.#asked) return false;
      const match = this.#session.hub.node.server(queueMatch, this.#asked);
      try {
        await match.call('ready', this.#session.userId);
      } catch (error) {
        if (!(error instanceof NoSuchServer)) throw error;
        this.#asked = undefined;
        return false;
      }
      return true;
    });
  }

  decline(): Promise<void> {
    this.#asked = undefined;
    return this.leaveAll();
  }

  /** From the queues and matches; each may say a thing twice when a node has died. */
  told(message: Told): void {
    const { queueId } = message;
    if (message.kind === 'in-queue') {
      void this.#recall();
    } else if (message.kind === 'ready-check') {
      if (this.#isAsked(message)) return;
      this.#asked = [queueId, message.attempt];
      this.#session.inbox({ kind: 'ready-check', queueId });
    } else if (this.#isAsked(message)) {
      this.#asked = undefined;
      this.#session.inbox({ kind: 'match-cancelled', queueId });
      if (message.returns) return;
      const name = this.#session.hub.node.cache(queues).get(queueId)?.name ?? queueId;
      this.#session.notice(
        `You have left the queue ${name}: you, or somebody of your party, did not come into the match.`,
      );
    }
  }

  #isAsked({ queueId, attempt }: { queueId: number; attempt: number }): boolean {
    return this.#asked?.[0] === queueId && this.#asked[1] === attempt;
  }

  async #recall(): Promise<void> {
    try {
      this.#session.inbox({ kind: 'your-queues', queues: await this.mine() });
    } catch (error) {
      this.#session.hub.node.log.write('warn', 'a user could not be told of his queues', { error: String(error) });
    }
  }

  #queue(queueId: number): QueueInfo {
    const queue = this.#session.hub.node.cache(queues).get(queueId);
    if (!queue) throw noSuchQueue();
    return queue;
  }

  #inTurn<T>(what: string, work: () => Promise<T>): Promise<T> {
    return this.#session.hub.strongly(what, work, this.#serial);
  }
}

function noSuchQueue(): LobbyRefused {
  return new LobbyRefused('NoSuchQueue', 'There is no such queue');
}

/** A queue that was closed has no server any more. */
async function inQueue<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof NoSuchServer) throw noSuchQueue();
    throw unavailable('The queue', error);
  }
}
