/**
 * One socket: bytes in and out, and all that can go wrong with them. It gives lines one after the other to its owner
 * (the next when the promise for the one before has settled), guards against floods, silence and clients that do not
 * read, and closes cleanly. It knows no command. None of its event handlers throws.
 */
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { deferred } from '../../base/index.ts';
import type { Cancel, Clock } from '../../ports/index.ts';
import { emptyWindow, type FloodWindow, receive } from './flood.ts';
import { Framer } from './framer.ts';
import type { Limits, LongLines } from './limits.ts';
import type { Keeper, Outlet } from './outlet.ts';

/** Why a connection ended. */
export type CloseReason =
  | 'client left'
  | 'server closed'
  | 'line too long'
  | 'invalid UTF-8'
  | 'flood'
  | 'too early for TLS'
  | 'idle'
  | 'does not read'
  | 'failed';

export interface ConnectionOwner {
  /** Takes one line. The next comes when it has settled; a rejection closes the connection as `failed`. */
  line(line: string): void | Promise<void>;
  /** Resolves when all lines given have been handled, also those whose promise settled before. */
  idle(): Promise<void>;
  /** The last lines to a client that is thrown out for this reason. */
  farewell(reason: CloseReason): readonly string[];
  /** Called once, when nothing more is read or written; its last lines may still be under way. */
  closing(reason: CloseReason, error?: unknown): void;
  /** Called once, after `closing`, when the socket is gone. */
  closed(): void;
}

export interface ConnectionOptions {
  readonly socket: Socket;
  readonly clock: Pick<Clock, 'now' | 'after'>;
  /** Of the gateway, for all its connections. */
  readonly outlet: Outlet;
  readonly owner: ConnectionOwner;
  readonly limits: Limits;
  readonly longLines: LongLines;
  readonly writeQueueBytes: number;
}

/** Bytes waiting for a command to end, past which the socket is not read. */
const MOST_BUFFERED_INPUT = 64 * 1_024;
/**
 * The bytes of a TLS record, at most. SPADS and its kin wait for their socket and then read 4,096 bytes once: the rest of a larger
 * record would lie in their TLS library until something else comes.
 */
const MOST_TLS_RECORD = 4_096;
/** How long a client may take to read its last lines. */
const CLOSING_MS = 2_000;

export class Connection implements Keeper {
  #socket: Socket;
  readonly #clock: ConnectionOptions['clock'];
  readonly #outlet: Outlet;
  readonly #owner: ConnectionOwner;
  readonly #writeQueueBytes: number;
  readonly #framer: Framer;
  #limits: Limits;
  #flood: FloodWindow = emptyWindow;
  /** Bytes of long lines that the flood guard still lets pass. */
  #longBytesLeft: number;
  readonly #openedAt: number;
  #heardAt: number;
  #cancelIdle: Cancel = () => {};
  #cancelClosing: Cancel = () => {};
  #handling = false;
  /** Whole lines that are still to be written, in order. */
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #inputEnded = false;
  #closing: CloseReason | undefined;
  #closed = false;
  readonly #onData = (chunk: Buffer): void => this.#received(chunk);
  readonly #onEnd = (): void => this.#ended();

  constructor(options: ConnectionOptions) {
    this.#socket = options.socket;
    this.#clock = options.clock;
    this.#outlet = options.outlet;
    this.#owner = options.owner;
    this.#limits = options.limits;
    this.#writeQueueBytes = options.writeQueueBytes;
    this.#framer = new Framer(options.limits.lineCharacters, options.longLines);
    this.#longBytesLeft = options.longLines.bytesPerConnection;
    this.#openedAt = this.#heardAt = options.clock.now();
  }

  /** Begins to read. */
  open(): void {
    const socket = this.#socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    this.#listen(socket);
    this.#watchIdle();
  }

