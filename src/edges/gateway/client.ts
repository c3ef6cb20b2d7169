/**
 * One client of the lobby: a connection, the commands it sends, and the session it becomes. It decides which lines are
 * replies and carry the command's `#id`, and turns refusals and faults into lines. Bytes are the connection's matter,
 * what a command does is the command's.
 */
import type { SecureContext } from 'node:tls';
import {
  type InboxMessage,
  type Lobby,
  LobbyRefused,
  type LoginRequest,
  type PeopleList,
  type RosterEvent,
  type RosterReader,
  type Session,
  type SessionEnd,
  type SessionSink,
  type User,
} from '../../lobby/index.ts';
import type { Clock } from '../../ports/index.ts';
import { CommandQueue } from './command-queue.ts';
import { type Command, commandNamed, type Prepared, type UserContext } from './commands/index.ts';
import type { CloseReason, Connection, ConnectionOwner } from './connection.ts';
import type { LimitTable } from './limits.ts';
import { Arguments, BadArguments, parseLine, type Request } from './protocol/grammar.ts';
import * as lines from './protocol/lines.ts';
import { matchmakingLine } from './protocol/matchmaking-lines.ts';
import { partyLine } from './protocol/party-lines.ts';
import { eventLines, mayWait, type Stream, toBytes, type Viewer } from './stream.ts';

/** Who a line of the log is about. */
export type LogFields = Readonly<Record<string, string | number>>;

export interface ClientOptions {
  readonly lobby: Lobby;
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly stream: Stream;
  readonly limits: LimitTable;
  /** For clients that ask for TLS; undefined where there is no certificate. */
  readonly secureContext: (() => Promise<SecureContext>) | undefined;
  /** The client's IP address. */
  readonly address: string;
  /** Lines for a user who has just logged in. */
  motd(user: User, roster: RosterReader): readonly string[];
  /** A fault of the server itself, not of the client. */
  report(what: string, error: unknown, who: LogFields): void;
  /** A request that was refused because the cluster or its store could not do it. */
  warn(what: string, error: unknown, who: LogFields): void;
  /** Something that is worth a line of the log when somebody looks for it. */
  note(what: string, who: LogFields): void;
  /** Called once, when the connection is closed and its session has ended. */
  gone(): void;
}

interface Online extends Viewer {
  readonly session: Session;
}

/** What a running command answers with. */
interface Replying {
  readonly prefix: string;
  causes(event: RosterEvent): boolean;
}

const MOST_ARGUMENTS_SHOWN = 200;

/** Clients send these by habit, out of place or without the right; they are not told. */
const SILENT_REFUSALS: ReadonlySet<string> = new Set(['NotInBattle', 'NotAllowed']);

const FAREWELLS: Partial<Record<CloseReason, string>> = {
  'line too long': 'The line is too long; disconnecting.',
  'invalid UTF-8': 'The line is not valid UTF-8; disconnecting.',
  flood: 'No flooding; disconnecting.',
  'too early for TLS': 'Nothing may follow STLS before it is answered; disconnecting.',
  idle: 'Nothing was heard from you for too long; disconnecting.',
};

/** The same in the words that programs know. */
const DISCONNECTS: Partial<Record<CloseReason, string>> = {
  flood: 'Flood protection',
  idle: 'Heartbeat',
};

const SESSION_ENDS: Record<SessionEnd, string> = {
  left: 'Your session has ended.',
  dropped: 'Your session has ended.',
  replaced: 'You have logged in from elsewhere; this session has ended.',
  lost: 'This server has lost touch with the others; please reconnect.',
  shutdown: 'This server is stopping; please reconnect.',
  banned: 'You are banned; this session has ended.',
  renamed: 'Your account has been renamed; please log in again under its new name.',
};

const DOUBT =
  'This server has lost touch with the others: nothing can be changed for now, and messages may not arrive. ' +
  'Unless that ends within seconds you will be disconnected; please log in again then, here or on another server.';

