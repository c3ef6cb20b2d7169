/** Everything the lobby declares, for `defineApp({ uses })`. */
import type { Declaration } from '../services/index.ts';
import { wrongTries } from './accounts/accounts.ts';
import { userIds, users } from './accounts/user-record.ts';
import { achievementServer } from './achievements/achievement-server.ts';
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
import { clientEvents } from './telemetry/client-telemetry.ts';
import { fanOut, fanOutServer } from './telemetry/fan-out.ts';
import { lobbyJobs } from './telemetry/jobs.ts';
import { telemetry, telemetryServer } from './telemetry/telemetry-server.ts';

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
  clientEvents,
  telemetry,
  telemetryServer,
  fanOut,
  fanOutServer,
  achievementServer,
  lobbyJobs,
  matchUpdates,
  matchIds,
  matchMonitor,
  users,
  userIds,
  moderationNews,
  settings,
  settingsKeeper,
];
