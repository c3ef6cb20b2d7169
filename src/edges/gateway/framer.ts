/**
 * Bytes in, lines out. LF ends a line, a CR before it is dropped, empty lines are skipped, leading spaces too. It is
 * pulled: who takes a line decides when to take the next, so a limit that changes with a login holds from the next line
 * on. It does no I/O and answers nothing; after a fault it gives the same fault for ever.
 */
import { BoundedQueue } from '../../base/index.ts';
import type { LongLines } from './limits.ts';

export type FramingFault = 'line too long' | 'invalid UTF-8';

export type Framed =
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'fault'; readonly fault: FramingFault };

const LF = 0x0a;
const CR = 0x0d;
const HASH = 0x23;
const SPACE = 0x20;
/** `#2147483647 `, and a few spaces that do not matter. */
const LONGEST_ID = 20;
const MOST_BYTES_PER_CHARACTER = 4;
/** An unfinished line in more pieces than this is put together, so that a sender of single bytes costs little. */
const MOST_PIECES = 64;

export class Framer {
  /** Characters (code points) a line may have without its line end. */
  limit: number;
  /** Finished lines as bytes without their LF. Bounded by whoever pushes: see `buffered`. */
  readonly #lines = new BoundedQueue<Buffer>(Number.POSITIVE_INFINITY);
  #unfinished: Buffer[] = [];
  #unfinishedBytes = 0;
  #buffered = 0;
  readonly #long: LongLines | undefined;
  /** Bytes of long lines not taken yet; and how many of the unfinished line are among them, or were. */
  #longBytes = 0;
  #longBytesCounted = 0;
  #fault: FramingFault | undefined;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  constructor(limit: number, long?: LongLines) {
    this.limit = limit;
    this.#long = long;
  }

  /** Bytes pushed since this was asked last that belong to lines that may be long. */
  takeLongBytes(): number {
    const bytes = this.#longBytes;
    this.#longBytes = 0;
    return bytes;
  }

  /** Bytes pushed and not taken. */
  get buffered(): number {
    return this.#buffered;
  }

  push(chunk: Buffer): void {
    if (this.#fault) return;
    let from = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      this.#keep(chunk.subarray(from, end));
      this.#finishLine();
      from = end + 1;
    }
    this.#keep(chunk.subarray(from));
    this.#countLong(this.#unfinished[0], this.#unfinishedBytes);
  }

  /** The next line that is not empty, or the fault at that place; undefined when more bytes are needed. */
  next(): Framed | undefined {
    for (;;) {
      if (this.#fault) return { kind: 'fault', fault: this.#fault };
      const bytes = this.#lines.shift();
      if (!bytes)
        return this.#isTooLong(this.#unfinished[0], this.#unfinishedBytes) ? this.#fail('line too long') : undefined;
      this.#buffered -= bytes.length;
      if (this.#isTooLong(bytes, bytes.length)) return this.#fail('line too long');
      const text = this.#decode(bytes);
      if (text === undefined) return this.#fail('invalid UTF-8');
      const line = text.replace(/^ +/, '');
      if (!this.#mayBeLong(bytes) && isLonger(line, this.limit)) return this.#fail('line too long');
      if (line !== '') return { kind: 'line', line };
    }
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#unfinished.push(piece);
    this.#unfinishedBytes += piece.length;
    this.#buffered += piece.length;
    if (this.#unfinished.length > MOST_PIECES) this.#unfinished = [Buffer.concat(this.#unfinished)];
  }

  #finishLine(): void {
    const whole = this.#unfinished.length === 1 ? this.#unfinished[0]! : Buffer.concat(this.#unfinished);
    this.#unfinished = [];
    this.#unfinishedBytes = 0;
    this.#countLong(whole, whole.length);
    this.#longBytesCounted = 0;
    const line = whole.at(-1) === CR ? whole.subarray(0, -1) : whole;
    this.#buffered -= whole.length - line.length;
    if (line.length > 0) this.#lines.push(line);
  }

  #isTooLong(begin: Buffer | undefined, bytes: number): boolean {
    if (begin === undefined || bytes <= this.limit * MOST_BYTES_PER_CHARACTER) return false;
    return !this.#mayBeLong(begin) || bytes > this.#long!.bytes;
  }

  /** Whether a line that begins so is one of the long kind. */
  #mayBeLong(begin: Buffer): boolean {
    if (!this.#long || (begin[0] !== this.#long.begin.charCodeAt(0) && begin[0] !== HASH && begin[0] !== SPACE))
      return false;
    const text = begin.toString('latin1', 0, this.#long.begin.length + LONGEST_ID);
    return text.replace(/^(#\d+ )? */, '').startsWith(this.#long.begin);
  }

  #countLong(begin: Buffer | undefined, bytes: number): void {
    if (begin === undefined || bytes <= this.#longBytesCounted || !this.#mayBeLong(begin)) return;
    this.#longBytes += bytes - this.#longBytesCounted;
    this.#longBytesCounted = bytes;
  }

  #fail(fault: FramingFault): Framed {
    this.#fault = fault;
    this.#lines.takeAll();
    this.#unfinished = [];
    this.#buffered = 0;
    return { kind: 'fault', fault };
  }

  #decode(bytes: Buffer): string | undefined {
    try {
      return this.#decoder.decode(bytes);
    } catch (error) {
      if (error instanceof TypeError) return undefined;
      throw error;
    }
  }
}

function isLonger(text: string, limit: number): boolean {
  if (text.length <= limit) return false;
  let count = 0;
  for (const _ of text) if (++count > limit) return true;
  return false;
}
