/** What a player of a troupe does during one stay; and battle statuses as it reads and sends them. */
import { PlayerRefused } from '../player.ts';
import type { News } from '../seen.ts';

export interface Part {
  /** One act, or none. Rejects when the player cannot go on. */
  act(): Promise<void>;
  news(news: News): void;
}

/** Does what the server may refuse: a refusal is an answer, and the player goes on. */
export async function bearing(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof PlayerRefused)) throw error;
  }
}

/** Ready, a player of team 0, synced. */
export const READY_PLAYER = 4_195_330;
/** Synced, and watching. */
export const SPECTATOR = 4_194_304;

/** Synced, and else as it was: what a client says that was made a player, with a team, before it was asked. */
export function synced(status: number): number {
  return status | SPECTATOR;
}

const READY = 2;
const PLAYS = 1_024;

export function isReadyPlayer(status: number): boolean {
  return (status & READY) !== 0 && (status & PLAYS) !== 0;
}

export function isPlayer(status: number): boolean {
  return (status & PLAYS) !== 0;
}
