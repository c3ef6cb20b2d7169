/** Everything the lobby declares, for `defineApp({ uses })`. */
import type { Declaration } from '../services/index.ts';
import { loginBlocks, wrongTries } from './accounts/tries.ts';
import { userIds, users } from './accounts/user-record.ts';
import { achievementServer } from './achievements/achievement-server.ts';
import { battleLines, lobbies, lobbyIds, springIds } from './battles/record.ts';
import { accoladeBot } from './bots/accolades/bot.ts';
import { accoladeChat } from './bots/accolades/chat.ts';
import { automod } from './bots/automod/server.ts';
import { clientInOut } from './bots/client-inout.ts';
import { awaitingAcknowledgement } from './bots/coordinator/acknowledgement.ts';
import { discordCodes } from './bots/coordinator/discord.ts';
import { coordinator } from './bots/coordinator/server.ts';
import { consul } from './consul/consul.ts';
import { matchIds, matchUpdates } from './matches/declarations.ts';
import { matchMonitor } from './matches/monitor.ts';
import { matchAttempts, matchClaims, queuePeriodic, queues, queueUpdates } from './matchmaking/declarations.ts';
import { queueMatch } from './matchmaking/match-server.ts';
import { matchmaker } from './matchmaking/matchmaker.ts';
import { queueWait } from './matchmaking/wait-server.ts';
import { chatMutes, chatPaces } from './moderation/chat-guard.ts';
import { reportsMade } from './moderation/moderation.ts';
import { moderationNews } from './moderation/news.ts';
import { partyIds, partyOf } from './parties/declarations.ts';
import { party } from './parties/party-server.ts';
import { doorkeeper, seats } from './presence/seats.ts';
import { sessions } from './presence/sessions.ts';
import { userMessages } from './presence/user-topic.ts';
import { rater } from './ratings/rater.ts';
import { roomLines, roomMembers, rooms } from './rooms/declarations.ts';
import { settings, settingsKeeper } from './settings/settings.ts';
import { clientEvents } from './telemetry/client-telemetry.ts';
import { fanOut, fanOutServer } from './telemetry/fan-out.ts';
import { lobbyJobs } from './telemetry/jobs.ts';
import { telemetry, telemetryServer } from './telemetry/telemetry-server.ts';
import { clientIndexThrottle } from './throttles/client-index-throttle.ts';
import { lobbyThrottle } from './throttles/lobby-throttle.ts';
import { clientIndexNews, lobbyNews } from './throttles/topics.ts';

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
  clientInOut,
  coordinator,
  awaitingAcknowledgement,
  discordCodes,
  automod,
  accoladeBot,
  accoladeChat,
  users,
  userIds,
  moderationNews,
  settings,
  settingsKeeper,
  lobbyNews,
  clientIndexNews,
  loginBlocks,
  chatMutes,
  chatPaces,
  lobbyThrottle,
  clientIndexThrottle,
  reportsMade,
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
