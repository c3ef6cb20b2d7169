/** The code of conduct, in points that can be asked for. */
export const CODE_OF_CONDUCT: readonly string[] = [
  '1. Treat everybody with respect; disagree without insults.',
  '2. No harassment, threats, hate speech or discrimination, in public or in private.',
  '3. Play to win with your team; do not sabotage it, and do not leave a game that is still being played.',
  '4. No cheating, and no playing under somebody else’s account or under several of your own.',
  '5. No spam, no advertising, and no flooding of rooms or lobbies.',
  '6. Keep names, titles and pictures fit for everybody.',
  '7. Follow what moderators say; talk to them in private when you think they are wrong.',
];

/** The points with a term in them; all, when there is none. */
export function pointsAbout(term: string): readonly string[] {
  const wanted = term.trim().toLowerCase();
  return CODE_OF_CONDUCT.filter((point) => point.toLowerCase().includes(wanted));
}
