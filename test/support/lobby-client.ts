/**
 * A strict lobby client over a real socket: it keeps its model of users, battles and channels, and records as a
 * violation every line on which a real client would disconnect. Tests assert that `violations` is empty.
 */
import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { connect as connectSecurely, type PeerCertificate } from 'node:tls';
import { ClientModel, type Violation } from './client-model.ts';

/** A whole line (without its `#id`), a pattern, or a question about the line as received. */
export type Expected = string | RegExp | ((line: string) => boolean);

const DEADLINE_MS = 5_000;
const LINES_SHOWN = 25;

interface Waiter {
  check(): boolean;
  stop(error: Error): void;
}

export interface LoginOptions {
  readonly client?: string;
  readonly flags?: string;
}

/** What the wire carries for a password: base64 of its MD5. */
export function wirePassword(password: string): string {
  return createHash('md5').update(password).digest('base64');
}

export class LobbyTestClient implements AsyncDisposable {
  readonly model = new ClientModel();
  /** All lines received, in order. */
  readonly lines: string[] = [];
  /** Resolves when the socket is closed, whoever did it. */
  readonly closed: Promise<void>;
  #socket: Socket;
  readonly #waiters = new Set<Waiter>();
  #rest = '';
  /** Lines before this one have been waited for. */
  #cursor = 0;
  #isClosed = false;
  #syncs = 0;

  private constructor(socket: Socket) {
    this.#socket = this.#hear(socket);
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#isClosed = true;
        for (const waiter of [...this.#waiters]) {
          if (!waiter.check()) waiter.stop(new Error(`the connection closed. ${this.#story()}`));
        }
        resolve();
      });
    });
  }

  #hear(socket: Socket): Socket {
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#received(text));
    socket.on('error', () => socket.destroy());
    return socket;
  }

  /** Connects and waits for the greeting. */
  static async connect(port: number, host = '127.0.0.1'): Promise<LobbyTestClient> {
    const socket = connect({ port, host });
    const client = new LobbyTestClient(socket);
    await client.waitFor(/^TASSERVER /);
    return client;
  }

  /** Connects, registers, logs in. */
  static async online(port: number, name: string, options: LoginOptions = {}): Promise<LobbyTestClient> {
    const client = await LobbyTestClient.connect(port);
    await client.register(name);
    await client.login(name, undefined, options);
    return client;
  }

  get violations(): readonly Violation[] {
    return this.model.violations;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Asks for TLS, does the handshake on the same socket, and waits for the second greeting. Returns the certificate it was shown. */
  async startTls(): Promise<PeerCertificate> {
    const plain = this.#socket;
    this.send('#1 STLS');
    await this.waitFor('OK cmd=STLS');
    plain.removeAllListeners('data');
    const secure = connectSecurely({ socket: plain, rejectUnauthorized: false });
    this.#socket = this.#hear(secure);
    await this.waitFor(/^TASSERVER /);
    return secure.getPeerCertificate();
  }

  send(...lines: string[]): void {
    for (const line of lines) this.model.sent(line);
    this.sendBytes(lines.map((line) => `${line}\n`).join(''));
  }

  sendBytes(bytes: Buffer | string): void {
    this.#socket.write(bytes);
  }

  /** Stops reading, so that what the server sends piles up there. */
  pause(): void {
    this.#socket.pause();
  }

  /** The first such line among those not yet waited for; what stands before it counts as waited for too. */
  async waitFor(expected: Expected, deadlineMs = DEADLINE_MS): Promise<string> {
    const from = this.#cursor;
    let at = from;
    const find = (): boolean => {
      while (at < this.lines.length && !matches(this.lines[at]!, expected)) at++;
      return at < this.lines.length;
    };
    await this.#wait(`line ${expected}`, find, deadlineMs, () => this.lines.slice(from));
    this.#cursor = Math.max(this.#cursor, at + 1);
    return this.lines[at]!;
  }

  /** Waits until `condition` holds, asked after each line. */
  until(what: string, condition: (model: ClientModel) => boolean, deadlineMs = DEADLINE_MS): Promise<void> {
    return this.#wait(what, () => condition(this.model), deadlineMs);
  }

  /**
   * Waits until the server has handled everything sent before. Returns the lines that came meanwhile. A command nobody knows
   * is answered in its turn; a PING would not wait for one that takes long.
   */
  async sync(): Promise<string[]> {
    const from = this.lines.length;
    const id = 1_000_000 + ++this.#syncs;
    this.send(`#${id} SYNC`);
    const answer = await this.waitFor((line) => line.startsWith(`#${id} `));
    return this.lines.slice(from, this.lines.indexOf(answer));
  }

  async register(name: string, password = 'password'): Promise<void> {
    this.send(`REGISTER ${name} ${wirePassword(password)}`);
    const answer = await this.waitFor(/^REGISTRATION/);
    if (answer !== 'REGISTRATIONACCEPTED') throw new Error(answer);
  }

  async login(name: string, password = 'password', options: LoginOptions = {}): Promise<void> {
    const { client = 'strict client', flags = 'sp' } = options;
    this.send(`LOGIN ${name} ${wirePassword(password)} 0 * ${client}\t0 0\t${flags}`);
    const answer = await this.waitFor(/^(ACCEPTED|DENIED) /);
    if (answer !== `ACCEPTED ${name}`) throw new Error(answer);
    await this.waitFor('LOGININFOEND');
  }

  /** Half-closes: sends no more, goes on reading. */
  end(): void {
    this.#socket.end();
  }

  /** Closes, and fails the test when a line was not one that a strict client accepts. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await this.closed;
    const [broken] = this.violations;
    if (broken)
      throw new Error(
        `the stream of ${this.model.name ?? 'a guest'} was broken by ${JSON.stringify(broken.line)}: ${broken.reason}`,
      );
  }

  #received(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) {
      this.lines.push(line);
      this.model.receive(line);
      for (const waiter of [...this.#waiters]) waiter.check();
    }
  }

  #wait(what: string, check: () => boolean, deadlineMs: number, since = () => this.lines): Promise<void> {
    if (check()) return Promise.resolve();
    if (this.#isClosed)
      return Promise.reject(new Error(`no ${what}: the connection is closed. ${this.#story(since())}`));
    return new Promise((resolve, reject) => {
      const finish = (error?: Error): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        if (error) reject(error);
        else resolve();
      };
      const timer = setTimeout(
        () => finish(new Error(`no ${what} within ${deadlineMs} ms. ${this.#story(since())}`)),
        deadlineMs,
      );
      const waiter: Waiter = {
        check: () => {
          if (!check()) return false;
          finish();
          return true;
        },
        stop: (error) => finish(new Error(`no ${what}: ${error.message}`)),
      };
      this.#waiters.add(waiter);
    });
  }

  #story(lines: readonly string[] = this.lines): string {
    return `Received:\n${lines.slice(-LINES_SHOWN).join('\n')}`;
  }
}

function matches(line: string, expected: Expected): boolean {
  if (typeof expected === 'function') return expected(line);
  const bare = line.replace(/^#\d+ /, '');
  return typeof expected === 'string' ? bare === expected || line === expected : expected.test(bare);
}
