/**
 * One attempt at a match: asks the players, and when all are ready finds a lobby, moves them there, and has the game started.
 * Every step can be taken again, so that the next node goes on where this one died; whom it has claimed, no other attempt
 * takes. It ends when the queue has been told who returns.
 */

import { Server, server } from '../../services/index.ts';
import { battleLines, type LobbyRecord, lobbies } from '../battles/record.ts';
import { COORDINATOR } from '../coordinator.ts';
import { sessions } from '../presence/sessions.ts';
import { userMessages } from '../presence/user-topic.ts';
import { setting } from '../settings/settings.ts';
import { decodeClientStatus } from '../status/client-status.ts';
import { balance } from '../tasks/balance.ts';
import { answer, askAll, declineAbsent, giveUp, giveUpAsking, verdict } from './answers.ts';
import { claim, claimedLobbies, lobbyClaim, release, releaseAll, userClaim } from './claims.ts';
import { AttemptKey, matchClaims, queues, queueUpdates } from './declarations.ts';
import { allIn, allSynced, forceTeams, isEmptyLobby, isIn, ordersFor, withoutQueueTag } from './placing.ts';
import { MatchState, userIdsOf } from './state.ts';
import { queueWait } from './wait-server.ts';

const TICK_MS = 250;
const ORDER_MS = 100;
/** For so long players may be on their way into the lobby. */
const MOVING_MS = 15_000;
/** The game is started so long after the host was told what to set, … */
const SETTLING_MS = 1_000;
/** … or when all are synced; so long that is waited for. */
const SYNCING_MS = 20_000;

const NEW: MatchState = Object.freeze({
  phase: 'new',
  queue: null,
  groups: [],
  answers: [],
  deadline: 0,
  teams: [],
  lobbyId: null,
  orders: [],
  back: [],
  made: false,
});

export class QueueMatchServer extends Server<AttemptKey, MatchState> {
  /**
   * What this very instance has said. A word may be lost with its node; so the phase ends only a tick after it, and the next
   * instance says it again. Sessions take no notice of what they know.
   */
  #invited = false;
  #started = false;
  #told = false;
  #calledAt = Number.NEGATIVE_INFINITY;

  init(kept: MatchState | undefined): MatchState {
    this.every(TICK_MS, 'tick');
    this.every(ORDER_MS, 'order');
    this.after(0, 'tick');
    return kept ?? NEW;
  }

  override async info(message: unknown): Promise<void> {
    if (message === 'order') return this.#order();
    try {
      await this.#step();
    } catch (error) {
      // What could not be done is tried at the next tick, from the phase that it left.
      this.node.log.write('warn', 'a match could not go on yet', { match: this.key.join('/'), error: String(error) });
    }
  }

  ready(userId: number): void {
    this.state = answer(this.state, userId, 'ready');
    this.after(0, 'tick');
  }

  decline(userId: number): void {
    this.state = answer(this.state, userId, 'declined');
    this.after(0, 'tick');
  }

