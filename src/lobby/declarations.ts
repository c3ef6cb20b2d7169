/** Everything the lobby declares, for `defineApp({ uses })`. */
import type { Declaration } from '../services/index.ts';
import { loginBlocks, wrongTries } from './accounts/tries.ts';
import { userIds, users } from './accounts/user-record.ts';
import { battleLines, lobbies, lobbyIds, springIds } from './battles/record.ts';
import { consul } from './consul/consul.ts';
import { chatMutes, chatPaces } from './moderation/chat-guard.ts';
import { reportsMade } from './moderation/moderation.ts';
import { moderationNews } from './moderation/news.ts';
import { sessions } from './presence/sessions.ts';
import { userMessages } from './presence/user-topic.ts';
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
  users,
  userIds,
  moderationNews,
  loginBlocks,
  chatMutes,
  chatPaces,
  reportsMade,
];
