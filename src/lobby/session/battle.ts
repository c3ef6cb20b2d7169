/**
 * The battle side of one session: opening, entering, leaving, and the changes its member or host may ask for.
 * Every change is one step on the lobby's record; Consul decides about entry and status. Where this session is, it
 * reads from the roster, as everybody else does.
 */

import * as changes from '../battles/changes.ts';
import { newMatchUuid, withMatchUuid } from '../battles/match-tag.ts';
import type { LobbyRecord } from '../battles/record.ts';
import { lobbies, lobbyIds, memberOf } from '../battles/record.ts';
import { requireAcknowledged } from '../bots/coordinator/acknowledgement.ts';
import { consul } from '../consul/consul.ts';
import type { UserMessage } from '../presence/user-topic.ts';
import { LobbyRefused, refusing, unavailable } from '../refusal.ts';
import type { BattleMember, RosterEvent, StartRect, Tag, User, VisibleBattle } from '../roster/events.ts';
import { lobbyThrottle } from '../throttles/lobby-throttle.ts';
import { BattleTalk } from './battle-talk.ts';
import { HostConsent } from './consent.ts';
import { consulSays } from './consul-answers.ts';
import type { SessionContext } from './context.ts';
import { Serial } from './serial.ts';
import type { BattleInfo, BotRequest, ChatOptions, ForcedChange, OpenBattleRequest, SessionBattle } from './session.ts';

type Change = (record: LobbyRecord, actor: changes.Actor) => LobbyRecord;

export class LocalBattle implements SessionBattle {
  readonly #session: SessionContext;
  readonly #consent: HostConsent;
  readonly #talk: BattleTalk;
  readonly #serial = new Serial();
  #turn = 0;
  /** The lobby whose chat is subscribed to for this session. */
  #listening: number | undefined;
  /**
   * The lobby in which a seat was held. Its client may not know what to do with it and ask for another, also after it has answered what
   * any client answers by itself (SPADS sends its status and then opens its battle anew): it leaves this one then.
   */
  #resumed: number | undefined;

  constructor(session: SessionContext) {
    this.#session = session;
    this.#consent = new HostConsent(session);
    this.#talk = new BattleTalk(session);
  }

  id(): number | undefined {
    return this.#here()?.battle.summary.lobbyId;
  }

