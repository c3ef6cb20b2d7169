/** New ratings after a match, by OpenSkill's Plackett–Luce model (Weng & Lin 2011). */
import { rate } from 'openskill';
import type { Task } from '../../ports/index.ts';

export interface Skill {
  readonly mu: number;
  readonly sigma: number;
}

export const FIRST_SKILL: Skill = Object.freeze({ mu: 25, sigma: 25 / 3 });

export interface RatedTeam {
  readonly skills: readonly Skill[];
  /** 1 won; equal places are a draw. */
  readonly place: number;
}

/** The members' skills after the match, team by team in the order given. */
export const rateMatch: Task<readonly RatedTeam[], Skill[][]> = {
  name: 'rate-match',
  run: (teams) =>
    rate(
      teams.map(({ skills }) => skills.map(({ mu, sigma }) => ({ mu, sigma }))),
      { rank: teams.map(({ place }) => place) },
    ).map((team) => team.map(({ mu, sigma }) => ({ mu, sigma }))),
};

/** What matches are made by: what somebody is good for rather surely. */
export function cautious({ mu, sigma }: Skill): number {
  return mu - sigma;
}
