/** Everything the lobby declares, for `defineApp({ uses })`. */
import type { Declaration } from '../services/index.ts';
import { wrongTries } from './accounts/accounts.ts';
import { userIds, users } from './accounts/user-record.ts';
import { battleLines, lobbies, lobbyIds, springIds } from './battles/record.ts';
import { consul } from './consul/consul.ts';
import { matchIds, matchUpdates } from './matches/declarations.ts';
import { matchMonitor } from './matches/monitor.ts';
import { moderationNews } from './moderation/news.ts';
import { doorkeeper, seats } from './presence/seats.ts';
import { sessions } from './presence/sessions.ts';
import { userMessages } from './presence/user-topic.ts';
import { roomLines, roomMembers, rooms } from './rooms/declarations.ts';
import { settings, settingsKeeper } from './settings/settings.ts';

export const lobbyDeclarations: readonly Declaration[] = [
  sessions,
  seats,
  doorkeeper,
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
  matchIds,
  matchMonitor,
  users,
  userIds,
  moderationNews,
  settings,
  settingsKeeper,
];
