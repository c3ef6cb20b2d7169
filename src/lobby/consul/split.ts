/** Splitting a lobby: who goes along with the one who asked for it. Pure. */
import { hasStay, LOBBY_BOUNDS } from '../battles/changes.ts';
import { type LobbyRecord, memberOf } from '../battles/record.ts';
import type { Departure, Split, Vote } from './state.ts';

/** How long people may say whether they go along. */
export const SPLIT_MS = 30_000;

/** The split with this vote in place of an older one of the same voter. */
export function withVote(split: Split, vote: Vote): Split {
  const others = split.votes.filter(({ userId }) => userId !== vote.userId);
  return { ...split, votes: [...others, vote].slice(-LOBBY_BOUNDS.members) };
}

/**
 * Who goes: the first, who said yes, and who follows somebody who goes. Who follows in a circle, or somebody who has said no or
 * nothing, stays.
 */
export function whoGoes(split: Split): number[] {
  const votes = new Map(split.votes.map((vote) => [vote.userId, vote]));
  const goes = (userId: number, seen: ReadonlySet<number>): boolean => {
    if (userId === split.first) return true;
    const vote = votes.get(userId);
    if (!vote || seen.has(userId) || vote.choice === 'no') return false;
    return vote.choice === 'yes' || (vote.follows !== null && goes(vote.follows, new Set([...seen, userId])));
  };
  return [split.first, ...[...votes.keys()].filter((userId) => userId !== split.first && goes(userId, new Set()))];
}

/** Lobbies that a party can be sent to: of the same game, open to all, and nobody but the host in them. */
export function emptyLobbies(like: LobbyRecord, all: readonly LobbyRecord[]): LobbyRecord[] {
  return all.filter(
    (other) =>
      other.lobbyId !== like.lobbyId &&
      other.gameName === like.gameName &&
      other.engineVersion === like.engineVersion &&
      !other.locked &&
      other.password === '' &&
      other.members.every(({ userId }) => userId === other.founder),
  );
}

export interface EndOfSplit {
  readonly departures: readonly Departure[];
  readonly announcement: string;
}

/** How long who was sent away is sent again while he is still here. */
const DEPARTURE_MS = 20_000;

/** What comes of it: to where the first has gone meanwhile, else all go to some empty lobby. `dice` is from 0 up to 1. */
export function endOfSplit(
  split: Split,
  record: LobbyRecord,
  all: readonly LobbyRecord[],
  dice: number,
  now: number,
): EndOfSplit {
  const stays = (why: string): EndOfSplit => ({ departures: [], announcement: `The split is cancelled: ${why}` });
  const going = whoGoes(split)
    .filter((userId) => userId !== record.founder)
    .flatMap((userId) => memberOf(record, userId) ?? []);
  if (going.every(({ userId }) => userId === split.first)) return stays('nobody goes along.');
  const isHere = memberOf(record, split.first) !== undefined;
  const elsewhere = isHere ? undefined : all.find((other) => memberOf(other, split.first));
  if (!elsewhere && !isHere) return stays('who asked for it has left.');
  const empty = emptyLobbies(record, all);
  const to = elsewhere ?? empty[Math.floor(dice * empty.length)];
  if (!to) return stays('there is no empty lobby to go to.');
  const names = going.map(({ name }) => name).join(', ');
  const until = now + DEPARTURE_MS;
  return {
    departures: going.map(({ userId, session, turn }) => ({ userId, session, turn, to: to.lobbyId, until })),
    announcement: `The lobby splits: ${names} go to ${to.title}.`,
  };
}

/** Those departures whose member is still here, in the same stay, and should go. */
export function stillHere(departures: readonly Departure[], record: LobbyRecord, now: number): Departure[] {
  return departures.filter((departure) => now < departure.until && hasStay(record, departure));
}

export function isOver(split: Split, now: number): boolean {
  return now >= split.deadline;
}
