/**
 * One simulated player: a client of the lobby over a real socket that acts when it is told to, checks every line it gets, and
 * lets its owner wait until it has been told something. A line that no client could accept ends it with `BrokenStream`, a
 * request that the server refuses with `PlayerRefused`; whatever waits then, or later, rejects with that. An owner that takes
 * refusals (`refused`) keeps a player that was refused: only what waits rejects. It pings as real clients do, and decides nothing
 * by itself.
 */
import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { MusterError } from '../../base/index.ts';
import type { Cancel, Clock } from '../../ports/index.ts';
import type { Names } from './names.ts';
import type { Heard, News } from './seen.ts';
import { View } from './view.ts';
import { BrokenStream } from './words.ts';

export interface PlayerOptions {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Shared by the players of a thread. */
  readonly names: Names;
  readonly clock: Pick<Clock, 'after'>;
  /** How long the player may wait for anything. Default 30,000. */
  readonly deadlineMs?: number;
  /** Somebody said something in a channel the player is in. What it throws ends the player. */
  said?(player: Player, channel: string, from: number, text: string): void;
  /** Something came that a client acts on. */
  news?(player: Player, news: News): void;
  /** The server refused something or told of a fault; the player goes on. Without it such a line ends the player. */
  refused?(player: Player, line: string): void;
  /** Of the lines received the last so many are kept, to be told with a broken stream. Default 0. */
  readonly keepLines?: number;
}

/** The server said no, or told of a fault. */
export class PlayerRefused extends MusterError {
  constructor(player: string, line: string) {
    super('PlayerRefused', `${player} was refused: ${line}`, { player, line });
  }
}

/** The connection is gone, or what was waited for did not come in time. */
export class PlayerFailed extends MusterError {
  constructor(player: string, problem: string) {
    super('PlayerFailed', `${player} ${problem}`, { player, problem });
  }
}

/** What was waited for did not come in time. */
export class PlayerLate extends PlayerFailed {}

/** What a battle of simulated players is; its title is the founder's name unless he gives it another. */
const BATTLE = { map: 'Comet Catcher', game: 'Muster Players', engine: 'spring\t105.0' };
/** Ready, a player of team 0, synced. */
const BATTLE_STATUS = 4_195_330;
const MOST_PLAYERS = 16;

const PING_MS = 30_000;
const DEFAULT_DEADLINE_MS = 30_000;

/** The password of every simulated player, as the wire carries it. */
const PASSWORD = createHash('md5').update('muster players').digest('base64');

interface Waiting {
  readonly what: string;
  readonly condition: () => boolean;
  readonly settle: (error?: Error) => void;
}

export class Player {
  readonly name: string;
  readonly view: View;
  /** Lines received. */
  lines = 0;
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<void>;
  readonly #options: PlayerOptions;
  readonly #socket: Socket;
  #waiting: Waiting[] = [];
  readonly #last: string[] = [];
  /** The beginning of a line whose end has not come. */
  #rest = '';
  #failure: Error | undefined;
  #isClosed = false;
  #isLeaving = false;
  #cancelPing: Cancel = () => {};

