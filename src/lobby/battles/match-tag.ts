/** The tag by which a lobby's next match, or the one that runs, is known to everybody: a new one for each. */
import type { LobbyRecord } from './record.ts';

/** What clients may read and only the server sets: by these, matches are known and rated. */
export function isServersTag(key: string): boolean {
  return key.toLowerCase().startsWith('server/');
}

export const MATCH_UUID_TAG = 'server/match/uuid';

/** A random UUID (RFC 9562, version 4) from a node's randomness. */
export function newMatchUuid(random: () => number): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16));
  digits[12] = 4;
  digits[16] = 8 + (digits[16]! % 4);
  const text = digits.map((digit) => digit.toString(16)).join('');
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-');
}

export function matchUuidOf(record: LobbyRecord): string | undefined {
  return record.tags.find(({ key }) => key === MATCH_UUID_TAG)?.value;
}

export function withMatchUuid(record: LobbyRecord, uuid: string): LobbyRecord {
  const tag = { key: MATCH_UUID_TAG, value: uuid };
  return { ...record, tags: [...record.tags.filter(({ key }) => key !== MATCH_UUID_TAG), tag] };
}
