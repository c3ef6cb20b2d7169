/** Ratings are kept apart for matches that ask for different things. */

export type RatingKind = 'duel' | 'ffa' | 'team';

export function ratingKind(teamSize: number, teamCount: number): RatingKind {
  if (teamSize > 1) return 'team';
  return teamCount > 2 ? 'ffa' : 'duel';
}
