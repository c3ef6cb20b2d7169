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
/** Sets of groups that are tried for one group in one bucket. */
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
  const buckets = indexed(reaches);
  for (const anchor of reaches) {
    for (const number of bucketsOf(anchor)) {
      const bucket = buckets.get(number)!;
      const size = anchor.group.members.length;
      // What does not fit together for one does not for another that is as large.
      if (bucket.members < wanted || bucket.hopeless.has(size)) continue;
      const others = bucket.reaches.filter((other) => other !== anchor).sort(byUse(anchor));
      const chosen = choose(anchor, others, options);
      if (chosen) return chosen.map(({ group }) => group);
      bucket.hopeless.add(size);
    }
  }
  return undefined;
}

interface Bucket {
  /** Who reaches it, in order. */
  readonly reaches: Reach[];
  members: number;
  /** Sizes of groups for which nothing was found in it. */
  readonly hopeless: Set<number>;
}

function indexed(reaches: readonly Reach[]): Map<number, Bucket> {
  const buckets = new Map<number, Bucket>();
  for (const reach of reaches) {
    for (const number of bucketsOf(reach)) {
      const bucket = buckets.get(number) ?? { reaches: [], members: 0, hopeless: new Set() };
      bucket.reaches.push(reach);
      bucket.members += reach.group.members.length;
      buckets.set(number, bucket);
    }
  }
  return buckets;
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
    sets += 1;
    if (missing === 0)
      return (
        pack(
          chosen.map(({ group }) => group.members.length),
          teamSize,
          teamCount,
        ) !== undefined
      );
    let failed = 0;
    for (let at = from; at < others.length && sets < MOST_SETS; at++) {
      const size = others[at]!.group.members.length;
      // Where one of a size has failed, so will the others of that size.
      if (size > missing || size > teamSize || size === failed) continue;
      chosen.push(others[at]!);
      if (fill(at + 1, missing - size)) return true;
      chosen.pop();
      failed = size;
    }
    return false;
  };
  const size = anchor.group.members.length;
  return size <= teamSize && fill(0, teamSize * teamCount - size) ? chosen : undefined;
}
