/** Everything the lobby declares, for `defineApp({ uses })`. */
import type { Declaration } from '../services/index.ts';
import { wrongTries } from './accounts/accounts.ts';
import { battleLines, lobbies, lobbyIds, springIds } from './battles/record.ts';
import { consul } from './consul/consul.ts';
import { sessions } from './presence/sessions.ts';
import { userMessages } from './presence/user-topic.ts';
import { roomLines, roomMembers, rooms } from './rooms/declarations.ts';
import { clientIndexThrottle } from './throttles/client-index-throttle.ts';
import { lobbyThrottle } from './throttles/lobby-throttle.ts';
import { clientIndexNews, lobbyNews } from './throttles/topics.ts';

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
  lobbyNews,
  clientIndexNews,
  lobbyThrottle,
  clientIndexThrottle,
];