  #here(): { battle: VisibleBattle; member: BattleMember } | undefined {
    const { hub, id, userId } = this.#session;
    const battle = hub.roster.battleOf(userId);
    const member = battle?.members.get(userId);
    return battle && member?.user.session === id ? { battle, member } : undefined;
  }

  #requireHere(): { battle: VisibleBattle; member: BattleMember } {
    this.#session.requireLive();
    const here = this.#here();
    if (!here) throw new LobbyRefused('NotInBattle', 'You are not in a battle');
    return here;
  }

  /** Takes up the place that was held for this session, if there is one. */
  async resume(): Promise<void> {
    const { hub, id, userId } = this.#session;
    for (const lobbyId of hub.lobbiesNaming(userId)) {
      const record = hub.node.cache(lobbies).get(lobbyId);
      const member = record && memberOf(record, userId);
      if (member?.session === id) this.#turn = Math.max(this.#turn, member.turn);
    }
    this.#resumed = this.id();
    if (this.#resumed !== undefined) await this.#listen(this.#resumed);
  }

  // Opening, entering, leaving.

  open(request: OpenBattleRequest): Promise<number> {
    return this.#inTurn('Opening the battle', () => this.#open(request));
  }

  async #open(request: OpenBattleRequest): Promise<number> {
    await this.#requireNowhere();
    this.#session.requireAllowed('host a battle');
    const { node } = this.#session.hub;
    const lobbyId = await node.sequence(lobbyIds).next();
    const servers = [node.server(consul, lobbyId), node.server(lobbyThrottle, lobbyId)];
    await this.#listen(lobbyId);
    try {
      await Promise.all(servers.map((server) => server.start()));
      const founder = this.#newMember('');
      const { ip } = this.#session.info();
      const record = changes.newRecord({ lobbyId, founder, ip, openedAt: node.wall(), request });
      const uuid = newMatchUuid(() => node.random());
      await node.cache(lobbies).insertNew(lobbyId, withMatchUuid(record, uuid));
    } catch (error) {
      this.#stopListening(lobbyId);
      await Promise.allSettled([node.cache(lobbies).delete(lobbyId), ...servers.map((server) => server.stop())]);
      throw error;
    }
    return lobbyId;
  }

  join(lobbyId: number, options: { password?: string; scriptPassword?: string } = {}): Promise<void> {
    const { password = '', scriptPassword = '' } = options;
    return this.#inTurn('Joining', () => this.#join(lobbyId, password, scriptPassword));
  }

  async #join(lobbyId: number, password: string, scriptPassword: string): Promise<void> {
    await this.#requireNowhere();
    this.#session.requireAllowed('join a battle');
    const { node, roster } = this.#session.hub;
    const battle = roster.battle(lobbyId);
    if (!battle) throw new LobbyRefused('NoSuchBattle', 'No battle found');
    const { userId, moderator } = this.#session.info();
    const joiner: changes.Joiner = { userId, moderator };
    const check = (record: LobbyRecord | undefined): LobbyRecord => {
      if (!record) throw new LobbyRefused('NoSuchBattle', 'The battle is closed');
      changes.checkEntry(record, joiner, password);
      return record;
    };
    const server = node.server(consul, lobbyId);
    await consulSays(
      () => server.call('mayJoin', joiner, password),
      async () => void check(await node.cache(lobbies).read(lobbyId)),
    );
    await this.#consent.ask(battle);
    await this.#enter(lobbyId, scriptPassword, joiner, password);
  }

  async #enter(lobbyId: number, scriptPassword: string, joiner: changes.Joiner, password: string): Promise<void> {
    const { node } = this.#session.hub;
    await this.#listen(lobbyId);
    try {
      const member = this.#newMember(scriptPassword);
      await consulSays(
        () => node.server(consul, lobbyId).call('admit', joiner, member, password),
        async () =>
          void (await node.cache(lobbies).update(lobbyId, (record) => {
            if (!record) throw new LobbyRefused('NoSuchBattle', 'The battle is closed');
            changes.checkEntry(record, joiner, password);
            return changes.addMember(record, member);
          })),
      );
    } catch (error) {
      if (this.id() !== lobbyId) this.#stopListening(lobbyId);
      throw error;
    }
  }

  /** Obeys the server: leaves the battle it is in and enters that one. What stands against it is told to the client. Never rejects. */
  async moveTo(lobbyId: number, scriptPassword: string | null): Promise<void> {
    this.#consent.abandon(new LobbyRefused('HostRefused', 'You are being moved to another battle'));
    try {
      await this.#inTurn('The move', () => this.#moveTo(lobbyId, scriptPassword ?? ''));
    } catch (error) {
      this.#session.notice(`You could not be moved to battle ${lobbyId}: ${unavailable('The move', error).message}`);
    }
  }

  /** Obeys the server: leaves the battle it is in. Never rejects. */
  async moveOut(): Promise<void> {
    this.#consent.abandon(new LobbyRefused('HostRefused', 'You may not join battles now'));
    try {
      await this.#inTurn('Leaving the battle', () => this.#leave());
    } catch (error) {
      this.#session.notice(unavailable('Leaving the battle', error).message);
    }
  }

  async #moveTo(lobbyId: number, scriptPassword: string): Promise<void> {
    this.#session.requireLive();
    const { userId, moderator } = this.#session.info();
    if (this.id() === lobbyId) return;
    this.#session.requireAllowed('join a battle');
    requireAcknowledged(this.#session.hub.node, userId);
    if (!this.#session.hub.roster.battle(lobbyId)) throw new LobbyRefused('NoSuchBattle', 'No battle found');
    await this.#leave();
    await this.#enter(lobbyId, scriptPassword, { userId, moderator, forced: true }, '');
  }

  #newMember(scriptPassword: string) {
    const { userId, name, session } = this.#session.info();
    this.#turn += 1;
    return { userId, name, session, turn: this.#turn, status: 0, colour: 0, scriptPassword };
  }

  async #requireNowhere(): Promise<void> {
    this.#session.requireLive();
    requireAcknowledged(this.#session.hub.node, this.#session.userId);
    if (this.#resumed !== undefined && this.#resumed === this.id()) {
      await this.#leave();
      await this.#session.leftHeldGame();
    }
    if (this.id() !== undefined) throw new LobbyRefused('InBattleAlready', 'You are already in a battle');
  }

  leave(): Promise<boolean> {
    return this.#inTurn('Leaving the battle', () => this.#leave());
  }

  async #leave(): Promise<boolean> {
    const here = this.#here();
    if (!here) return false;
    await this.#takeOut(here.battle.summary.lobbyId);
    return true;
  }

  /** The founder takes the lobby with him. */
  async #takeOut(lobbyId: number): Promise<void> {
    const { node } = this.#session.hub;
    const { userId, session } = this.#session.info();
    const after = await node
      .cache(lobbies)
      .update(lobbyId, (record) =>
        record && isFounder(record, userId, session)
          ? undefined
          : record && changes.removeMember(record, userId, session),
      );
    if (after === undefined) await node.server(consul, lobbyId).stop();
  }

  /** Stops what is under way and listens no more; the place stays. */
  detach(): Promise<void> {
    this.#consent.abandon();
    return this.#serial.run(async () => this.#stopListeningAtAll());
  }

  #stopListeningAtAll(): void {
    if (this.#listening !== undefined) this.#stopListening(this.#listening);
  }

  /** Leaves whatever record still names this session, once what is under way has settled. */
  abandon(): Promise<void> {
    this.#consent.abandon();
    return this.#serial.run(async () => {
      const { hub } = this.#session;
      const { userId, session } = this.#session.info();
      this.#stopListeningAtAll();
      for (const lobbyId of hub.lobbiesNaming(userId)) {
        const record = hub.node.cache(lobbies).get(lobbyId);
        if (record && memberOf(record, userId)?.session === session) await this.#takeOut(lobbyId);
      }
    });
  }

  /** Ends the chat subscription when this session is taken out of its battle, by whomever. */
  follow(event: RosterEvent): void {
    if (event.kind === 'battle-closed') {
      this.#consent.closed(event.lobbyId);
      this.#stopListening(event.lobbyId);
    } else if (event.kind === 'member-left' && event.user.session === this.#session.id) {
      this.#stopListening(event.lobbyId);
    }
  }

  async #listen(lobbyId: number): Promise<void> {
    await this.#session.hub.needBattle(lobbyId);
    this.#stopListeningAtAll();
    this.#listening = lobbyId;
  }

  #stopListening(lobbyId: number): void {
    if (this.#listening !== lobbyId) return;
    this.#listening = undefined;
    this.#session.hub.releaseBattle(lobbyId);
  }

  // The host's consent.

  joinRequested(from: User, message: Extract<UserMessage, { kind: 'join-request' }>): void {
    if (this.id() === message.lobbyId) this.#consent.requested(from, message);
  }

  hostAnswered(message: Extract<UserMessage, { kind: 'join-answer' }>): void {
    this.#consent.answered(message);
  }

  answerJoin(name: string, answer: { allow: true } | { allow: false; reason: string }): Promise<boolean> {
    return refusing('The answer', async () => {
      this.#session.requireLive();
      return this.#consent.answer(name, answer);
    });
  }

  // What a member does.

  setStatus(status: number, colour: number): Promise<void> {
    return this.#inTurn('The change of status', () => this.#setStatus(status, colour));
  }

  async #setStatus(status: number, colour: number): Promise<void> {
    const { battle, member } = this.#requireHere();
    const { node } = this.#session.hub;
    const { lobbyId } = battle.summary;
    const actor = this.#session.actor();
    const decision = await consulSays(
      () => node.server(consul, lobbyId).call('changeStatus', { ...actor, status, colour }),
      async () => {
        await this.#change((record) => changes.setOwnStatus(record, actor, status, colour));
        return { status, notices: [] };
      },
    );
    const after = this.#here();
    if (after?.member === member) this.#session.deliver({ kind: 'member-status', lobbyId, member });
    for (const notice of decision.notices) this.#session.notice(notice);
  }

  say(text: string, options: ChatOptions = {}): Promise<void> {
    return refusing('The message', async () => this.#talk.say(this.#requireHere().battle, text, options));
  }

  sayPrivate(name: string, text: string): Promise<void> {
    return refusing('The message', async () => this.#talk.sayPrivate(this.#requireHere().battle, name, text));
  }

  /** A private line to the Coordinator. */
  tellCoordinator(text: string): Promise<void> {
    return this.#talk.tellCoordinator(this.id(), text);
  }

  addBot(bot: BotRequest): Promise<void> {
    return this.#ask('Adding the bot', (record, actor) => changes.addBot(record, actor, bot));
  }

  updateBot(name: string, status: number, colour: number): Promise<void> {
    return this.#ask('Changing the bot', (record, actor) => changes.updateBot(record, actor, name, { status, colour }));
  }

  removeBot(name: string): Promise<void> {
    return this.#ask('Removing the bot', (record, actor) => changes.removeBot(record, actor, name));
  }

  // What the host does.

  updateInfo(info: BattleInfo): Promise<void> {
    return this.#ask('The update', (record, actor) => changes.updateInfo(record, actor, info));
  }

  /** Everybody reads it, so who is muted may not. */
  setTitle(title: string): Promise<void> {
    return this.#inTurn('The new title', () => {
      this.#session.requireAllowed('say in a battle');
      return this.#change((record) => changes.setTitle(record, this.#session.actor(), title));
    });
  }

  updateHost(data: Readonly<Record<string, unknown>>): Promise<void> {
    return this.#inTurn('The update', () => this.#talk.updateHost(this.#requireHere().battle, data));
  }

  setTags(tags: readonly Tag[]): Promise<void> {
    return this.#ask('Setting script tags', (record, actor) => changes.setTags(record, actor, tags));
  }

  removeTags(keys: readonly string[]): Promise<void> {
    return this.#ask('Removing script tags', (record, actor) => changes.removeTags(record, actor, keys));
  }

  addRect(rect: StartRect): Promise<void> {
    return this.#ask('Adding the rectangle', (record, actor) => changes.addRect(record, actor, rect));
  }

  removeRect(team: number): Promise<void> {
    return this.#ask('Removing the rectangle', (record, actor) => changes.removeRect(record, actor, team));
  }

  disableUnits(units: readonly string[]): Promise<void> {
    return this.#ask('Disabling units', (record, actor) => changes.disableUnits(record, actor, units));
  }

  enableUnits(units: readonly string[]): Promise<void> {
    return this.#ask('Enabling units', (record, actor) => changes.enableUnits(record, actor, units));
  }

  enableAllUnits(): Promise<void> {
    return this.#ask('Enabling units', (record, actor) => changes.enableUnits(record, actor, 'all'));
  }

  force(name: string, change: ForcedChange): Promise<void> {
    return this.#ask('The change', (record, actor) => changes.force(record, actor, name, change));
  }

  kick(name: string): Promise<void> {
    return this.#ask('The kick', (record, actor) => changes.kick(record, actor, name));
  }

  #ask(what: string, change: Change): Promise<void> {
    return this.#inTurn(what, () => this.#change((record) => change(record, this.#session.actor())));
  }

  #inTurn<T>(what: string, work: () => Promise<T>): Promise<T> {
    return this.#session.hub.strongly(what, work, this.#serial);
  }

  async #change(change: (record: LobbyRecord) => LobbyRecord): Promise<void> {
    const { battle } = this.#requireHere();
    const { node } = this.#session.hub;
    await node.cache(lobbies).update(battle.summary.lobbyId, (record) => {
      if (!record) throw new LobbyRefused('NotInBattle', 'The battle is closed');
      return change(record);
    });
  }
}

function isFounder(record: LobbyRecord, userId: number, session: string): boolean {
  return record.founder === userId && memberOf(record, userId)?.session === session;
}
