/** Everything the lobby declares, for `defineApp({ uses })`. */
import type { Declaration } from '../services/index.ts';
import { wrongTries } from './accounts/accounts.ts';
import { battleLines, lobbies, lobbyIds, springIds } from './battles/record.ts';
import { consul } from './consul/consul.ts';
import { matchUpdates } from './matches/declarations.ts';
import { matchAttempts, matchClaims, queuePeriodic, queues, queueUpdates } from './matchmaking/declarations.ts';
import { queueMatch } from './matchmaking/match-server.ts';
import { matchmaker } from './matchmaking/matchmaker.ts';
import { queueWait } from './matchmaking/wait-server.ts';
import { partyIds, partyOf } from './parties/declarations.ts';
import { party } from './parties/party-server.ts';
import { sessions } from './presence/sessions.ts';
import { userMessages } from './presence/user-topic.ts';
import { rater } from './ratings/rater.ts';
import { roomLines, roomMembers, rooms } from './rooms/declarations.ts';

export const lobbyDeclarations: readonly Declaration[] = [
  sessions,
  userMessages,
  wrongTries,
  rooms,
  roomMembers,
  roomLines,
  lobbies,
  battleLines,
  consul,
  lobbyIds,
  springIds,
  matchUpdates,
  queues,
  matchClaims,
  queueUpdates,
  queuePeriodic,
  matchAttempts,
  matchmaker,
  queueWait,
  queueMatch,
  rater,
  partyIds,
  partyOf,
  party,
];
