/** The rules of accolades, pure: whom a player is asked about, how his answer is read, and what becomes of his misses. */

/** Shorter matches give nobody anything to say. */
export const LEAST_MATCH_MS = 600_000;
/** Who misses as many questions is not asked about any more. */
const MOST_MISSES_OF_CANDIDATE = 20;
const MOST_MISSES = 30;

/** What an answer, or none, does to the misses of who was asked. */
export const MISSES = { declined: 3, given: -5, silent: 10 } as const;

export interface Player {
  readonly userId: number;
  readonly team: number;
}

/** What is known about the players of a match. */
export interface Facts {
  readonly misses: ReadonlyMap<number, number>;
  /** Kept from accolades or the community. */
  readonly restricted: ReadonlySet<number>;
  /** `giver:recipient`, of late. */
  readonly given: ReadonlySet<string>;
}

export interface Badge {
  readonly id: number;
  readonly name: string;
}

export function pairOf(giver: number, recipient: number): string {
  return `${giver}:${recipient}`;
}

/** Whom a player may be asked about. */
export function candidatesFor(giver: Player, players: readonly Player[], facts: Facts): number[] {
  return players.flatMap(({ userId, team }) => {
    const isCandidate =
      userId !== giver.userId &&
      team === giver.team &&
      !facts.restricted.has(userId) &&
      (facts.misses.get(userId) ?? 0) < MOST_MISSES_OF_CANDIDATE &&
      !facts.given.has(pairOf(giver.userId, userId));
    return isCandidate ? [userId] : [];
  });
}

export function missesAfter(misses: number, change: number): number {
  return Math.max(0, Math.min(MOST_MISSES, misses + change));
}

export type Choice =
  | { readonly kind: 'badge'; readonly badge: Badge }
  /** No badge, and not to be asked about him for a while. */
  | { readonly kind: 'none' }
  /** Nothing at all. */
  | { readonly kind: 'skip' }
  | { readonly kind: 'unclear'; readonly answer: string };

/** Reads an answer to a question with these badges. */
export function readChoice(text: string, badges: readonly Badge[]): Choice {
  const word = text.trim().toLowerCase();
  if (word === 'n') return { kind: 'none' };
  if (word === '0') return { kind: 'skip' };
  if (!/^\d{1,6}$/.test(word)) return { kind: 'unclear', answer: "I don't understand that answer." };
  const badge = badges[Number(word) - 1];
  if (!badge) return { kind: 'unclear', answer: 'None of the accolades has that number.' };
  return { kind: 'badge', badge };
}

const FRAME = '-'.repeat(40);

export function question(recipient: string, badges: readonly Badge[]): string[] {
  return [
    FRAME,
    `You have an opportunity to leave feedback on one of the players in your last game. We have selected ${recipient}.`,
    'Which of the following accolades do you feel they most deserve (if any)?',
    'N - I did not see enough of him to tell, please ask me about others',
    '0 - No accolade',
    ...badges.map(({ name }, at) => `${at + 1} - ${name}`),
    '.',
    'Please answer this message with the number of your choice.',
  ];
}
