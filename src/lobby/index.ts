/** The lobby's door: what an app lists in its declarations, how a node starts it, and what an edge holds then. */
export { AutomodRules } from './bots/automod/rules.ts';
export { COORDINATOR_NAME } from './coordinator.ts';
export { lobbyDeclarations } from './declarations.ts';
export { AUTOHOST_MONITOR_NAME, INTERNAL_USERS, isInternalUser } from './internal-users.ts';
export type { AccountHint, Lobby, LoginRequest, RegisterRequest, Roles, RoomSummary } from './lobby.ts';
export type { QueueInfo } from './matchmaking/declarations.ts';
export * from './matchmaking/door.ts';
export { Imposable } from './moderation/restrictions.ts';
export { operate, startOperating } from './operator/operate.ts';
export {
  Operation,
  type OperationResult,
  type ShownReport,
  type ShownRule,
  type ShownSetting,
} from './operator/operation.ts';
export type { PartyNews, PartyView } from './parties/declarations.ts';
export * from './parties/door.ts';
export { LobbyRefused, type RefusalCode } from './refusal.ts';
export * from './roster/events.ts';
export * from './session/session.ts';
export { setting } from './settings/settings.ts';
export { startLobby } from './start.ts';
export { lobbyTasks } from './tasks/index.ts';
export type { Infolog, Teller } from './telemetry/client-telemetry.ts';
export { type ClientIndexNews, clientIndexNews, type LobbyNews, lobbyNews } from './throttles/topics.ts';
