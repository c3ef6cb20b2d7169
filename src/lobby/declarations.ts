/** Everything the lobby declares, for `defineApp({ uses })`. */
import type { Declaration } from '../services/index.ts';
import { wrongTries } from './accounts/accounts.ts';
import { achievementServer } from './achievements/achievement-server.ts';
import { battleLines, lobbies, lobbyIds, springIds } from './battles/record.ts';
import { consul } from './consul/consul.ts';
import { sessions } from './presence/sessions.ts';
import { userMessages } from './presence/user-topic.ts';
import { roomLines, roomMembers, rooms } from './rooms/declarations.ts';
import { clientEvents } from './telemetry/client-telemetry.ts';
import { fanOut, fanOutServer } from './telemetry/fan-out.ts';
import { lobbyJobs } from './telemetry/jobs.ts';
import { telemetry, telemetryServer } from './telemetry/telemetry-server.ts';

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
  clientEvents,
  telemetry,
  telemetryServer,
  fanOut,
  fanOutServer,
  achievementServer,
  lobbyJobs,
];
