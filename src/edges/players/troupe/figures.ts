/** What the players of a thread have done and met, as plain data that threads send and add up. */
import type { Buckets } from './latencies.ts';

/** Counted since the beginning. */
export interface Counts {
  /** Lines received. */
  lines: number;
  logins: number;
  registrations: number;
  /** Connections that ended without the player's wish: its node died, stopped, or lost touch. */
  disconnects: number;
  /** What the server refused, in whatever words. */
  refusals: number;
  /** Waits that ran out; the player logs in anew then. */
  late: number;
  /** Channel lines said, and heard by whom. */
  said: number;
  heard: number;
  /** Channel lines of somebody that did not come before a later one of his, as happens around a node's death. */
  missed: number;
  battlesOpened: number;
  joins: number;
  gamesStarted: number;
  queueJoins: number;
  readyChecks: number;
  /** Battles that a player was put in without having asked: its queue has made a match. */
  matches: number;
}

export function noCounts(): Counts {
  return {
    ...{ lines: 0, logins: 0, registrations: 0, disconnects: 0, refusals: 0, late: 0, said: 0, heard: 0, missed: 0 },
    ...{ battlesOpened: 0, joins: 0, gamesStarted: 0, queueJoins: 0, readyChecks: 0, matches: 0 },
  };
}

export function sumOf(all: readonly Counts[]): Counts {
  const sum = noCounts();
  for (const counts of all) {
    for (const name of Object.keys(sum) as (keyof Counts)[]) sum[name] += counts[name];
  }
  return sum;
}

/** A stream that no client could accept. */
export interface Fault {
  readonly player: string;
  /** The gateway it was connected to. */
  readonly at: string;
  readonly line: string;
  readonly reason: string;
  /** The lines before it, the oldest first. */
  readonly before: readonly string[];
}

/** The least and the most that a player is told of. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

export interface ThreadReport {
  readonly counts: Counts;
  /** Players of this thread that are logged in. */
  readonly online: number;
  /** Of those: the users (the server's own too) and battles they see; undefined when there are none. */
  readonly users: Range | undefined;
  readonly battles: Range | undefined;
  readonly inGame: Range | undefined;
  /** Of channel lines from a player on another node. */
  readonly latencies: Buckets;
  /** All so far, up to a bound. */
  readonly faults: readonly Fault[];
}

/** How many faults are kept; whoever has met so many need not be told more. */
export const MOST_FAULTS = 20;

export function rangeOf(values: readonly number[]): Range | undefined {
  if (values.length === 0) return undefined;
  return { least: Math.min(...values), most: Math.max(...values) };
}

export function widest(all: readonly (Range | undefined)[]): Range | undefined {
  const ranges = all.filter((range) => range !== undefined);
  return rangeOf(ranges.flatMap(({ least, most }) => [least, most]));
}
