/**
 * Splitting groups of players into teams of one strength. Few groups are tried in every way; many begin with an even split
 * that is improved by exchanges until none helps.
 */
import type { Task } from '../../ports/index.ts';
import { pack } from './pack.ts';

export interface BalanceGroup {
  /** Who stays together. */
  readonly members: readonly number[];
  /** Each member's rating, in the same order. */
  readonly ratings: readonly number[];
}

export interface BalanceInput {
  readonly groups: readonly BalanceGroup[];
  readonly teamSize: number;
  readonly teamCount: number;
}

export interface BalanceResult {
  /** The members of each team. */
  readonly teams: readonly (readonly number[])[];
  /** The strongest team's sum of ratings less the weakest's. */
  readonly difference: number;
}

/** With two teams so many groups are split in every way: half a million ways. */
const MOST_EXHAUSTIVE = 20;
/** Rounds of exchanges; each is the best of all. */
const MOST_ROUNDS = 200;
const NO_BETTER = 1e-9;

export const balance: Task<BalanceInput, BalanceResult | null> = { name: 'balance', run: balanceTeams };

/** Null when the groups do not fill the teams exactly. Deterministic: the same groups in the same order give the same teams. */
export function balanceTeams(input: BalanceInput): BalanceResult | null {
  const { groups, teamSize, teamCount } = input;
  const sizes = groups.map(({ members }) => members.length);
  const packed = pack(sizes, teamSize, teamCount);
  if (!packed) return null;
  const strengths = groups.map(({ ratings }) => ratings.reduce((sum, rating) => sum + rating, 0));
  const best =
    teamCount === 2 && groups.length <= MOST_EXHAUSTIVE
      ? bestHalves(sizes, strengths, teamSize)
      : improved(packed, sizes, strengths, teamCount);
  const teams = Array.from({ length: teamCount }, (_, team) =>
    groups.flatMap(({ members }, group) => (best[group] === team ? members : [])),
  );
  return { teams, difference: spread(totals(best, strengths, teamCount)) };
}

/** Every split into two teams, the first group always in the first. */
function bestHalves(sizes: readonly number[], strengths: readonly number[], teamSize: number): number[] {
  const half = strengths.reduce((sum, strength) => sum + strength, 0) / 2;
  let best: number[] = [];
  let bestOff = Number.POSITIVE_INFINITY;
  const first: number[] = [0];
  const search = (next: number, members: number, strength: number): void => {
    if (members === teamSize) {
      const off = Math.abs(strength - half);
      if (off < bestOff - NO_BETTER) [best, bestOff] = [[...first], off];
      return;
    }
    for (let group = next; group < sizes.length; group++) {
      if (members + sizes[group]! > teamSize) continue;
      first.push(group);
      search(group + 1, members + sizes[group]!, strength + strengths[group]!);
      first.pop();
    }
  };
  search(1, sizes[0]!, strengths[0]!);
  const inFirst = new Set(best);
  return sizes.map((_, group) => (inFirst.has(group) ? 0 : 1));
}

/** A split made better by exchanging groups of one size, or a group for two that are as many. */
function improved(start: readonly number[], sizes: readonly number[], strengths: readonly number[], teamCount: number) {
  let teams = evened(start, sizes, strengths, teamCount);
  let cost = unevenness(totals(teams, strengths, teamCount));
  for (let round = 0; round < MOST_ROUNDS; round++) {
    let better: number[] | undefined;
    for (const [some, others] of exchanges(teams, sizes)) {
      const tried = exchanged(teams, some, others);
      const triedCost = unevenness(totals(tried, strengths, teamCount));
      if (triedCost < cost - NO_BETTER) [better, cost] = [tried, triedCost];
    }
    if (!better) return teams;
    teams = better;
  }
  return teams;
}

/** Within each size, strong groups go in turn to the teams that are weakest so far: a good begin. */
function evened(start: readonly number[], sizes: readonly number[], strengths: readonly number[], teamCount: number) {
  const teams = [...start];
  const sums = new Array<number>(teamCount).fill(0);
  for (const size of [...new Set(sizes)].sort((a, b) => b - a)) {
    const groups = sizes.flatMap((one, group) => (one === size ? [group] : []));
    const places = groups.map((group) => start[group]!);
    for (const group of groups.sort((a, b) => strengths[b]! - strengths[a]! || a - b)) {
      const weakest = places.reduce((best, team, at) => (sums[team]! < sums[places[best]!]! ? at : best), 0);
      const [team] = places.splice(weakest, 1);
      teams[group] = team!;
      sums[team!]! += strengths[group]!;
    }
  }
  return teams;
}

type Exchange = readonly [readonly number[], readonly number[]];

function* exchanges(teams: readonly number[], sizes: readonly number[]): Generator<Exchange> {
  for (let a = 0; a < teams.length; a++) {
    for (let b = 0; b < teams.length; b++) {
      if (teams[a] === teams[b]) continue;
      if (a < b && sizes[a] === sizes[b]) yield [[a], [b]];
      if (sizes[b]! >= sizes[a]!) continue;
      for (let c = b + 1; c < teams.length; c++) {
        if (teams[c] === teams[b] && sizes[b]! + sizes[c]! === sizes[a]) yield [[a], [b, c]];
      }
    }
  }
}

function exchanged(teams: readonly number[], some: readonly number[], others: readonly number[]): number[] {
  const [here, there] = [teams[some[0]!]!, teams[others[0]!]!];
  const after = [...teams];
  for (const group of some) after[group] = there;
  for (const group of others) after[group] = here;
  return after;
}

function totals(teams: readonly number[], strengths: readonly number[], teamCount: number): number[] {
  const sums = new Array<number>(teamCount).fill(0);
  teams.forEach((team, group) => {
    sums[team]! += strengths[group]!;
  });
  return sums;
}

function spread(sums: readonly number[]): number {
  return Math.max(...sums) - Math.min(...sums);
}

/** As the spread, but an exchange between two middling teams counts too. */
function unevenness(sums: readonly number[]): number {
  const mean = sums.reduce((sum, one) => sum + one, 0) / sums.length;
  return sums.reduce((sum, one) => sum + (one - mean) ** 2, 0);
}