  #step(): Promise<void> | void {
    switch (this.state.phase) {
      case 'new':
        return this.#begin();
      case 'asking':
        return this.#ask();
      case 'placing':
        return this.#place();
      case 'moving':
        return this.#move();
      case 'starting':
        return this.#start();
      case 'over':
        return this.#settle();
      case 'closed':
        return this.stop();
    }
  }

  async #begin(): Promise<void> {
    const [queueId, number] = this.key;
    const attempt = await this.node.server(queueWait, queueId).call('attempt', number);
    const queue = this.node.cache(queues).get(queueId);
    if (!attempt) return this.stop();
    const { groups } = attempt;
    const everybody = { ...this.state, groups, back: groups.map(({ id }) => id) };
    // Another attempt, of another queue, has one of them: all of these return.
    if (!queue || !(await this.#claimAll(userIdsOf(groups)))) this.state = { ...everybody, phase: 'over' };
    else {
      const answers = askAll(groups, this.#sessionOf);
      this.state = {
        ...everybody,
        back: [],
        phase: 'asking',
        queue,
        answers,
        deadline: this.#wall + queue.readyWaitMs,
      };
    }
    this.after(0, 'tick');
  }

  async #claimAll(userIds: readonly number[]): Promise<boolean> {
    for (const userId of userIds) if (!(await claim(this.node, userClaim(userId), this.key))) return false;
    return true;
  }

  #ask(): void {
    if (!this.#invited) this.#invite();
    this.state = declineAbsent(this.state, this.#sessionOf);
    const decided = verdict(this.state, this.#wall);
    if (decided === 'wait') return;
    if (decided === 'ready') this.state = { ...this.state, phase: 'placing' };
    else this.state = giveUpAsking(this.state, decided);
    this.after(0, 'tick');
  }

  #invite(): void {
    const [queueId, attempt] = this.key;
    for (const { userId, said } of this.state.answers) {
      if (said === 'nothing') this.node.broadcast(userMessages(userId), { kind: 'ready-check', queueId, attempt });
    }
    this.#invited = true;
  }

  /** Without an empty lobby it is tried again, at every tick, as long as all are there. */
  async #place(): Promise<void> {
    this.state = declineAbsent(this.state, this.#sessionOf);
    if (this.state.answers.some(({ said }) => said === 'declined')) {
      this.state = giveUpAsking(this.state, 'declined');
      return;
    }
    if (this.state.teams.length === 0) await this.#balance();
    const lobbyId = this.state.phase === 'placing' ? await this.#takeLobby() : undefined;
    if (lobbyId === undefined) return;
    this.state = { ...this.state, phase: 'moving', lobbyId, deadline: this.#wall + MOVING_MS };
    this.after(0, 'tick');
  }

  async #balance(): Promise<void> {
    const { groups, queue } = this.state;
    const { teamSize, teamCount } = queue!;
    const balanced = await this.node.compute.run(balance, {
      teamSize,
      teamCount,
      groups: groups.map(({ members }) => ({
        members: members.map(({ userId }) => userId),
        ratings: members.map(({ rating }) => rating),
      })),
    });
    // They filled the teams of the queue as it was when they were found; it has been changed since.
    if (!balanced) this.state = giveUp(this.state, () => true);
    else this.state = { ...this.state, teams: balanced.teams.map((team) => [...team]) };
  }

  async #takeLobby(): Promise<number | undefined> {
    const { node } = this;
    for (const lobbyId of claimedLobbies(node, this.key)) {
      if (this.#isFit(await node.cache(lobbies).read(lobbyId))) return lobbyId;
      await release(node, lobbyClaim(lobbyId), this.key);
    }
    const claims = node.cache(matchClaims);
    for (const [lobbyId, record] of node.cache(lobbies).entries()) {
      if (!this.#isFit(record) || claims.has(lobbyClaim(lobbyId))) continue;
      if (!(await claim(node, lobbyClaim(lobbyId), this.key))) continue;
      if (this.#isFit(await node.cache(lobbies).read(lobbyId))) return lobbyId;
      await release(node, lobbyClaim(lobbyId), this.key);
    }
    return undefined;
  }

  /** Empty, with its host there and not in a game. */
  #isFit(record: LobbyRecord | undefined): record is LobbyRecord {
    if (!record || !isEmptyLobby(record, setting(this.node, 'matchLobbies'))) return false;
    const host = this.node.registry(sessions).lookup(record.founder)?.value;
    return (
      host?.session === record.members[0]?.session && host !== undefined && !decodeClientStatus(host.status).inGame
    );
  }

  async #move(): Promise<void> {
    const { node } = this;
    const { lobbyId, groups, deadline, queue, teams } = this.state;
    const record = node.cache(lobbies).get(lobbyId!);
    if (!record) {
      await release(node, lobbyClaim(lobbyId!), this.key);
      this.state = { ...this.state, phase: 'placing', lobbyId: null };
      return;
    }
    const players = userIdsOf(groups);
    if (!allIn(record, players, this.#sessionOf)) {
      if (this.#wall > deadline) this.state = giveUp(this.state, (id) => isIn(record, id, this.#sessionOf(id)));
      else this.#callInto(record);
      return;
    }
    await node.cache(lobbies).update(lobbyId!, (now) => now && forceTeams(now, teams, this.key[0]));
    const { maps } = queue!;
    const orders = ordersFor(queue!, maps[Math.floor(node.random() * maps.length)]);
    const startsAt = this.#wall + orders.length * ORDER_MS + SETTLING_MS;
    this.state = { ...this.state, phase: 'starting', orders, deadline: startsAt };
  }

  /** Moves who is not there yet; again after a while, for the word may have been lost. */
  #callInto(record: LobbyRecord): void {
    if (this.#wall - this.#calledAt < MOVING_MS / 5) return;
    this.#calledAt = this.#wall;
    for (const userId of userIdsOf(this.state.groups)) {
      if (isIn(record, userId, this.#sessionOf(userId))) continue;
      const message = { kind: 'join-lobby', lobbyId: record.lobbyId, scriptPassword: null } as const;
      this.node.broadcast(userMessages(userId), message);
    }
  }

  /** Tells the host one thing at a time: hosts take what comes at once for a flood. */
  #order(): void {
    const { phase, orders, lobbyId } = this.state;
    const [next, ...rest] = orders;
    if (phase !== 'starting' || next === undefined) return;
    this.state = { ...this.state, orders: rest };
    const host = this.node.cache(lobbies).get(lobbyId!)?.founder;
    if (host === undefined) return;
    const message = { kind: 'private-message', ...AS_COORDINATOR, text: next, emote: false } as const;
    this.node.broadcast(userMessages(host), message);
  }

  /** Clients answer a move with a status of their own; theirs in the match stands against it until the game begins. */
  async #start(): Promise<void> {
    const { lobbyId, teams, groups, deadline } = this.state;
    if (this.#started) return this.#finish();
    const [queueId] = this.key;
    const players = userIdsOf(groups);
    const record = await this.node
      .cache(lobbies)
      .update(lobbyId!, (now) => now && (allIn(now, players, this.#sessionOf) ? forceTeams(now, teams, queueId) : now));
    if (this.#wall < deadline) return;
    const isComplete = record !== undefined && allIn(record, players, this.#sessionOf);
    if (isComplete && !allSynced(record, players) && this.#wall <= deadline + SYNCING_MS) return;
    if (isComplete && allSynced(record, players)) this.#startGame(lobbyId!, teams.flat());
    else await this.#callOff(lobbyId!);
    this.#started = true;
  }

  #finish(): void {
    this.state = { ...this.state, phase: 'over', made: true };
    this.after(0, 'tick');
  }

  #startGame(lobbyId: number, players: readonly number[]): void {
    const [queueId] = this.key;
    players.forEach((userId, at) => {
      const session = this.#sessionOf(userId) ?? '';
      const text = at === 0 ? '!cv forcestart' : '!y';
      this.node.broadcast(battleLines(lobbyId), { from: userId, session, text, emote: false, tag: null });
    });
    this.node.broadcast(queueUpdates(queueId), { kind: 'match-made', queueId, lobbyId, userIds: [...players] });
  }

  /** They are together in a lobby and may start by themselves; the server does not. */
  async #callOff(lobbyId: number): Promise<void> {
    await this.node.cache(lobbies).update(lobbyId, (now) => now && withoutQueueTag(now));
    const { userId: from, session } = COORDINATOR;
    const text = 'The match cannot be started: not all players are here and synced.';
    this.node.broadcast(battleLines(lobbyId), { from, session, text, emote: true, tag: null });
  }

  /** Tells the queue, then the players; each may be told again. */
  async #settle(): Promise<void> {
    const [queueId, number] = this.key;
    const { groups, back, made } = this.state;
    if (made) await this.#leaveOtherQueues(userIdsOf(groups));
    await this.node.server(queueWait, queueId).call('settled', number, back);
    await releaseAll(this.node, this.key);
    if (this.#told) {
      this.state = { ...this.state, phase: 'closed' };
      this.after(0, 'tick');
      return;
    }
    this.#told = true;
    for (const group of made ? [] : groups) {
      const returns = back.includes(group.id);
      for (const { userId } of group.members) {
        this.node.broadcast(userMessages(userId), { kind: 'match-cancelled', queueId, attempt: number, returns });
      }
    }
  }

  async #leaveOtherQueues(userIds: readonly number[]): Promise<void> {
    const others = [...this.node.cache(queues).entries()].filter(([queueId]) => queueId !== this.key[0]);
    for (const [queueId] of others) {
      for (const userId of userIds) await this.node.server(queueWait, queueId).call('leave', userId);
    }
  }

  readonly #sessionOf = (userId: number): string | undefined =>
    this.node.registry(sessions).lookup(userId)?.value.session;

  get #wall(): number {
    return this.node.wall();
  }
}

const AS_COORDINATOR = { from: COORDINATOR.userId, fromSession: COORDINATOR.session } as const;

export const queueMatch = server(
  'queue_match',
  {
    key: AttemptKey,
    placement: 'one per key',
    state: MatchState,
    keeps: 'state',
    about:
      'One attempt at a match: ready check, lobby, teams, start of the game. Runs until the queue knows how it went.',
  },
  QueueMatchServer,
);
