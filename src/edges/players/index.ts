/** The players' door: simulated clients of the lobby, one, or many in threads of their own, told what to do or acting by themselves. */

export type { Conversation, OpenBattle, Span } from './crew.ts';
export { Names } from './names.ts';
export { BATTLE_PLAYERS, CHANNEL_PLAYERS, type Plan } from './plan.ts';
export { Player, PlayerFailed, type PlayerOptions, PlayerRefused } from './player.ts';
export { PlayerThreads } from './threads.ts';
export * from './troupe/figures.ts';
export { Latencies } from './troupe/latencies.ts';
export { type Gateway, nameOfGateway, type TroupePlan } from './troupe/plan.ts';
export type { Belief, Troupe } from './troupe/troupe.ts';
export { BrokenStream } from './words.ts';
