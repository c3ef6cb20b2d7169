/** The players' door: simulated clients of the lobby, one, or many in threads of their own. */

export type { Conversation, OpenBattle, Span } from './crew.ts';
export { Names } from './names.ts';
export { BATTLE_PLAYERS, CHANNEL_PLAYERS, type Plan } from './plan.ts';
export { Player, PlayerFailed, type PlayerOptions, PlayerRefused } from './player.ts';
export { PlayerThreads } from './threads.ts';
export { BrokenStream } from './words.ts';
