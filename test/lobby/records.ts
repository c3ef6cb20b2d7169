/** Made-up sessions and lobby records for tests of the lobby's pure parts. */
import { addMember, newRecord } from '../../src/lobby/battles/changes.ts';
import type { LobbyRecord, Member } from '../../src/lobby/battles/record.ts';
import type { SessionInfo } from '../../src/lobby/presence/sessions.ts';
import type { OpenBattleRequest } from '../../src/lobby/session/session.ts';
import { encodeBattleStatus } from '../../src/lobby/status/battle-status.ts';

export const PLAYER = encodeBattleStatus({
  ready: true,
  team: 0,
  ally: 0,
  player: true,
  handicap: 0,
  sync: 1,
  side: 0,
});

export const OPEN_REQUEST: OpenBattleRequest = {
  type: 0,
  nat: 0,
  password: '*',
  port: 8452,
  maxPlayers: 8,
  gameHash: '0',
  rank: 0,
  mapHash: '1565299817',
  engineName: 'spring',
  engineVersion: '104.0.1',
  mapName: 'Comet Catcher Redux',
  title: 'EU 01 test',
  gameName: 'Beyond All Reason',
};

export function sessionInfo(userId: number, session = `s${userId}`, over: Partial<SessionInfo> = {}): SessionInfo {
  return {
    userId,
    springId: 1_000 + userId,
    session,
    connection: session,
    name: `user${userId}`,
    country: '??',
    client: 'test',
    status: 0,
    moderator: false,
    bot: false,
    ip: '127.0.0.1',
    authorisesJoins: false,
    ...over,
  };
}

export function member(userId: number, over: Partial<Member> = {}): Member {
  return {
    userId,
    name: `user${userId}`,
    session: `s${userId}`,
    turn: 1,
    status: 0,
    colour: 0,
    scriptPassword: '',
    ...over,
  };
}

/** A lobby of user 1, with the others in it. */
export function lobby(others: readonly Member[] = [], over: Partial<LobbyRecord> = {}): LobbyRecord {
  const founder = member(1);
  const record = newRecord({ lobbyId: 12, founder, ip: '127.0.0.1', openedAt: 0, request: OPEN_REQUEST });
  return { ...others.reduce(addMember, record), ...over };
}
