/**
 * The battle status word: bits 1 ready, 2–5 team, 6–9 ally team, 10 player (0: spectator), 11–17 handicap, 22–23 sync,
 * 24–27 side. The others are unused and always 0 here.
 */

export interface BattleStatus {
  readonly ready: boolean;
  /** The player's own number, 0..15. */
  readonly team: number;
  /** The alliance, 0..15. */
  readonly ally: number;
  readonly player: boolean;
  /** 0..100, set by the host only. */
  readonly handicap: number;
  /** 0 unknown, 1 synced, 2 unsynced. */
  readonly sync: number;
  readonly side: number;
}

interface Field {
  readonly shift: number;
  readonly mask: number;
}

const READY: Field = { shift: 1, mask: 1 };
const TEAM: Field = { shift: 2, mask: 0b1111 };
const ALLY: Field = { shift: 6, mask: 0b1111 };
const PLAYER: Field = { shift: 10, mask: 1 };
const HANDICAP: Field = { shift: 11, mask: 0b111_1111 };
const SYNC: Field = { shift: 22, mask: 0b11 };
const SIDE: Field = { shift: 24, mask: 0b1111 };

function read(word: number, field: Field): number {
  return (word >>> field.shift) & field.mask;
}

function write(value: number, field: Field): number {
  return (value & field.mask) << field.shift;
}

export function encodeBattleStatus(status: BattleStatus): number {
  return (
    write(status.ready ? 1 : 0, READY) |
    write(status.team, TEAM) |
    write(status.ally, ALLY) |
    write(status.player ? 1 : 0, PLAYER) |
    write(status.handicap, HANDICAP) |
    write(status.sync, SYNC) |
    write(status.side, SIDE)
  );
}

export function decodeBattleStatus(word: number): BattleStatus {
  return {
    ready: read(word, READY) === 1,
    team: read(word, TEAM),
    ally: read(word, ALLY),
    player: read(word, PLAYER) === 1,
    handicap: read(word, HANDICAP),
    sync: read(word, SYNC),
    side: read(word, SIDE),
  };
}

/** The word a member asked for, with what he may not set (handicap, unused bits) as it was. */
export function withOwnFields(word: number, wanted: number): number {
  return encodeBattleStatus({ ...decodeBattleStatus(wanted), handicap: decodeBattleStatus(word).handicap });
}

export const MOST_HANDICAP = 100;
