/**
 * Finding who plays whom: pure. A group stands in the bucket of its mean rating and reaches over more of them the longer it
 * waits; a match is made of groups that all reach one bucket and fill the teams exactly.
 */
import { pack } from '../tasks/pack.ts';
import type { Group } from './state.ts';

/** A group reaches one bucket farther to each side every so often … */
export const WIDEN_MS = 30_000;
/** … until it reaches so far. */
export const FARTHEST = 5;
/** Sets of groups looked at for one group before the search goes on with the next. */
const MOST_SETS = 500;

export interface SearchOptions {
  readonly teamSize: number;
  readonly teamCount: number;
  readonly wall: number;
}

/** Where a group stands and how far it reaches. */
interface Reach {
  readonly group: Group;
  readonly rating: number;
  readonly bucket: number;
  readonly distance: number;
}

/**
 * The groups of the next match; undefined when there is none to be made. `groups` come in order: who stands in front is
 * served first, with the partners that suit him best.
 */
export function findMatch(groups: readonly Group[], options: SearchOptions): Group[] | undefined {
  const wanted = options.teamSize * options.teamCount;
  const reaches = groups.map((group) => reachOf(group, options.wall));
  if (reaches.reduce((sum, { group }) => sum + group.members.length, 0) < wanted) return undefined;
  for (const anchor of reaches) {
    for (const bucket of bucketsOf(anchor)) {
      const others = reaches.filter((other) => other !== anchor && covers(other, bucket));
      const chosen = choose(anchor, others.sort(byUse(anchor)), options);
      if (chosen) return chosen.map(({ group }) => group);
    }
  }
  return undefined;
}

function reachOf(group: Group, wall: number): Reach {
  const rating = group.members.reduce((sum, member) => sum + member.rating, 0) / group.members.length;
  const waited = Math.max(0, wall - group.joinedAt);
  return {
    group,
    rating,
    bucket: Math.max(1, Math.round(rating)),
    distance: Math.min(FARTHEST, Math.floor(waited / WIDEN_MS)),
  };
}

/** Its own first, then those beside it. */
function bucketsOf({ bucket, distance }: Reach): number[] {
  const buckets = [bucket];
  for (let off = 1; off <= distance; off++) buckets.push(bucket - off, bucket + off);
  return buckets;
}

function covers({ bucket, distance }: Reach, wanted: number): boolean {
  return Math.abs(bucket - wanted) <= distance;
}

/** The largest first, for small ones fill any gap; then whose rating is nearest. The sort is stable: then the order of waiting. */
function byUse(anchor: Reach): (a: Reach, b: Reach) => number {
  return (a, b) =>
    b.group.members.length - a.group.members.length ||
    Math.abs(a.rating - anchor.rating) - Math.abs(b.rating - anchor.rating);
}

/** Tries sets of groups with the anchor among them, the most useful first. */
function choose(anchor: Reach, others: readonly Reach[], { teamSize, teamCount }: SearchOptions): Reach[] | undefined {
  const chosen = [anchor];
  let sets = 0;
  const fill = (from: number, missing: number): boolean => {
    if (missing === 0) {
      sets += 1;
      return (
        pack(
          chosen.map(({ group }) => group.members.length),
          teamSize,
          teamCount,
        ) !== undefined
      );
    }
    for (let at = from; at < others.length && sets < MOST_SETS; at++) {
      const size = others[at]!.group.members.length;
      if (size > missing || size > teamSize) continue;
      chosen.push(others[at]!);
      if (fill(at + 1, missing - size)) return true;
      chosen.pop();
      sets += 1;
    }
    return false;
  };
  const size = anchor.group.members.length;
  return size <= teamSize && fill(0, teamSize * teamCount - size) ? chosen : undefined;
}
