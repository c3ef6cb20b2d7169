/** The client status word: bits 0 in game, 1 away, 2–4 rank, 5 moderator, 6 bot. A client may set only the first two. */

export interface ClientStatus {
  readonly inGame: boolean;
  readonly away: boolean;
  /** 0..7 */
  readonly rank: number;
  readonly moderator: boolean;
  readonly bot: boolean;
}

const IN_GAME = 1 << 0;
const AWAY = 1 << 1;
const RANK_SHIFT = 2;
const RANK_MASK = 0b111;
const MODERATOR = 1 << 5;
const BOT = 1 << 6;
const OWN_BITS = IN_GAME | AWAY;

export function encodeClientStatus(status: ClientStatus): number {
  return (
    (status.inGame ? IN_GAME : 0) |
    (status.away ? AWAY : 0) |
    ((status.rank & RANK_MASK) << RANK_SHIFT) |
    (status.moderator ? MODERATOR : 0) |
    (status.bot ? BOT : 0)
  );
}

export function decodeClientStatus(word: number): ClientStatus {
  return {
    inGame: (word & IN_GAME) !== 0,
    away: (word & AWAY) !== 0,
    rank: (word >> RANK_SHIFT) & RANK_MASK,
    moderator: (word & MODERATOR) !== 0,
    bot: (word & BOT) !== 0,
  };
}

/** The word after its owner asked for `wanted`: his own bits from there, the rest as it was. */
export function withOwnBits(word: number, wanted: number): number {
  return (word & ~OWN_BITS) | (wanted & OWN_BITS);
}

/** The word of who plays no more. */
export function outOfGame(word: number): number {
  return word & ~IN_GAME;
}

const RANK_HOURS: readonly number[] = [5, 15, 30, 100, 300, 1_000, 3_000];

/** The rank a user's hours in game give him. */
export function rankOf(hours: number): number {
  return RANK_HOURS.filter((threshold) => hours >= threshold).length;
}
