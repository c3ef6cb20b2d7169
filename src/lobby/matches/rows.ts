/** Matches in the store. Each step may be taken twice and is written once. */
import type { LobbyStore } from '../store/lobby-store.ts';
import { type Match, shapeOf } from './state.ts';

const MINUTE_MS = 60_000;

/**
 * Writes a match, its players and the event of its begin as one transaction. False when another match has its uuid, and
 * nothing was written.
 */
export async function writeBegin(store: LobbyStore, match: Match): Promise<boolean> {
  if (await isWritten(store, match)) return true;
  try {
    await store.transact(beginning(store, match));
    return true;
  } catch (error) {
    if (await isWritten(store, match)) return true;
    if (await isTaken(store, match)) return false;
    throw error;
  }
}

function beginning(store: LobbyStore, match: Match) {
  const { matchId, founder, startedAt, lobbyId } = match;
  const { teamCount, teamSize } = shapeOf(match);
  const row = store.db.insertInto('matches').values({
    id: matchId,
    uuid: match.uuid,
    lobby_id: lobbyId,
    founder_id: founder,
    title: match.title,
    map_name: match.mapName,
    game_name: match.gameName,
    engine_version: match.engineVersion,
    queue_id: match.queueId,
    team_count: teamCount,
    team_size: teamSize,
    started_at: startedAt,
  });
  const event = store.db.insertInto('telemetry_events').values({
    account_id: founder,
    hash: '',
    type: 'match.started',
    value: JSON.stringify({ matchId, teamCount, teamSize }),
    at: startedAt,
  });
  const players = match.players.map(({ userId, ally }) => ({ match_id: matchId, account_id: userId, team: ally }));
  return players.length === 0 ? [row, event] : [row, event, store.db.insertInto('match_members').values(players)];
}

async function isWritten(store: LobbyStore, { matchId }: Match): Promise<boolean> {
  return (await store.run(store.db.selectFrom('matches').select('id').where('id', '=', matchId))).length > 0;
}

async function isTaken(store: LobbyStore, { uuid }: Match): Promise<boolean> {
  return (await store.run(store.db.selectFrom('matches').select('id').where('uuid', '=', uuid))).length > 0;
}

/** With the time that its players have spent in game. */
export async function writeEnd(store: LobbyStore, { matchId, startedAt, finishedAt }: Match): Promise<void> {
  const { db } = store;
  const minutes = Math.max(0, Math.round(((finishedAt ?? startedAt) - startedAt) / MINUTE_MS));
  const isOpen = db.selectFrom('matches').select('id').where('id', '=', matchId).where('finished_at', 'is', null);
  const end = db
    .updateTable('matches')
    .set({ finished_at: finishedAt })
    .where('id', '=', matchId)
    .where('finished_at', 'is', null);
  const players = db.selectFrom('match_members').select('account_id').where('match_id', '=', matchId);
  const played = db
    .updateTable('accounts')
    .set(({ eb }) => ({ ingame_minutes: eb('ingame_minutes', '+', minutes) }))
    .where('id', 'in', players)
    .where(({ exists }) => exists(isOpen));
  await store.transact([played, end]);
}

export async function writeResult(store: LobbyStore, { matchId, winner, endData }: Match): Promise<void> {
  await store.run(store.db.updateTable('matches').set({ winner, end_data: endData }).where('id', '=', matchId));
}
