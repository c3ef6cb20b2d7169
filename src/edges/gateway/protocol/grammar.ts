/**
 * The grammar of the lobby protocol: how a line is taken apart and put together. It knows no command by name; what
 * arguments a command takes is said where the command stands.
 *
 *     ["#" id " "] COMMAND [" " word]* [" " sentence ("\t" sentence)*]
 */
import { MusterError } from '../../../base/index.ts';

/** A line as received: `prefix` is `#77 ` or empty, to be put before every line of the reply. */
export interface Request {
  readonly prefix: string;
  readonly command: string;
  /** All after the one space that follows the command. */
  readonly rest: string;
}

const ID = /^#(\d{1,10}) /;
const LARGEST_ID = 2_147_483_647;
const LETTERS = /^[A-Za-z]+$/;

/** Splits a line without its line end. Commands of letters only are upper-cased; others (`c.battles.list_ids`) are kept. */
export function parseLine(line: string): Request {
  const id = ID.exec(line);
  const prefix = id && Number(id[1]) <= LARGEST_ID ? id[0] : '';
  const body = line.slice(prefix.length).replace(/^ +/, '');
  const space = body.indexOf(' ');
  const name = space < 0 ? body : body.slice(0, space);
  return {
    prefix,
    command: LETTERS.test(name) ? name.toUpperCase() : name,
    rest: space < 0 ? '' : body.slice(space + 1),
  };
}

/** The arguments of a command do not fit its form. */
export class BadArguments extends MusterError {
  constructor(problem: string) {
    super('BadArguments', problem, { problem });
  }
}

const INTEGER = /^-?\d{1,15}$/;

/**
 * Reads the arguments of one command from left to right: first the words, then the sentences. Each `word` ends at ONE
 * space, so that two spaces mean an empty word between them (an empty password). Throws `BadArguments`.
 */
export class Arguments {
  #rest: string | undefined;

  constructor(rest: string) {
    this.#rest = rest === '' ? undefined : rest;
  }

  /** The next word; it must be there and not be empty. */
  word(what: string): string {
    const word = this.optionalWord();
    if (word === undefined || word === '') throw new BadArguments(`${what} is missing`);
    return word;
  }

  /** The next word, possibly empty; undefined when the line has ended. */
  optionalWord(): string | undefined {
    const rest = this.#rest;
    if (rest === undefined) return undefined;
    const space = rest.indexOf(' ');
    this.#rest = space < 0 ? undefined : rest.slice(space + 1);
    const word = space < 0 ? rest : rest.slice(0, space);
    if (word.includes('\t')) throw new BadArguments('a TAB stands where a word was expected');
    return word;
  }

  /** The next word, as an integer from `low` to `high`. */
  integer(what: string, low = 0, high = LARGEST_ID): number {
    const word = this.word(what);
    const value = INTEGER.test(word) ? Number(word) : Number.NaN;
    if (!(value >= low && value <= high)) throw new BadArguments(`${what} is not an integer from ${low} to ${high}`);
    return value;
  }

  /** The next word, of which only the leading digits count: `4195330(team=16)` is 4195330. */
  leadingInteger(what: string, high = LARGEST_ID): number {
    const digits = /^\d{1,15}/.exec(this.word(what));
    const value = digits ? Number(digits[0]) : Number.NaN;
    if (!(value <= high)) throw new BadArguments(`${what} is not an integer from 0 to ${high}`);
    return value;
  }

  /** All remaining words that are not empty; whitespace of any kind separates them. */
  words(): string[] {
    return (this.#takeRest() ?? '').split(/[ \t]+/).filter((word) => word !== '');
  }

  /** All that remains as one text, TABs included; it must not be blank. */
  text(what: string): string {
    const text = this.optionalText();
    if (text.trim() === '') throw new BadArguments(`${what} is missing`);
    return text;
  }

  /** All that remains as one text; empty when the line has ended. */
  optionalText(): string {
    return this.#takeRest() ?? '';
  }

  /** All that remains, split at TABs; none when the line has ended. */
  sentences(): string[] {
    const rest = this.#takeRest();
    return rest === undefined ? [] : rest.split('\t');
  }

  #takeRest(): string | undefined {
    const rest = this.#rest;
    this.#rest = undefined;
    return rest;
  }
}

/** Puts a line together: words and sentences come as they should stand. Nothing in them can end the line. */
export function formatLine(command: string, ...words: readonly (string | number)[]): string {
  const line = words.length === 0 ? command : `${command} ${words.join(' ')}`;
  return line.replace(/[\r\n\0]+/g, ' ');
}

/** Joins sentences by TABs; a TAB inside one becomes a space. */
export function joinSentences(sentences: readonly (string | number)[]): string {
  return sentences.map((sentence) => String(sentence).replaceAll('\t', ' ')).join('\t');
}
