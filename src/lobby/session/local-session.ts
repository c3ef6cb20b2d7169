/** A session on the node of its connection: its registration, its client's sink, and what is said to it alone. */
import { Closed, NotPrimary } from '../../base/index.ts';
import type { Registration, Subscription } from '../../services/index.ts';
import type { Actor } from '../battles/changes.ts';
import { COORDINATOR } from '../coordinator.ts';
import type { Hub, HubSession } from '../hub/hub.ts';
import { type SessionInfo, sessions, userOf } from '../presence/sessions.ts';
import { type UserMessage, userMessages } from '../presence/user-topic.ts';
import { LobbyRefused, lostTouch, refusing } from '../refusal.ts';
import type { RosterEvent, RosterReader, User } from '../roster/events.ts';
import { withOwnBits } from '../status/client-status.ts';
import { LocalBattle } from './battle.ts';
import { claimName } from './claim.ts';
import { fitsChat, type SessionContext } from './context.ts';
import { LocalRooms } from './rooms.ts';
import { Serial } from './serial.ts';
import type { InboxMessage, Session, SessionEnd, SessionSink } from './session.ts';

const FREE_AGAIN_MS = 500;

/** Inbox messages kept until `begin`; more are dropped. */
const MOST_KEPT = 100;

export class LocalSession implements Session, HubSession, SessionContext {
  readonly id: string;
  readonly userId: number;
  readonly hub: Hub;
  readonly rooms: LocalRooms;
  readonly battle: LocalBattle;
  readonly #serial = new Serial();
  /** As first registered; only its status changes after, and that is read from the registry. */
  readonly #first: SessionInfo;
  #registration: Registration<number, SessionInfo> | undefined;
  #subscription: Subscription | undefined;
  #sink: SessionSink | undefined;
  #kept: InboxMessage[] = [];
  #ended: SessionEnd | undefined;
  #ending: Promise<void> | undefined;

  constructor(hub: Hub, info: SessionInfo) {
    this.hub = hub;
    this.id = info.session;
    this.userId = info.userId;
    this.#first = info;
    this.rooms = new LocalRooms(this);
    this.battle = new LocalBattle(this);
  }

  /** Makes the session real in the whole cluster. Rejects with `LobbyRefused`, leaving nothing behind. */
  async enter(): Promise<void> {
    const { node } = this.hub;
    this.hub.add(this);
    try {
      this.#subscription = await node.subscribe(userMessages(this.userId), (message) => this.#receive(message));
      this.#registration = await claimName(node, this.#first);
      this.#registration.onLost(() => void this.finish('lost'));
    } catch (error) {
      await this.finish('lost');
      throw error;
    }
    if (this.#ended === undefined && this.hub.closing) await this.finish('shutdown');
    if (this.#ended === undefined) return;
    await this.#free();
    if (this.#ended === 'lost') throw lostTouch();
    throw new LobbyRefused('SessionEnded', 'You have logged in from somewhere else at the same time');
  }

  info(): SessionInfo {
    const held = this.hub.node.registry(sessions).lookup(this.userId)?.value;
    return held?.session === this.id ? held : this.#first;
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
    else if (this.#ended !== 'left') sink.ended(this.#ended);
  }

  setStatus(status: number): Promise<void> {
    const change = async (): Promise<void> => {
      this.requireLive();
      const info = this.info();
      const wanted = withOwnBits(info.status, status);
      if (wanted === info.status) this.deliver({ kind: 'user-status', user: this.user() });
      else await this.#registration?.update({ ...info, status: wanted });
    };
    return this.hub.strongly('The change of status', change, this.#serial);
  }

  sayPrivate(name: string, text: string, options: { emote?: boolean } = {}): Promise<void> {
    return refusing('The message', async () => {
      this.requireLive();
      if (!fitsChat(text)) throw new LobbyRefused('TooLong', 'The message is too long');
      if (name === COORDINATOR.name) return this.battle.tellCoordinator(text);
      const emote = options.emote ?? false;
      this.#send(this.#online(name), { kind: 'private-message', ...this.#from(), text, emote });
    });
  }

  ring(name: string): Promise<void> {
    return refusing('The ring', async () => {
      this.requireLive();
      if (name !== COORDINATOR.name) this.#send(this.#online(name), { kind: 'ring', ...this.#from() });
    });
  }

  #online(name: string): User {
    const user = this.hub.roster.userNamed(name);
    if (!user) throw new LobbyRefused('NotOnline', `${name} is not online`);
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
    if (this.#ended !== undefined) return;
    // Not `#guard`: this runs for every line of every client.
    try {
      this.#sink?.event(event);
    } catch (error) {
      this.#complain('a session sink failed', error);
    }
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
      if (message.session === this.id) void this.finish('replaced');
    } else if (message.kind === 'join-answer') {
      this.battle.hostAnswered(message);
    } else {
      this.#receiveFrom(message);
    }
  }

  /** Who is not to be seen here any more is not heard either: clients know no such name. */
  #receiveFrom(message: Exclude<UserMessage, { kind: 'end-session' | 'join-answer' }>): void {
    const from = this.hub.roster.user(message.from);
    if (from?.session !== message.fromSession) return;
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

  end(): Promise<void> {
    return this.finish('left');
  }

  finish(reason: SessionEnd): Promise<void> {
    this.#ending ??= this.#finishOnce(reason);
    return this.#ending;
  }

  async #finishOnce(reason: SessionEnd): Promise<void> {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.hub.forget(this);
    if (reason !== 'left') this.#guard(() => this.#sink?.ended(reason));
    await this.#free();
  }

  /**
   * Gives everything back, the user's name first of all. What cannot be given back now is tried again in a while, until the
   * node itself goes and takes it along.
   */
  async #free(): Promise<void> {
    const freed = await Promise.allSettled([
      this.#registration?.unregister(),
      this.rooms.abandon(),
      this.battle.abandon(),
    ]);
    this.#subscription?.unsubscribe();
    const failures = freed.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    for (const failure of failures) {
      if (!(failure instanceof NotPrimary)) this.#complain('a session could not be freed yet', failure);
    }
    if (failures.some((failure) => !(failure instanceof Closed))) {
      this.hub.node.after(FREE_AGAIN_MS, () => void this.#free());
    }
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