export class LobbyClient implements ConnectionOwner, SessionSink {
  readonly #options: ClientOptions;
  #connection!: Connection;
  #online: Online | undefined;
  readonly #unagreed: { request?: LoginRequest } = {};
  /** Commands with an id that are being carried out: one, and perhaps one that waits for somebody. */
  readonly #replying = new Set<Replying>();
  #waiting: Promise<void> | undefined;
  #sessionEnd: Promise<void> | undefined;
  #tags = 0;
  /** The client said that it goes. */
  #leaves = false;
  #doubted = false;
  readonly #commands: CommandQueue<Request>;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#commands = new CommandQueue<Request>({
      clock: options.clock,
      run: (request) => this.#handle(request),
      mayPass: ({ command }) => commandNamed(command)?.isLocal ?? false,
      inHurry: () => this.#isInDoubt,
    });
  }

  /** Everything that needs the other nodes is refused at once then. */
  get #isInDoubt(): boolean {
    return this.#options.lobby.standing() !== 'primary';
  }

  /** Takes its connection, which is not open yet, and greets. */
  greet(connection: Connection): void {
    this.#connection = connection;
    connection.open();
    this.#send([lines.greeting()]);
  }

  /** Tells the client that its node may be cut off, and what will happen; once until that is over. */
  doubt(): void {
    if (this.#doubted) return;
    this.#doubted = true;
    this.#send([lines.serverMessage(DOUBT)]);
    this.#commands.hurry();
  }

  /** Its node is in touch with the others again. */
  trust(): void {
    this.#doubted = false;
  }

  /** Tells the client, unless its session did, that its node is cut off, and closes. */
  lose(): void {
    this.ended('lost');
  }

  /** Tells the client that the server stops, and closes. */
  shutDown(): void {
    this.#send([lines.SHUTDOWN, lines.serverMessage(SESSION_ENDS.shutdown)]);
    this.#connection.close('server closed');
  }

  // What the connection asks of its owner.

  /** A login changes what may follow it, so a guest's next line waits until the one before is done. */
  line(line: string): Promise<void> {
    const { done, next } = this.#commands.take(parseLine(line));
    return this.#online ? next : done;
  }

  idle(): Promise<void> {
    return this.#commands.idle();
  }

  farewell(reason: CloseReason): readonly string[] {
    const text = FAREWELLS[reason];
    const word = DISCONNECTS[reason];
    return [...(word ? [lines.disconnect(word)] : []), ...(text ? [lines.serverMessage(text)] : [])];
  }

  closing(reason: CloseReason, error?: unknown): void {
    if (reason === 'failed') this.#options.report('a connection failed', error, this.#who());
    this.#options.note('closed', { ...this.#who(), reason });
    const session = this.#online?.session;
    if (reason === 'flood') this.#sessionEnd = session?.end('flood');
    else this.#sessionEnd = this.#leaves ? session?.end() : session?.drop();
  }

  closed(): void {
    void Promise.resolve(this.#sessionEnd).finally(() => this.#options.gone());
  }

  // What the session tells.

  event(event: RosterEvent): void {
    if (!this.#online || !this.#connection.isOpen) return;
    const viewer = this.#online;
    const reply = this.#replying.size > 0 ? this.#replyOf(event) : undefined;
    if (reply) this.#connection.send(toBytes(eventLines(event, viewer), reply.prefix));
    else this.#connection.send(this.#options.stream.encode(event, viewer), mayWait(event, viewer));
  }

  #replyOf(event: RosterEvent): Replying | undefined {
    for (const reply of this.#replying) if (reply.causes(event)) return reply;
    return undefined;
  }

  inbox(message: InboxMessage): void {
    if (!this.#online) return;
    const { roster, session } = this.#online;
    const sender = 'from' in message ? message.from : 'user' in message ? message.user : undefined;
    // Who has left meanwhile is unknown to the client, and must not speak to it.
    if (!sender || roster.user(sender.userId)) this.#send(inboxLines(message, session, roster));
  }

  people(list: PeopleList, names: readonly string[]): void {
    if (this.#online) this.#send(lines.peopleList(list, names));
  }

  ended(reason: SessionEnd): void {
    this.#send([lines.serverMessage(SESSION_ENDS[reason])]);
    this.#connection.close('server closed');
  }

  // Commands.

  /** Never rejects. */
  async #handle(request: Request): Promise<void> {
    if (!this.#connection.isOpen) return;
    const command = commandNamed(request.command);
    if (!command) return this.#fail(request, `Unknown command. (args='${shown(request.rest)}')`);
    if (command.access === 'user' && !this.#online) return this.#fail(request, 'Insufficient rights. Log in first.');
    if (command.access === 'guest' && this.#online) return this.#fail(request, 'Already logged in.');
    if (!command.waitsForSomebody) return this.#attempt(request, command);
    // The commands after it go on; a second of its kind does not, so that they cannot pile up.
    if (!this.#isInDoubt) await this.#waiting;
    this.#waiting = this.#attempt(request, command);
  }

  /** Never rejects. */
  async #attempt(request: Request, command: Command): Promise<void> {
    try {
      await this.#run(request, command);
    } catch (error) {
      if (error instanceof BadArguments) return this.#fail(request, `Incorrect arguments. (${error.message})`);
      this.#options.report(`command ${request.command} failed`, error, this.#who());
      this.#fail(request, 'Internal error.');
    }
  }

  /** The table pairs each command with the context of its access, so each is prepared and run for one. */
  #run(request: Request, command: Command): Promise<void> {
    const args = new Arguments(request.rest);
    switch (command.access) {
      case 'anybody':
        return this.#carryOut(request, command.prepare(args), this.#context(request));
      case 'guest':
        return this.#carryOut(request, command.prepare(args), {
          ...this.#context(request),
          begin: (session: Session) => this.#begin(session, request.prefix),
          secure: () => this.#secure(request.prefix),
          unagreed: this.#unagreed,
        });
      case 'user':
        return this.#carryOut(request, command.prepare(args), this.#userContext(request, this.#online!));
    }
  }

  async #carryOut<C>(request: Request, prepared: Prepared<C>, context: C): Promise<void> {
    const reply = { prefix: request.prefix, causes: (event: RosterEvent) => prepared.causes(event, context) };
    if (reply.prefix !== '') this.#replying.add(reply);
    try {
      await prepared.run(context);
    } catch (error) {
      if (!(error instanceof LobbyRefused)) throw error;
      this.#warnOf(request, error);
      const line = prepared.refused(error) ?? usualRefusal(request.command, error);
      if (line !== undefined) this.#send([line], request.prefix);
    } finally {
      this.#replying.delete(reply);
    }
  }

  #warnOf({ command }: Request, { reason, cause }: LobbyRefused): void {
    if (reason !== 'Unavailable' || cause === undefined) return;
    this.#options.warn(`command ${command} could not be done`, cause, this.#who());
  }

  #context(request: Request) {
    return {
      lobby: this.#options.lobby,
      address: this.#options.address,
      reply: (...replies: string[]) => this.#send(replies, request.prefix),
      close: () => {
        this.#leaves = true;
        this.#connection.close('client left');
      },
      warnOf: (refusal: LobbyRefused) => this.#warnOf(request, refusal),
      isSecure: this.#connection.isSecure,
      userId: this.#online?.userId,
    };
  }

  /** Goes on under TLS, with a second greeting. Throws `LobbyRefused` where it cannot. */
  async #secure(prefix: string): Promise<void> {
    if (this.#connection.isSecure) throw new LobbyRefused('NotAllowed', 'TLS has begun already');
    const { secureContext } = this.#options;
    if (!secureContext) throw new LobbyRefused('Unavailable', 'This server has no certificate');
    const begun = await this.#connection.secure(await secureContext(), toBytes([lines.START_TLS], prefix));
    if (begun) this.#send([lines.greeting()]);
  }

  #userContext(request: Request, { session, roster }: Online): UserContext {
    return { ...this.#context(request), session, roster, self: session.user(), tag: `${++this.#tags}` };
  }

  /** The login is done: from here on the session speaks to this connection. */
  #begin(session: Session, prefix: string): void {
    if (!this.#connection.isOpen) {
      this.#sessionEnd = session.end();
      return;
    }
    const roster = session.begin(this);
    const user = session.user();
    this.#online = { session, roster, userId: user.userId };
    this.#connection.limits = user.bot ? this.#options.limits.bot : this.#options.limits.user;
    // A session that was replaced at once is shown no more: `ended` follows.
    if (roster.user(user.userId)?.session !== session.id) return;
    this.#options.note('logged in', this.#who());
    this.#send(this.#options.stream.loginLines(user, roster, this.#options.motd(user, roster)), prefix);
  }

  #who(): LogFields {
    const { address } = this.#options;
    if (!this.#online) return { address };
    const { userId, name } = this.#online.session.user();
    return { address, user: name, userId };
  }

  #fail(request: Request, why: string): void {
    this.#send([lines.commandFailed(shown(request.command), why)], request.prefix);
  }

  #send(block: readonly string[], prefix = ''): void {
    if (block.length > 0) this.#connection.send(toBytes(block, prefix));
  }
}

function usualRefusal(command: string, refusal: LobbyRefused): string | undefined {
  return SILENT_REFUSALS.has(refusal.reason) ? undefined : lines.refused(command, refusal.message);
}

/** Lines of a message to this user alone; none when what it is about has passed. */
function inboxLines(message: InboxMessage, session: Session, roster: RosterReader): string[] {
  const battle = roster.battleOf(session.user().userId);
  switch (message.kind) {
    case 'private-message':
      return [lines.saidPrivate(message)];
    case 'ring':
      return [lines.ring(message)];
    case 'battle-private':
      return battle ? [lines.battlePrivate(message)] : [];
    case 'join-request':
      return battle?.summary.founder.userId === session.user().userId ? [lines.joinRequest(message)] : [];
    case 'ready-check':
    case 'match-cancelled':
    case 'your-queues':
      return [matchmakingLine(message)];
    case 'party':
      return [partyLine(message.news)];
  }
}

function shown(text: string): string {
  return text.length > MOST_ARGUMENTS_SHOWN ? `${text.slice(0, MOST_ARGUMENTS_SHOWN)}…` : text;
}
