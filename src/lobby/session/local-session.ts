/** A session on the node of its connection: its registration, its client's sink, and what is said to it alone. */
import { Closed, NotPrimary } from '../../base/index.ts';
import type { Registration, Subscription } from '../../services/index.ts';
import type { UserRecord } from '../accounts/user-record.ts';
import type { Actor } from '../battles/changes.ts';
import { type ClientInOut, clientInOut } from '../bots/client-inout.ts';
import { COORDINATOR } from '../coordinator.ts';
import type { Hub, HubSession } from '../hub/hub.ts';
import { AUTOHOST_MONITOR_NAME, INTERNAL_USERS, isInternalName } from '../internal-users.ts';
import type { Act } from '../moderation/restrictions.ts';
import type { PartyNews } from '../parties/declarations.ts';
import { changeSeat, keepSeat, leaveSeat, seats } from '../presence/seats.ts';
import { type SessionInfo, sessions, userOf } from '../presence/sessions.ts';
import { type UserMessage, userMessages } from '../presence/user-topic.ts';
import { LobbyRefused, lostTouch, refusing } from '../refusal.ts';
import type { RosterEvent, RosterReader, User } from '../roster/events.ts';
import { outOfGame, withOwnBits } from '../status/client-status.ts';
import { LocalAccount } from './account.ts';
import { LocalBattle } from './battle.ts';
import { claimName } from './claim.ts';
import { fitsChat, type SessionContext } from './context.ts';
import { tellInternalUser } from './internal-talk.ts';
import { LocalMatchmaking } from './matchmaking.ts';
import { LocalParty } from './party.ts';
import { LocalPeople } from './people.ts';
import { LocalRooms } from './rooms.ts';
import { Serial } from './serial.ts';
import type { InboxMessage, ReportRequest, Session, SessionEnd, SessionSink, UserTrace } from './session.ts';

const FREE_AGAIN_MS = 500;

/** Ends after which the user may be back in a moment. */
const LOSES_CONNECTION: ReadonlySet<SessionEnd> = new Set(['dropped', 'replaced', 'lost', 'shutdown']);

/** Inbox messages kept until `begin`; more are dropped. */
const MOST_KEPT = 100;

export class LocalSession implements Session, HubSession, SessionContext {
  readonly userId: number;
  readonly hub: Hub;
  readonly rooms: LocalRooms;
  readonly battle: LocalBattle;
  readonly people: LocalPeople;
  readonly account: LocalAccount;
  readonly matchmaking: LocalMatchmaking;
  readonly party: LocalParty;
  readonly #serial = new Serial();
  /** As first registered; only its status changes after, and that is read from the registry. */
  #first: SessionInfo;
  #registration: Registration<number, SessionInfo> | undefined;
  #subscription: Subscription | undefined;
  #sink: SessionSink | undefined;
  #kept: InboxMessage[] = [];
  #ended: SessionEnd | undefined;
  /** Whether its client told its status since it logged in here. */
  #hasToldStatus = false;
  #ending: Promise<void> | undefined;