  private constructor(options: PlayerOptions) {
    this.name = options.name;
    this.#options = options;
    const heard: Heard = {
      said: (channel, from, text) => options.said?.(this, channel, from, text),
      refused: (line) => this.#refused(line),
      news: (news) => options.news?.(this, news),
    };
    this.view = new View(options.names, heard);
    this.#socket = connect({ host: options.host, port: options.port, noDelay: true });
    this.#socket.setEncoding('utf8');
    this.#socket.on('data', (text: string) => this.#received(text));
    this.#socket.on('error', (error) =>
      this.#fail(new PlayerFailed(this.name, `lost its connection: ${error.message}`)),
    );
    this.closed = new Promise((resolve) => {
      this.#socket.on('close', () => {
        this.#closed();
        resolve();
      });
    });
    this.#pingLater();
  }

  /** Connects; resolves when the server has greeted. */
  static async connect(options: PlayerOptions): Promise<Player> {
    const player = new Player(options);
    await player.until('greeted', ({ phase }) => phase === 'guest');
    return player;
  }

  /** Why it has ended; undefined while it is well, and after it left by itself. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  async register(): Promise<void> {
    this.send(`REGISTER ${this.name} ${PASSWORD}`);
    await this.until('registered', ({ registered }) => registered);
  }

  /** Resolves when the login stream has ended. With the flag `b` it is asked before somebody joins a battle it hosts. */
  async logIn(flags = 'sp'): Promise<void> {
    this.send(`LOGIN ${this.name} ${PASSWORD} 0 * muster players\t0\t${flags}`);
    await this.until('logged in', ({ phase, mustAgree }) => phase === 'online' || mustAgree);
    if (!this.view.mustAgree) return;
    this.send('CONFIRMAGREEMENT');
    await this.until('logged in', ({ phase }) => phase === 'online');
  }

  /** Resolves when it has been told who is there. */
  async joinChannel(channel: string): Promise<void> {
    this.send(`JOIN ${channel}`);
    await this.until(`in channel ${channel}`, ({ channels, self }) => channels.get(channel)?.has(self) ?? false);
  }

  say(channel: string, text: string): void {
    this.send(`SAY ${channel} ${text}`);
  }

  /** Resolves to the battle's id when the player has been told that it is its host. */
  async openBattle(title = this.name): Promise<number> {
    const sentences = [BATTLE.engine, BATTLE.map, title, BATTLE.game].join('\t');
    this.send(`OPENBATTLE 0 0 * 8452 ${MOST_PLAYERS} 1 0 1 ${sentences}`);
    await this.until('host of a battle', ({ battle }) => battle?.asked ?? false);
    return this.view.battle!.id;
  }

  /** Resolves when the player has been told all about the battle it is in, and its own status in it. */
  async joinBattle(id: number): Promise<void> {
    await this.until(`told of battle ${id}`, ({ battles }) => battles.has(id));
    this.send(`JOINBATTLE ${id}`);
    await this.until(`in battle ${id}`, ({ battle }) => battle?.id === id && battle.asked);
    this.send(`MYBATTLESTATUS ${BATTLE_STATUS} 255`);
    await this.until('ready', ({ battle, self }) => battle?.statuses.get(self) === BATTLE_STATUS);
  }

  async leaveBattle(): Promise<void> {
    this.send('LEAVEBATTLE');
    await this.until('out of its battle', ({ battle }) => battle === undefined);
  }

  /** Logs out; resolves when the connection has ended. */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    this.send('EXIT');
    await this.#wait('gone', () => this.#isClosed);
  }

  /** Cuts the connection. */
  destroy(): void {
    this.#isLeaving = true;
    this.#socket.destroy();
  }

  send(line: string): void {
    this.#socket.write(`${line}\n`);
  }

  /**
   * Resolves when `condition` holds; it is asked after each piece that was received. Rejects when the player has ended, and when it
   * is not `what` in time; `lacks` says then what is missing.
   */
  until(what: string, condition: (view: View) => boolean, lacks = () => this.#story()): Promise<void> {
    return this.#wait(what, () => condition(this.view), lacks);
  }

  #wait(what: string, condition: () => boolean, lacks = () => this.#story()): Promise<void> {
    const { clock, deadlineMs = DEFAULT_DEADLINE_MS } = this.#options;
    return new Promise((resolve, reject) => {
      const late = (): string => `was not ${what} within ${deadlineMs} ms: ${lacks()}`;
      const cancel = clock.after(deadlineMs, () => waiting.settle(new PlayerLate(this.name, late())));
      const waiting: Waiting = {
        what,
        condition,
        settle: (error) => {
          cancel();
          this.#waiting = this.#waiting.filter((other) => other !== waiting);
          if (error) reject(error);
          else resolve();
        },
      };
      this.#waiting.push(waiting);
      this.#look();
    });
  }

  /** Settles what waits, where it can be. */
  #look(): void {
    for (const { what, condition, settle } of this.#waiting) {
      if (this.#failure) settle(this.#failure);
      else if (condition()) settle();
      else if (this.#isClosed) settle(new PlayerFailed(this.name, `left before it was ${what}`));
    }
  }

  #received(text: string): void {
    if (this.#failure) return;
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0 && !this.#failure; end = text.indexOf('\n', from)) {
      const line = this.#rest === '' ? text.slice(from, end) : this.#rest + text.slice(from, end);
      this.#rest = '';
      from = end + 1;
      this.#line(line);
    }
    this.#rest += text.slice(from);
    if (this.#waiting.length > 0) this.#look();
  }

  #line(line: string): void {
    this.lines += 1;
    try {
      this.view.receive(line);
    } catch (error) {
      if (!(error instanceof MusterError)) throw error;
      const told = { player: this.name, line, reason: error.message, before: [...this.#last] };
      this.#fail(new BrokenStream(`${this.name} got "${line.slice(0, 200)}": ${error.message}`, told));
    }
    const { keepLines = 0 } = this.#options;
    if (keepLines === 0) return;
    this.#last.push(line);
    if (this.#last.length > keepLines) this.#last.shift();
  }

  #refused(line: string): void {
    if (this.#isLeaving) return;
    const refusal = new PlayerRefused(this.name, line);
    const { refused } = this.#options;
    if (refused) {
      refused(this, line);
      for (const { settle } of this.#waiting) settle(refusal);
    } else this.#fail(refusal);
  }

  #fail(error: Error): void {
    if (this.#failure || this.#isLeaving) return;
    this.#failure = error;
    this.#socket.destroy();
    this.#look();
  }

  #closed(): void {
    this.#isClosed = true;
    this.#cancelPing();
    if (!this.#isLeaving) this.#fail(new PlayerFailed(this.name, 'was disconnected'));
    this.#look();
  }

  #pingLater(): void {
    this.#cancelPing = this.#options.clock.after(PING_MS, () => {
      this.send('PING');
      this.#pingLater();
    });
  }

  #story(): string {
    const { phase, users, battles, places } = this.view;
    return `it is ${phase}, and knows of ${users} users and of ${battles.size} battles with ${places} users in them`;
  }
}
