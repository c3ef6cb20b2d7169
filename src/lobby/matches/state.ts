/** What the match monitor remembers: each match from its begin until everything about its end is written and told. */
import * as z from 'zod';
import { LobbyId, type LobbyRecord } from '../battles/record.ts';
import { UserId } from '../presence/sessions.ts';
import { decodeBattleStatus } from '../status/battle-status.ts';

export const MatchId = z.int();

const Player = z.object({ userId: UserId, ally: z.int() });

export const Match = z.object({
  matchId: MatchId,
  uuid: z.string(),
  lobbyId: LobbyId,
  founder: UserId,
  title: z.string(),
  mapName: z.string(),
  gameName: z.string(),
  engineVersion: z.string(),
  queueId: z.nullable(z.int()),
  startedAt: z.number(),
  players: z.array(Player),
  /** Wall time of its end; null while it is played. */
  finishedAt: z.nullable(z.number()),
  winner: z.nullable(z.int()),
  /** JSON, as the host's client told it. */
  endData: z.nullable(z.string()),
  /** What has still to be done about it, each once it is written: its rows, its end, its result. */
  todo: z.array(z.enum(['begin', 'end', 'result'])),
  /** How often it may still be told that it is completed, until somebody says that he followed it up. */
  tellings: z.int(),
});
export type Match = z.infer<typeof Match>;

/** Matches that run, and the last ones that ended: their hosts may still tell how. */
export const MonitorState = z.object({ matches: z.array(Match) });
export type MonitorState = z.infer<typeof MonitorState>;

/** More ended matches than this are not remembered. */
const MOST_ENDED = 200;
/** More running matches than this are not followed. */
export const MOST_RUNNING = 5_000;

const TELLINGS = 5;

const UUID_TAG = 'server/match/uuid';
const QUEUE_TAG = 'server/match/queue_id';

export interface Beginning {
  readonly matchId: number;
  /** For a lobby that names none, or one that has been used. */
  readonly uuid: string;
  readonly startedAt: number;
}

/** The match that begins in a lobby as it is now. */
export function newMatch(state: MonitorState, record: LobbyRecord, { matchId, uuid, startedAt }: Beginning): Match {
  const tag = (key: string): string | undefined => record.tags.find((one) => one.key === key)?.value;
  const named = tag(UUID_TAG);
  const isFree = named !== undefined && named !== '' && !state.matches.some((match) => match.uuid === named);
  const queue = Number.parseInt(tag(QUEUE_TAG) ?? '', 10);
  return {
    matchId,
    uuid: isFree ? named : uuid,
    lobbyId: record.lobbyId,
    founder: record.founder,
    title: record.title,
    mapName: record.mapName,
    gameName: record.gameName,
    engineVersion: record.engineVersion,
    queueId: Number.isSafeInteger(queue) ? queue : null,
    startedAt,
    players: record.members.flatMap(({ userId, status }) => {
      const { player, ally } = decodeBattleStatus(status);
      return player ? [{ userId, ally }] : [];
    }),
    finishedAt: null,
    winner: null,
    endData: null,
    todo: ['begin'],
    tellings: TELLINGS,
  };
}

export function runningIn(state: MonitorState, lobbyId: number): Match | undefined {
  return state.matches.find((match) => match.lobbyId === lobbyId && match.finishedAt === null);
}

/** The match a host's account is about: the one that runs, else the last that ended. */
export function latestOf(state: MonitorState, founder: number): Match | undefined {
  return state.matches.findLast((match) => match.founder === founder);
}

export function withMatch(state: MonitorState, changed: Match): MonitorState {
  const isKnown = state.matches.some(({ matchId }) => matchId === changed.matchId);
  const matches = isKnown
    ? state.matches.map((match) => (match.matchId === changed.matchId ? changed : match))
    : [...state.matches, changed];
  return { matches: withoutOldest(matches) };
}

/** The match is over, unless it is already. */
export function ended(match: Match, finishedAt: number): Match {
  return match.finishedAt === null ? { ...match, finishedAt, todo: [...match.todo, 'end'] } : match;
}

/** It is completed and written, and nobody has said yet that he followed it up. */
export function isToBeTold(match: Match): boolean {
  return match.finishedAt !== null && match.todo.length === 0 && match.tellings > 0;
}

/** How the match went, as told by its host; what was told before counts. */
export function withResult(match: Match, winner: number | null, endData: string): Match {
  return match.endData === null ? { ...match, winner, endData, todo: [...match.todo, 'result'] } : match;
}

function withoutOldest(matches: Match[]): Match[] {
  const over = matches.filter((match) => match.finishedAt !== null && match.todo.length === 0 && match.tellings === 0);
  const gone = new Set(over.slice(0, Math.max(0, over.length - MOST_ENDED)));
  return gone.size === 0 ? matches : matches.filter((match) => !gone.has(match));
}

/** How many teams there were, and players in the largest. */
export function shapeOf(match: Match): { teamCount: number; teamSize: number } {
  const sizes = new Map<number, number>();
  for (const { ally } of match.players) sizes.set(ally, (sizes.get(ally) ?? 0) + 1);
  return { teamCount: sizes.size, teamSize: Math.max(0, ...sizes.values()) };
}
