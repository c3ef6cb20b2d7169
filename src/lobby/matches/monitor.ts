/**
 * The match monitor, one in the cluster: keeps which lobbies play, and writes each match's begin, end and result. What it is
 * told changes its kept state first; the writing follows in turns of its own, and is done again by its next instance when a
 * node dies in between. So a match is one row, whoever dies when.
 */
import { Server, server } from '../../services/index.ts';
import { newMatchUuid } from '../battles/match-tag.ts';
import { type LobbyRecord, lobbies } from '../battles/record.ts';
import { consul } from '../consul/consul.ts';
import { presentUser } from '../presence/seats.ts';
import { LobbyStore } from '../store/lobby-store.ts';
import type { Counter } from '../telemetry/counters.ts';
import { telemetryServer } from '../telemetry/telemetry-server.ts';
import { matchIds, matchUpdates } from './declarations.ts';
import type { Result } from './host-lines.ts';
import { writeBegin, writeEnd, writeResult } from './rows.ts';
import {
  ended,
  isToBeTold,
  latestOf,
  type Match,
  MOST_RUNNING,
  MonitorState,
  newMatch,
  runningIn,
  withMatch,
  withResult,
  written,
} from './state.ts';

const TICK_MS = 5_000;

export class MatchMonitor extends Server<never, MonitorState> {
  readonly #store = new LobbyStore(() => this.node.store);

  init(kept: MonitorState | undefined): MonitorState {
    this.every(TICK_MS, 'tick');
    this.after(0, 'work');
    return kept ?? { matches: [] };
  }

  override async info(message: unknown): Promise<void> {
    if (message === 'tick') this.#endDeserted();
    await this.#work();
    if (message === 'tick') this.#tellAgain();
  }

  /** The host of a lobby has begun a game. Told again while one runs, nothing happens. */
  async launched(lobbyId: number, founder: number): Promise<void> {
    if (!this.#mayBegin(lobbyId, founder)) return;
    const matchId = await this.#nextId();
    const record = this.#mayBegin(lobbyId, founder);
    if (!record || matchId === undefined) return;
    const beginning = { matchId, uuid: this.#newUuid(), startedAt: this.node.wall() };
    this.state = withMatch(this.state, newMatch(this.state, record, beginning));
    this.#count('matchesStarted');
    this.after(0, 'work');
  }

  /** The lobby's record, where a match may begin. */
  #mayBegin(lobbyId: number, founder: number): LobbyRecord | undefined {
    const record = this.node.cache(lobbies).get(lobbyId);
    if (!record || record.founder !== founder || runningIn(this.state, lobbyId)) return undefined;
    if (this.state.matches.filter((match) => match.finishedAt === null).length < MOST_RUNNING) return record;
    this.node.log.write('warn', 'too many matches run: one is not followed', { lobby: lobbyId });
    return undefined;
  }

  /** Its game is over. */
  stopped(lobbyId: number, founder: number): void {
    const match = runningIn(this.state, lobbyId);
    if (!match || match.founder !== founder) return;
    this.#end(match);
    this.after(0, 'work');
  }

  /** How its last game went. False when it has had none. */
  result(founder: number, result: Result): boolean {
    const match = latestOf(this.state, founder);
    if (!match) return false;
    this.state = withMatch(this.state, withResult(match, result.winner, result.data));
    this.after(0, 'work');
    return true;
  }

  /** Somebody has done what follows from the end of a match. */
  followedUp(matchId: number): void {
    const match = this.state.matches.find((one) => one.matchId === matchId);
    if (match) this.state = withMatch(this.state, { ...match, tellings: 0 });
  }

  async #nextId(): Promise<number | undefined> {
    try {
      return await this.node.sequence(matchIds).next();
    } catch (error) {
      this.node.log.write('error', 'a match could not be numbered and is not followed', { error: String(error) });
      return undefined;
    }
  }

  #end(match: Match): void {
    this.state = withMatch(this.state, ended(match, this.node.wall()));
    this.#count('matchesStopped');
  }

  #newUuid(): string {
    return newMatchUuid(() => this.node.random());
  }

  #count(counter: Counter): void {
    this.node.server(telemetryServer, this.node.id).cast('count', counter);
  }

  /** A host that is gone says nothing more: its matches end with its lobby. */
  #endDeserted(): void {
    for (const match of this.state.matches) {
      if (match.finishedAt !== null) continue;
      const isOpen = this.node.cache(lobbies).get(match.lobbyId)?.founder === match.founder;
      if (isOpen && presentUser(this.node, match.founder)) continue;
      this.#end(match);
    }
  }

  /** Does what is to be done about all matches; what cannot be done now is tried again with the next tick. */
  async #work(): Promise<void> {
    for (const match of this.state.matches) {
      try {
        if (match.todo.length === 0) continue;
        const done = await this.#workOn(match);
        this.state = withMatch(this.state, done);
      } catch (error) {
        this.node.log.write('warn', 'a match could not be written yet', {
          match: match.matchId,
          error: String(error),
        });
      }
    }
  }

  /** Whoever heard of an end may have died before he did anything about it. */
  #tellAgain(): void {
    for (const match of this.state.matches.filter(isToBeTold)) {
      this.state = withMatch(this.state, { ...match, tellings: match.tellings - 1 });
      this.#tell(match, 'completed');
    }
  }

  async #workOn(match: Match): Promise<Match> {
    if (match.todo.includes('begin') && !(await writeBegin(this.#store, match))) {
      return { ...match, uuid: this.#newUuid() };
    }
    if (match.todo.includes('begin')) this.#begun(match);
    if (match.todo.includes('result')) await writeResult(this.#store, match);
    if (match.todo.includes('end')) await this.#over(match);
    // A result that comes after the end is news about a completed match.
    if (match.finishedAt !== null) this.#tell(match, 'completed');
    return written(match);
  }

  #begun(match: Match): void {
    this.#tell(match, 'started');
    if (match.finishedAt === null) this.node.server(consul, match.lobbyId).cast('matchStarted');
  }

  async #over(match: Match): Promise<void> {
    await writeEnd(this.#store, match);
    this.node.server(consul, match.lobbyId).cast('matchStopped');
  }

  #tell({ matchId }: Match, kind: 'started' | 'completed'): void {
    this.node.broadcast(matchUpdates(), { kind, matchId });
  }
}

export const matchMonitor = server(
  'match_monitor',
  {
    placement: 'singleton',
    state: MonitorState,
    keeps: 'state',
    about: 'Follows which lobbies play: writes each match, its players, its end and its result, once, and tells of it.',
  },
  MatchMonitor,
);
