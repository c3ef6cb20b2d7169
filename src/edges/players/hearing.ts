/**
 * What one player has heard in its channel, checked as it comes: of each speaker every line, once and in order. A line says which
 * of its speaker's it is, and when it was written.
 */
import { broken } from './words.ts';

export interface SpokenLine {
  /** From 1, counted by speaker. */
  readonly number: number;
  /** In ms, of a clock that all threads share. */
  readonly writtenAt: number;
}

export function spokenText({ number, writtenAt }: SpokenLine): string {
  return `${number} ${writtenAt.toFixed(3)}`;
}

const SPOKEN = /^(\d+) (\d+\.\d{3})$/;

export function readSpoken(text: string): SpokenLine {
  const match = SPOKEN.exec(text) ?? broken('not what a simulated player says');
  return { number: Number(match[1]), writtenAt: Number(match[2]) };
}

export class Hearing {
  /** Lines heard of each speaker, by its place in the channel. */
  readonly #heard: Uint32Array;
  /** Lines heard of all. */
  total = 0;

  constructor(speakers: number) {
    this.#heard = new Uint32Array(speakers);
  }

  /** Throws `BrokenStream` when the line is not the next one of its speaker. */
  hear(place: number, speaker: string, number: number): void {
    const expected = this.#heard[place]! + 1;
    if (number < expected) broken(`line ${number} of ${speaker} came twice`);
    if (number > expected) broken(`${linesOf(expected, number - 1)} of ${speaker} did not come before it`);
    this.#heard[place] = number;
    this.total += 1;
  }

  heardOf(place: number): number {
    return this.#heard[place]!;
  }

  /** What has not come of what each speaker has said, in words; undefined when all has. */
  missing(said: readonly number[], speakerAt: (place: number) => string): string | undefined {
    const missing = said.flatMap((count, place) => {
      const heard = this.#heard[place]!;
      return heard < count ? [`${linesOf(heard + 1, count)} of ${speakerAt(place)}`] : [];
    });
    return missing.length === 0 ? undefined : listed(missing);
  }
}

const MOST_LISTED = 5;

/** The first of them, and how many more there are. */
export function listed(what: readonly string[]): string {
  const more = what.length - MOST_LISTED;
  return what.slice(0, MOST_LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function linesOf(first: number, last: number): string {
  return first === last ? `line ${first}` : `lines ${first} to ${last}`;
}
