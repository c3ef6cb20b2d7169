/** Reads one line of the server from left to right, and strictly: what is not as the protocol has it throws `BrokenStream`. */
import { MusterError } from '../../base/index.ts';

/** The server sent a line that no client can accept: unknown, malformed, or against what was told before. */
export class BrokenStream extends MusterError {
  constructor(problem: string, details: Record<string, unknown> = {}) {
    super('BrokenStream', problem, { problem, ...details });
  }
}

export function broken(problem: string): never {
  throw new BrokenStream(problem);
}

const ZERO = 48;
const MOST_DIGITS = 10;

/** The reader of one player; `read` gives it the next line. */
export class Words {
  #line = '';
  /** Where the next word begins; past the end when there is none. */
  #at = 0;

  /** Takes a line and gives its first word, the command. */
  read(line: string): string {
    this.#line = line;
    this.#at = 0;
    return this.word('command');
  }

  get isAtEnd(): boolean {
    return this.#at > this.#line.length;
  }

  /** The next word; it ends at one space. */
  word(what: string): string {
    if (this.isAtEnd) broken(`${what} is missing`);
    const from = this.#at;
    const space = this.#line.indexOf(' ', from);
    const end = space < 0 ? this.#line.length : space;
    if (end === from) broken(`${what} is empty`);
    this.#at = end + 1;
    return this.#line.slice(from, end);
  }

  /** A whole number, perhaps below 0. */
  signed(what: string): void {
    const word = this.word(what);
    if (!/^-?\d{1,10}$/.test(word)) broken(`${what} is not a number: ${word}`);
  }

  /** The next word as a decimal number that is not negative. */
  integer(what: string): number {
    const word = this.word(what);
    let value = 0;
    for (let at = 0; at < word.length; at++) {
      const digit = word.charCodeAt(at) - ZERO;
      if (!(digit >= 0 && digit <= 9)) broken(`${what} is not a number: ${word}`);
      value = value * 10 + digit;
    }
    if (word.length > MOST_DIGITS) broken(`${what} is too large: ${word}`);
    return value;
  }

  /** All that follows; it must be there, and may be empty. */
  text(what: string): string {
    if (this.isAtEnd) broken(`${what} is missing`);
    return this.rest();
  }

  /** All that follows, empty when nothing does. */
  rest(): string {
    const rest = this.#line.slice(this.#at);
    this.#at = this.#line.length + 1;
    return rest;
  }

  /** What follows, separated by TABs: as many as that, or, without `count`, any number but none. */
  sentences(what: string, count?: number): string[] {
    const sentences = this.text(what).split('\t');
    if (count !== undefined && sentences.length !== count) {
      broken(`${what}: ${sentences.length} sentences instead of ${count}`);
    }
    return sentences;
  }

  /** Nothing may follow. */
  end(): void {
    if (!this.isAtEnd) broken(`more words than expected: ${this.rest()}`);
  }
}