  #listen(socket: Socket): void {
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('error', (error) => this.#abort('client left', error));
    socket.on('close', () => this.#abort('client left'));
  }

  /** Whether what is said on it is encrypted. */
  get isSecure(): boolean {
    return this.#socket instanceof TLSSocket;
  }

  /**
   * Begins TLS on the same socket, from within the handling of a line: sends `goAhead` as the last bytes in the clear, and takes
   * what comes after them for the client's handshake. Bytes that came behind that line already were not protected and must
   * never be taken for bytes that were (as in CVE-2011-0411): the connection is closed then. Whether TLS has begun.
   */
  async secure(context: SecureContext, goAhead: Buffer): Promise<boolean> {
    const plain = this.#socket;
    plain.pause();
    plain.off('data', this.#onData).off('end', this.#onEnd);
    if (this.#framer.buffered > 0 || plain.readableLength > 0 || this.#inputEnded) {
      this.close('too early for TLS');
      return false;
    }
    this.#keep(goAhead);
    this.flush();
    const written = deferred<void>();
    plain.write('', () => written.resolve());
    await written.promise;
    if (!this.isOpen) return false;
    const secured = new TLSSocket(plain, { isServer: true, secureContext: context });
    secured.setMaxSendFragment(MOST_TLS_RECORD);
    this.#socket = secured;
    this.#listen(secured);
    return true;
  }

  /** False when nothing more will be written to it. */
  get isOpen(): boolean {
    return this.#closing === undefined && !this.#closed;
  }

  set limits(limits: Limits) {
    this.#limits = limits;
    this.#framer.limit = limits.lineCharacters;
    this.#watchIdle();
  }

  /**
   * Takes whole lines, each with its LF; bytes made once may be given to many connections. They go out in order: at the end of this
   * turn, or, where they `mayWait`, with the outlet's next round or whatever is sent before that.
   */
  send(lines: Buffer, mayWait = false): void {
    if (!this.isOpen) return;
    this.#keep(lines);
    if (this.#keptBytes + this.#socket.writableLength > this.#writeQueueBytes) this.#abort('does not read');
    else if (mayWait) this.#outlet.inRound(this);
    else this.#outlet.atTurnEnd(this);
  }

  /** Writes what is kept. */
  flush(): void {
    if (this.#kept.length === 0 || this.#closed) return;
    const pieces = this.#kept;
    this.#kept = [];
    this.#keptBytes = 0;
    this.#socket.write(this.#outlet.whole(pieces));
  }

  /** Writes what was sent, then ends. A client that does not take it in time is cut off. */
  close(reason: CloseReason = 'server closed'): void {
    if (!this.isOpen) return;
    for (const line of this.#owner.farewell(reason)) this.#keep(Buffer.from(`${line}\n`));
    this.#stop(reason);
    this.flush();
    this.#socket.end();
    // What still comes is read and thrown away: unread bytes at the close would reset the connection under the last lines.
    this.#socket.resume();
    this.#cancelClosing = this.#clock.after(CLOSING_MS, () => this.#socket.destroy());
  }

  /** From here on nothing is read or written. */
  #stop(reason: CloseReason, error?: unknown): void {
    if (this.#closing !== undefined) return;
    this.#closing = reason;
    this.#cancelIdle();
    this.#owner.closing(reason, error);
  }

  /** Ends it at once. */
  #abort(reason: CloseReason, error?: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stop(reason, error);
    this.#cancelClosing();
    this.#socket.destroy();
    this.#owner.closed();
  }

  /** What is kept goes out as one write, so no two lines can interleave. */
  #keep(lines: Buffer): void {
    this.#kept.push(lines);
    this.#keptBytes += lines.length;
  }

  #received(chunk: Buffer): void {
    if (!this.isOpen) return;
    const now = this.#clock.now();
    this.#heardAt = now;
    this.#framer.push(chunk);
    const long = Math.min(this.#framer.takeLongBytes(), this.#longBytesLeft);
    this.#longBytesLeft -= long;
    const { window, flooding } = receive(this.#flood, this.#limits.flood, now, chunk.length - long);
    this.#flood = window;
    if (flooding) {
      this.close('flood');
      return;
    }
    if (this.#handling && this.#framer.buffered > MOST_BUFFERED_INPUT) this.#socket.pause();
    this.#handleLines();
  }

  /** The client will send no more; it still gets the replies to what it sent. */
  #ended(): void {
    this.#inputEnded = true;
    this.#handleLines();
  }

  #handleLines(): void {
    if (this.#handling) return;
    this.#handling = true;
    this.#handleAll()
      .catch((error: unknown) => this.#abort('failed', error))
      .finally(() => {
        this.#handling = false;
      });
  }

  async #handleAll(): Promise<void> {
    while (this.isOpen) {
      const framed = this.#framer.next();
      if (!framed) {
        this.#socket.resume();
        break;
      }
      if (framed.kind === 'fault') this.close(framed.fault);
      else await this.#owner.line(framed.line);
      if (this.#framer.buffered <= MOST_BUFFERED_INPUT) this.#socket.resume();
    }
    if (!this.#inputEnded || !this.isOpen) return;
    await this.#owner.idle();
    this.close('client left');
  }

  #watchIdle(): void {
    this.#cancelIdle();
    if (!this.isOpen) return;
    const since = this.#limits.idleFrom === 'opening' ? this.#openedAt : this.#heardAt;
    const left = since + this.#limits.idleMs - this.#clock.now();
    if (left <= 0) this.close('idle');
    else this.#cancelIdle = this.#clock.after(left, () => this.#watchIdle());
  }
}
