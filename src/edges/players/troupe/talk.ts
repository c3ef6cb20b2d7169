/**
 * What players of a troupe say in channels, and what one of them has heard, checked as it comes: of each speaker's stay no line
 * twice and none behind a later one. Lines may be missing around a node's death; they are counted. Other people talk too.
 */
import { broken } from '../words.ts';

export interface Spoken {
  /** Names one connection of the speaker. */
  readonly stay: number;
  /** Of this speaker in this channel during the stay, from 1. */
  readonly number: number;
  /** In ms, of a clock that all threads share. */
  readonly writtenAt: number;
  /** The gateway of the speaker. */
  readonly at: string;
}

export function spokenLine({ stay, number, writtenAt, at }: Spoken): string {
  return `line ${number} of stay ${stay} at ${writtenAt.toFixed(3)} from ${at}`;
}

const SPOKEN = /^line (\d+) of stay (\d+) at (\d+\.\d{3}) from (\S+)$/;

/** Undefined for what somebody else said. */
export function readSpokenLine(text: string): Spoken | undefined {
  const match = SPOKEN.exec(text);
  if (!match) return undefined;
  return { number: Number(match[1]), stay: Number(match[2]), writtenAt: Number(match[3]), at: match[4]! };
}

interface Last {
  readonly stay: number;
  readonly number: number;
}

/** What is heard in one channel, from entering to leaving it. */
export class Listening {
  readonly #last = new Map<string, Last>();

  /** How many lines are missing before this one. Throws `BrokenStream` for one that came before, or comes too late. */
  hear(speaker: string, { stay, number }: Spoken): number {
    const last = this.#last.get(speaker);
    if (last && last.stay > stay) broken(`line ${number} of an earlier stay of ${speaker} came behind a later one`);
    if (last?.stay === stay && number <= last.number) {
      broken(
        number === last.number
          ? `line ${number} of ${speaker} came twice`
          : `line ${number} of ${speaker} came behind line ${last.number}`,
      );
    }
    this.#last.set(speaker, { stay, number });
    return last?.stay === stay ? number - last.number - 1 : 0;
  }
}
