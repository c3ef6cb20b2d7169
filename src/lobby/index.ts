/** The lobby's door: what an app lists in its declarations, how a node starts it, and what an edge holds then. */
export { COORDINATOR_NAME } from './coordinator.ts';
export { lobbyDeclarations } from './declarations.ts';
export type { AccountHint, Lobby, LoginRequest, RegisterRequest, Roles, RoomSummary } from './lobby.ts';
export { LobbyRefused, type RefusalCode } from './refusal.ts';
export * from './roster/events.ts';
export * from './session/session.ts';
export { startLobby } from './start.ts';
export type { Infolog, Teller } from './telemetry/client-telemetry.ts';
