/**
 * The waiting line of one queue, one server in the cluster: who waits, in which order, and who was set aside for a match. It
 * finds matches and leaves them to match servers, so that no attempt holds up the queue. Who is set aside stays in its state
 * until the match server has said how it went: whichever node dies, nobody is lost and nobody is matched twice.
 */
import { type EndReason, Server, server } from '../../services/index.ts';
import { COORDINATOR } from '../coordinator.ts';
import { presentUser } from '../presence/seats.ts';
import { sessions } from '../presence/sessions.ts';
import { userMessages } from '../presence/user-topic.ts';
import { decodeClientStatus } from '../status/client-status.ts';
import { userClaim } from './claims.ts';
import {
  matchAttempts,
  matchClaims,
  QueueId,
  type QueueInfo,
  queuePeriodic,
  queues,
  queueUpdates,
} from './declarations.ts';
import { type Attempt, userIdsOf, WaitState } from './state.ts';
import {
  attemptOf,
  EMPTY_QUEUE,
  followPresence,
  isWaiting,
  type JoinAnswer,
  type Joining,
  join,
  leave,
  makeAttempts,
  settle,
} from './waiting.ts';

const TICK_MS = 500;
const PUBLISH_MS = 2_500;

export interface QueueSummary {
  readonly size: number;
  readonly meanWaitMs: number;
}

export interface PlaceInQueue {
  readonly waits: boolean;
  /** The match that he was set aside for, if any. */
  readonly attempt: number | null;
}

export class QueueWaitServer extends Server<number, WaitState> {
  init(kept: WaitState | undefined): WaitState {
    this.every(TICK_MS, 'tick');
    this.every(PUBLISH_MS, 'publish');
    return kept ?? EMPTY_QUEUE;
  }

  override info(message: unknown): void {
    if (message === 'publish') this.#publish();
    else this.#tick();
  }

  /** A queue that was closed for good tells who still waits. */
  override terminate(reason: EndReason): void {
    if (reason !== 'stop') return;
    const { userId: from, session: fromSession } = COORDINATOR;
    const text = `The queue ${this.#queue()?.name ?? this.key} is closed.`;
    for (const userId of userIdsOf(this.state.groups)) {
      this.node.broadcast(userMessages(userId), { kind: 'private-message', from, fromSession, text, emote: false });
    }
  }

  /** A group joins as a whole; `missing` when there is no such queue any more. */
  join(joining: Joining): JoinAnswer | 'missing' {
    const queue = this.#queue();
    if (!queue) return 'missing';
    const [answer, state] = join(this.state, joining, queue, this.node.wall());
    this.state = state;
    if (answer === 'ok')
      this.#tell(
        'joined',
        joining.members.map(({ userId }) => userId),
      );
    return answer;
  }

  /** Takes out the group of a user, unless it was set aside: then its match server has to hear of it. */
  leave(userId: number): PlaceInQueue {
    const place = this.place(userId);
    const gone = this.state.groups.filter(({ members }) => members.some((member) => member.userId === userId));
    this.state = leave(this.state, userId);
    if (place.waits) this.#tell('left', userIdsOf(gone));
    return place;
  }

  place(userId: number): PlaceInQueue {
    return { waits: isWaiting(this.state, userId), attempt: attemptOf(this.state, userId)?.number ?? null };
  }

  summary(): QueueSummary {
    const present = this.state.groups.filter(({ goneSince }) => goneSince === null);
    return { size: userIdsOf(present).length, meanWaitMs: this.state.meanWaitMs };
  }

  /** For its match server: whom it is about, null when it is settled or never was. */
  attempt(number: number): Attempt | null {
    return this.state.attempts.find((attempt) => attempt.number === number) ?? null;
  }

  /** From its match server: how it went. The groups `back` return, the others are out. Fine to be told twice. */
  settled(number: number, back: string[]): void {
    const attempt = this.attempt(number);
    this.state = settle(this.state, number, back);
    const out = (attempt?.groups ?? []).filter(({ id }) => !back.includes(id));
    if (out.length > 0) this.#tell('left', userIdsOf(out));
  }

  #tick(): void {
    const wall = this.node.wall();
    const { state, back, left } = followPresence(this.state, {
      wall,
      sessionOf: (userId) => this.node.registry(sessions).lookup(userId)?.value.session,
      isPresent: (userId) => presentUser(this.node, userId) !== undefined,
    });
    this.state = state;
    for (const userId of back) this.node.broadcast(userMessages(userId), { kind: 'in-queue', queueId: this.key });
    if (left.length > 0) this.#tell('left', [...left]);
    const queue = this.#queue();
    if (queue) this.state = makeAttempts(this.state, queue, wall, (userId) => this.#isFree(userId));
    // Again and again while it lasts: a start is lost with the node that was to make it, and a second changes nothing.
    for (const { number } of this.state.attempts) this.node.broadcast(matchAttempts(), { key: [this.key, number] });
  }

  /** Not about to be matched by another attempt, and not in a game. */
  #isFree(userId: number): boolean {
    const status = this.node.registry(sessions).lookup(userId)?.value.status;
    const inGame = status !== undefined && decodeClientStatus(status).inGame;
    return !inGame && !this.node.cache(matchClaims).has(userClaim(userId));
  }

  #publish(): void {
    this.node.broadcast(queuePeriodic(), { queueId: this.key, ...this.summary() });
  }

  #tell(kind: 'joined' | 'left', userIds: number[]): void {
    this.node.broadcast(queueUpdates(this.key), { kind, queueId: this.key, userIds });
  }

  #queue(): QueueInfo | undefined {
    return this.node.cache(queues).get(this.key);
  }
}

export const queueWait = server(
  'queue_wait',
  {
    key: QueueId,
    placement: 'one per key',
    state: WaitState,
    keeps: 'state',
    about: 'The waiting line of one queue: groups, order, search for matches. Runs while the queue is enabled.',
  },
  QueueWaitServer,
);