  constructor(hub: Hub, info: SessionInfo, record: UserRecord) {
    this.hub = hub;
    this.userId = info.userId;
    this.#first = info;
    this.rooms = new LocalRooms(this);
    this.battle = new LocalBattle(this);
    this.account = new LocalAccount(this);
    this.people = new LocalPeople(
      this,
      {
        tellPeople: (list, names) => {
          if (this.#ended === undefined) this.#guard(() => this.#sink?.people?.(list, names));
        },
        throwOut: (reason, why) => this.#throwOut(reason, why),
        complain: (what, error) => this.#complain(what, error),
        changedClan: () => {
          this.rooms.leaveForeign().catch((error) => this.#complain('Leaving the channel of a clan', error));
        },
      },
      record,
    );
    this.party = new LocalParty(this);
    this.matchmaking = new LocalMatchmaking(this, () => this.party.followers());
  }

  get id(): string {
    return this.#first.session;
  }

  /** Makes the session real in the whole cluster. Rejects with `LobbyRefused`, leaving nothing behind. */
  async enter(): Promise<void> {
    const { node } = this.hub;
    this.hub.add(this);
    this.people.begin();
    try {
      this.#subscription = await node.subscribe(userMessages(this.userId), (message) => this.#receive(message));
      const { info, registration } = await claimName(node, this.#first);
      this.#registration = registration;
      registration.onLost(() => void this.finish('lost'));
      this.#goOnAs(info);
      await keepSeat(node, info);
      await this.battle.resume();
    } catch (error) {
      await this.finish('lost');
      throw error;
    }
    if (this.#ended === undefined && this.hub.closing) await this.finish('shutdown');
    if (this.#ended === undefined) return this.#announce('login');
    await this.#free();
    if (this.#ended === 'lost') throw lostTouch();
    if (this.#ended === 'banned' || this.#ended === 'renamed') {
      throw new LobbyRefused('SessionEnded', 'Your account was changed during the login, please try again');
    }
    throw new LobbyRefused('SessionEnded', 'You have logged in from somewhere else at the same time');
  }

  /** With the session whose seat was held. */
  #goOnAs(info: SessionInfo): void {
    this.hub.forget(this);
    this.#first = info;
    if (this.#ended === undefined) this.hub.add(this);
  }

  /** To those of this node who act on it. A node that is stopping has nobody to tell; that is no fault of the session. */
  #announce(kind: ClientInOut['kind']): void {
    try {
      this.hub.node.localBroadcast(clientInOut(), { kind, userId: this.userId, session: this.id });
    } catch (error) {
      this.#complain(`a ${kind} was not announced`, error);
    }
  }

  info(): SessionInfo {
    const held = this.hub.node.registry(sessions).lookup(this.userId)?.value;
    return held?.connection === this.#first.connection ? held : this.#first;
  }

  user(): User {
    const shown = this.hub.roster.user(this.userId);
    return shown?.session === this.id ? shown : userOf(this.#first);
  }

  actor(): Actor {
    return { userId: this.userId, session: this.id, moderator: this.#first.moderator };
  }

  requireLive(): void {
    if (this.#ended !== undefined) throw new LobbyRefused('SessionEnded', 'This session has ended');
  }

  begin(sink: SessionSink): RosterReader {
    this.#sink = sink;
    this.hub.node.turn(() => this.#catchUp(sink));
    return this.hub.roster;
  }

  #catchUp(sink: SessionSink): void {
    const kept = this.#kept;
    this.#kept = [];
    if (this.#ended === undefined) for (const message of kept) sink.inbox(message);
    else if (!isOwnEnd(this.#ended)) sink.ended(this.#ended);
  }

  setStatus(status: number): Promise<void> {
    this.#hasToldStatus = true;
    const change = async (): Promise<void> => {
      this.requireLive();
      const info = this.info();
      const wanted = withOwnBits(info.status, status);
      if (wanted === info.status) this.deliver({ kind: 'user-status', user: this.user() });
      else await this.#changeTo({ ...info, status: wanted });
    };
    return this.hub.strongly('The change of status', change, this.#serial);
  }

  leftHeldGame(): Promise<void> {
    return this.#serial.run(async () => {
      const info = this.info();
      const status = outOfGame(info.status);
      if (!this.#hasToldStatus && status !== info.status) await this.#changeTo({ ...info, status });
    });
  }

  async #changeTo(info: SessionInfo): Promise<void> {
    await this.#registration?.update(info);
    await changeSeat(this.hub.node, info);
  }

  sayPrivate(name: string, text: string, options: { emote?: boolean } = {}): Promise<void> {
    return refusing('The message', async () => {
      this.requireLive();
      // Autohosts report to their monitor, which has its own bounds.
      const isTooLong = !fitsChat(text) && name !== AUTOHOST_MONITOR_NAME;
      if (isTooLong) throw new LobbyRefused('TooLong', 'The message is too long');
      const internal = INTERNAL_USERS.find((user) => user.name === name);
      if (internal) return this.#tellInternal(internal, text);
      this.requireMaySpeak('say in private');
      const emote = options.emote ?? false;
      this.#send(this.#online(name), { kind: 'private-message', ...this.#from(), text, emote });
    });
  }

  ring(name: string): Promise<void> {
    return refusing('The ring', async () => {
      this.requireLive();
      this.requireAllowed('ring somebody');
      if (!isInternalName(name)) this.#send(this.#online(name), { kind: 'ring', ...this.#from() });
    });
  }

  async #tellInternal(to: User, text: string): Promise<void> {
    const isDone = await tellInternalUser(this, to, text);
    if (!isDone && to === COORDINATOR) await this.battle.tellCoordinator(text);
  }

  #online(name: string): User {
    const user = this.hub.roster.userNamed(name);
    if (!user) throw new LobbyRefused('NotOnline', `${name} is not online`);
    if (!this.hub.node.registry(sessions).lookup(user.userId)) {
      throw new LobbyRefused('NotOnline', `${name} has lost the connection, and may be back in a moment`);
    }
    return user;
  }

  #from(): { from: number; fromSession: string } {
    return { from: this.userId, fromSession: this.id };
  }

  #send(to: User, message: UserMessage): void {
    if (this.hub.node.broadcast(userMessages(to.userId), message)) return;
    throw new LobbyRefused('Unavailable', 'The server is busy, the message was not sent; please try again');
  }

  deliver(event: RosterEvent): void {
    this.battle.follow(event);
    if (this.#ended !== undefined || this.#isIgnored(event)) return;
    // Not `#guard`: this runs for every line of every client.
    try {
      this.#sink?.event(event);
    } catch (error) {
      this.#complain('a session sink failed', error);
    }
  }

  #isIgnored(event: RosterEvent): boolean {
    return (event.kind === 'room-said' || event.kind === 'battle-said') && !this.people.hears(event.user);
  }

  requireAllowed(act: Act): void {
    this.people.requireAllowed(act);
  }

  clan(): string | null {
    return this.people.clan;
  }

  requireMaySpeak(act: Act): void {
    this.people.requireMaySpeak(act);
  }

  #throwOut(reason: SessionEnd, why: string): void {
    this.notice(why);
    void this.finish(reason);
  }

  inbox(message: InboxMessage): void {
    if (this.#ended !== undefined) return;
    if (this.#sink && this.#kept.length === 0) this.#guard(() => this.#sink?.inbox(message));
    else if (this.#kept.length < MOST_KEPT) this.#kept.push(message);
  }

  notice(text: string): void {
    this.inbox({ kind: 'private-message', from: COORDINATOR, text, emote: false });
  }

  #receive(message: UserMessage): void {
    if (message.kind === 'end-session') {
      if (message.connection === this.#first.connection) void this.finish('replaced');
    } else if (message.kind === 'join-answer') {
      this.battle.hostAnswered(message);
    } else if (message.kind === 'join-lobby') {
      void this.battle.moveTo(message.lobbyId, message.scriptPassword);
    } else if (message.kind === 'leave-battle') {
      if (message.session === this.id) void this.battle.moveOut();
    } else if ('from' in message) {
      this.#receiveFrom(message);
    } else if (message.kind === 'party') {
      if (this.#hearsOf(message.news)) this.party.told(message.news);
    } else {
      this.matchmaking.told(message);
    }
  }

  /** Who is not to be seen here any more is not heard either: clients know no such name. */
  #receiveFrom(message: Extract<UserMessage, { from: number }>): void {
    const from = this.hub.roster.user(message.from);
    if (from?.session !== message.fromSession) return;
    if (message.kind !== 'join-request' && !this.people.hears(from)) return;
    if (message.kind === 'private-message') {
      this.inbox({ kind: 'private-message', from, text: message.text, emote: message.emote });
    } else if (message.kind === 'ring') {
      this.inbox({ kind: 'ring', from });
    } else if (message.kind === 'battle-private') {
      if (this.battle.id() === message.lobbyId) this.inbox({ kind: 'battle-private', from, text: message.text });
    } else {
      this.battle.joinRequested(from, message);
    }
  }

  /** What members do is told whoever does it; what they say, and whom they ask, is not when he is ignored. */
  #hearsOf(news: PartyNews): boolean {
    if (news.event !== 'message' && news.event !== 'invited') return true;
    const from = this.hub.roster.userNamed(news.event === 'message' ? news.name : news.by);
    return from === undefined || this.people.hears(from);
  }

  report(request: ReportRequest): Promise<void> {
    return this.hub.strongly('The report', () => this.account.report(request));
  }

  trace(name: string): Promise<UserTrace> {
    return refusing('The look-up', () => this.account.trace(name));
  }

  end(why?: 'flood'): Promise<void> {
    if (why === 'flood' && !this.#first.bot && !this.#first.moderator) this.hub.people.tries.block(this.userId);
    return this.finish('left');
  }

  drop(): Promise<void> {
    return this.finish('dropped');
  }

  finish(reason: SessionEnd): Promise<void> {
    this.#ending ??= this.#finishOnce(reason);
    return this.#ending;
  }

  async #finishOnce(reason: SessionEnd): Promise<void> {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.hub.forget(this);
    if (this.#registration) this.#announce('disconnect');
    this.people.end();
    if (!isOwnEnd(reason)) this.#guard(() => this.#sink?.ended(reason));
    await this.#free();
  }

  /**
   * Gives everything back, the user's name first of all; but where his seat is held the name last, so that nothing of this login is
   * under way when the next one takes it up. What cannot be given back now is tried again in a while, until the node
   * itself goes and takes it along.
   */
  async #free(): Promise<void> {
    const freed = await (this.#keepsSeat ? this.#freeNameLast() : this.#freeAll());
    this.#subscription?.unsubscribe();
    const failures = freed.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    for (const failure of failures) {
      if (!(failure instanceof NotPrimary)) this.#complain('a session could not be freed yet', failure);
    }
    if (failures.some((failure) => !(failure instanceof Closed))) {
      this.hub.node.after(FREE_AGAIN_MS, () => void this.#free());
    }
  }

  get #keepsSeat(): boolean {
    return LOSES_CONNECTION.has(this.#ended!) && this.hub.node.cache(seats).has(this.userId);
  }

  async #freeNameLast(): Promise<PromiseSettledResult<unknown>[]> {
    const freed = await Promise.allSettled([this.rooms.abandon(), this.battle.detach()]);
    return [...freed, ...(await Promise.allSettled([this.#registration?.unregister()]))];
  }

  #freeAll(): Promise<PromiseSettledResult<unknown>[]> {
    return Promise.allSettled([this.#freeName(), this.rooms.abandon(), this.battle.abandon()]);
  }

  async #freeName(): Promise<void> {
    await leaveSeat(this.hub.node, this.#first);
    await this.#registration?.unregister();
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#complain('a session sink failed', error);
    }
  }

  #complain(what: string, error: unknown): void {
    this.hub.node.log.write('error', what, { session: this.id, user: this.#first.name, error: String(error) });
  }
}

/** Whether the client's side ended it, and need not be told. */
function isOwnEnd(reason: SessionEnd): boolean {
  return reason === 'left' || reason === 'dropped';
}
