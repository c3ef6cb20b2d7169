/** What a connection may do, by what it is. Values of the protocol, not of a deployment. */
import type { FloodLimit } from './flood.ts';

export interface Limits {
  /** Characters of one line. */
  readonly lineCharacters: number;
  readonly flood: FloodLimit;
  /** The connection ends after this long: since it opened when `idleFrom` is `opening`, since it last sent otherwise. */
  readonly idleMs: number;
  readonly idleFrom: 'opening' | 'last bytes';
}

/** Lines that may be longer than others, and are no flood: a client that uploads something. */
export interface LongLines {
  /** How they begin, behind their `#id`. */
  readonly begin: string;
  /** Bytes of one, its end not counted. */
  readonly bytes: number;
  /** Bytes of all of them on one connection; past that they count as a flood. */
  readonly bytesPerConnection: number;
}

export interface LimitTable {
  readonly guest: Limits;
  readonly user: Limits;
  readonly bot: Limits;
  readonly longLines: LongLines;
  /** Bytes waiting to be read by one client, past which it is disconnected. */
  readonly writeQueueBytes: number;
  /** Sockets open at once on one node. */
  readonly connections: number;
}

export const DEFAULT_LIMITS: LimitTable = {
  guest: {
    lineCharacters: 1_000,
    flood: { bytes: 2_000, windowMs: 2_000 },
    idleMs: 60_000,
    idleFrom: 'opening',
  },
  user: {
    lineCharacters: 10_000,
    flood: { bytes: 20_000, windowMs: 10_000 },
    idleMs: 120_000,
    idleFrom: 'last bytes',
  },
  bot: {
    // An autohost tells how a game with many players went in one line: see `resultFromHost`.
    lineCharacters: 70_000,
    flood: { bytes: 500_000, windowMs: 10_000 },
    idleMs: 120_000,
    idleFrom: 'last bytes',
  },
  longLines: { begin: 'c.telemetry.upload_infolog ', bytes: 1_000_000, bytesPerConnection: 4_000_000 },
  writeQueueBytes: 4 * 1_024 * 1_024,
  connections: 10_000,
};
