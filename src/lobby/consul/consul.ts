/**
 * Consul: the server's own co-host, one per lobby in the cluster. It decides what members may do with their status,
 * keeps the join queue, answers `$` commands, and cleans up behind sessions that are gone. It applies status changes
 * itself, one message at a time, so no two players get the last place.
 */
import { Server, server } from '../../services/index.ts';
import {
  addMember,
  checkEntry,
  type Joiner,
  replaceMember,
  requireFounder,
  requireMember,
  setOwnStatus,
} from '../battles/changes.ts';
import { matchUuidOf, newMatchUuid, withMatchUuid } from '../battles/match-tag.ts';
import { LobbyId, type LobbyRecord, lobbies, type Member, memberOf } from '../battles/record.ts';
import { presentUser } from '../presence/seats.ts';
import { sessions } from '../presence/sessions.ts';
import { LobbyRefused, type RefusalCode, unavailable } from '../refusal.ts';
import { setting } from '../settings/settings.ts';
import { type BattleStatus, decodeBattleStatus } from '../status/battle-status.ts';
import { decodeClientStatus } from '../status/client-status.ts';
import {
  asksRestrictions,
  type CommandOutcome,
  type People,
  parseCommand,
  runCommand,
  type Sender,
} from './commands/index.ts';
import { withStatus } from './commands/members.ts';
import {
  absentMembers,
  decideStatus,
  nextPlayer,
  type Person,
  promoted,
  type StatusDecision,
  whyNotEnter,
  withPrunedQueues,
} from './decisions.ts';
import { type HostNews, withHostNews } from './host-news.ts';
import { Lookups } from './lookups.ts';
import { isMuted } from './restrictions.ts';
import { endOfSplit, isOver } from './split.ts';
import { ConsulState, type Gatekeeper, newConsulState, withoutWaiting } from './state.ts';
import { Voice } from './voice.ts';
import { welcomeLines } from './welcome.ts';

const TICK_MS = 5_000;
/** How long a Consul that was started waits for its lobby's record before it gives up. */
const OPENING_MS = 30_000;

const NOT_FORBIDDEN: ReadonlySet<string> = Object.freeze(new Set<string>());

/** What Consul answers: its errors are answers, for an error thrown would end it. */
export type Answer<T> = { ok: true; value: T } | { ok: false; reason: RefusalCode; message: string };

export interface StatusRequest {
  readonly userId: number;
  readonly session: string;
  readonly moderator: boolean;
  readonly status: number;
  readonly colour: number;
}

export interface CommandAnswer {
  readonly accepted: boolean;
  readonly silent: boolean;
  readonly notices: readonly string[];
}

/** Its own timers. */
type Reminder = 'tick' | { readonly endSplit: string } | { readonly joined: number };

export class ConsulServer extends Server<number, ConsulState> {
  readonly #lookups = new Lookups(this.node);
  readonly #voice = new Voice(this.node, this.key);

  init(kept: ConsulState | undefined): ConsulState {
    this.every(TICK_MS, 'tick' satisfies Reminder);
    this.after(0, 'tick' satisfies Reminder);
    if (kept?.split) this.#remindOf(kept.split);
    return kept ?? newConsulState(this.node.now());
  }

  override async info(reminder: Reminder): Promise<void> {
    if (reminder === 'tick') await this.check();
    else if ('endSplit' in reminder) this.doSplit(reminder.endSplit);
    else await this.#muteForHost([reminder.joined]);
  }

  /** Looks whether members or the founder are gone, and whether somebody can be promoted. */
  async check(): Promise<void> {
    const swept = await this.#answer('The check', () => this.#sweep());
    if (!swept.ok)
      this.node.log.write('warn', 'a consul could not check its lobby', { lobby: this.key, why: swept.message });
  }

  /** All that it remembers. */
  getAll(): ConsulState {
    return this.state;
  }

  get<K extends keyof ConsulState>(name: K): ConsulState[K] {
    return this.state[name];
  }

  /** Replaces parts of what it remembers, for the server's own use. Refused when the values are not of their form. */
  merge(parts: Partial<ConsulState>): Promise<Answer<null>> {
    return this.#answer('The change', async () => {
      const state = ConsulState.safeParse({ ...this.state, ...parts });
      if (!state.success) throw new LobbyRefused('BadValue', 'Consul cannot remember that');
      this.state = state.data;
      await this.check();
      return null;
    });
  }

  /** A member's wish for his own status. Answers with what he got, and what to tell him. */
  changeStatus(request: StatusRequest): Promise<Answer<StatusDecision>> {
    return this.#answer('The change of status', async () => {
      const person = await this.#person(request.userId, 'friendsplay');
      let decision: StatusDecision = { status: request.status, notices: [] };
      let stoppedPlaying = false;
      await this.#update((record) => {
        const member = requireMember(record, request);
        decision = decideStatus(this.state, record, member, request.status, this.#siteLimit(), person);
        stoppedPlaying = decodeBattleStatus(member.status).player && !decodeBattleStatus(decision.status).player;
        return setOwnStatus(record, request, decision.status, request.colour);
      });
      if (stoppedPlaying) await this.check();
      return decision;
    });
  }

  /** Sets parts of a member's status, past all rules: what a match that was made asks for. Nothing when he is not there. */
  changeBattleStatus(userId: number, parts: Partial<BattleStatus>): Promise<Answer<null>> {
    return this.#answer('The change of status', async () => {
      await this.#update((record) => withStatus(record, userId, parts));
      await this.check();
      return null;
    });
  }

  /** A `$` command of a member. Lines for the whole lobby are sent from here, those for the sender are in the answer. */
  command(sender: Sender, line: string): Promise<Answer<CommandAnswer>> {
    return this.#answer('The command', async () => {
      const command = parseCommand(line);
      const restrictions =
        command && asksRestrictions(command) ? await this.#restrictionsOf(sender.userId) : NOT_FORBIDDEN;
      const record = this.#record();
      if (!record || !command) throw new LobbyRefused('NoSuchBattle', 'The battle is closed');
      const { state, node } = this;
      const context = { now: node.now(), id: newMatchUuid(() => node.random()), people: this.#people() };
      const outcome = runCommand(command, {
        state,
        record,
        sender,
        limit: this.#siteLimit(),
        restrictions,
        ...context,
      });
      await this.#carryOut(outcome);
      return { accepted: outcome.accepted, silent: command.silent, notices: outcome.notices };
    });
  }

  async #carryOut(outcome: CommandOutcome): Promise<void> {
    const { state: before } = this;
    this.state = outcome.state;
    const { split } = outcome.state;
    if (split && split.id !== before.split?.id) this.#remindOf(split);
    if (outcome.change) await this.#update(outcome.change);
    for (const text of outcome.announcements) this.#voice.announce(text);
    for (const { userId, text } of outcome.tells) this.#voice.tell(userId, text);
    for (const userId of outcome.rings) this.#voice.ring(userId);
    for (const { text, ...member } of outcome.says) this.#voice.sayAs(member, text);
    for (const userId of outcome.pulls) this.#voice.move(userId, this.key);
    if (outcome.splitsNow && split) this.doSplit(split.id);
    if (outcome.state !== before || outcome.news) this.#voice.news(outcome.news);
    if (outcome.accepted) await this.check();
  }

  /** What the host tells about its settings. */
  hostUpdate(actor: { userId: number; session: string }, news: HostNews): Promise<Answer<null>> {
    return this.#answer('The update', async () => {
      const record = this.#record();
      if (!record) throw new LobbyRefused('NoSuchBattle', 'The battle is closed');
      requireFounder(record, actor);
      this.state = withHostNews(this.state, record, news);
      this.#voice.news(null);
      await this.check();
      return null;
    });
  }

  /** Lets a member in, after the same checks as everywhere and Consul's own. Tells him the welcome message. */
  admit(joiner: Joiner, member: Member, password: string): Promise<Answer<null>> {
    return this.#answer('Joining', async () => {
      const person = await this.#person(joiner.userId, 'friends');
      await this.#update((record) => {
        if (isIn(record, member)) return record;
        this.#checkEntry(record, joiner, person, password);
        return addMember(record, member);
      });
      for (const line of welcomeLines(this.state)) this.#voice.tell(joiner.userId, line);
      this.after(0, { joined: joiner.userId } satisfies Reminder);
      return null;
    });
  }

  /** Whether somebody may come in, before the host is asked. */
  mayJoin(joiner: Joiner, password: string): Promise<Answer<null>> {
    return this.#answer('Joining', async () => {
      const person = await this.#person(joiner.userId, 'friends');
      const restrictions = joiner.moderator ? NOT_FORBIDDEN : await this.#restrictionsOf(joiner.userId);
      const record = await this.node.cache(lobbies).read(this.key);
      if (!record) throw new LobbyRefused('NoSuchBattle', 'The battle is closed');
      if (restrictions.has('Joining existing lobbies')) {
        throw new LobbyRefused('ConsulRefused', 'You are not allowed to join lobbies');
      }
      this.#checkEntry(record, joiner, person, password);
      return null;
    });
  }

  #checkEntry(record: LobbyRecord, joiner: Joiner, person: Person, password: string): void {
    const refusal = joiner.moderator || joiner.forced ? undefined : whyNotEnter(this.state, record, person);
    if (refusal) throw new LobbyRefused('ConsulRefused', refusal);
    checkEntry(record, joiner, password);
  }

  /** A match begins: nobody is promoted from the queue until it ends. */
  matchStarted(): void {
    this.state = { ...this.state, matchRuns: true };
  }

  /** A match has ended: timeouts are over, the next match has another id, and the host is reminded of who is muted. */
  async matchStopped(): Promise<void> {
    this.state = { ...this.state, matchRuns: false, timeouts: [] };
    const renewed = await this.#answer('The new match id', () => this.#update((record) => this.#withNewUuid(record)));
    if (!renewed.ok) return;
    await this.#muteForHost(renewed.value.members.map(({ userId }) => userId));
    await this.check();
  }

  /** Takes somebody out of the join queue. */
  dequeue(userId: number): void {
    this.state = withoutWaiting(this.state, userId);
  }

  cancelSplit(): void {
    this.state = { ...this.state, split: null };
  }

  /** Carries out that split, if it is the present one. */
  doSplit(id: string): void {
    const { split } = this.state;
    const record = this.#record();
    if (split?.id !== id || !record) return;
    this.state = { ...this.state, split: null };
    const all = [...this.node.cache(lobbies).entries()].map(([, other]) => other);
    const { moves, announcement } = endOfSplit(split, record, all, this.node.random());
    this.#voice.announce(announcement);
    for (const { userId, lobbyId } of moves) this.#voice.move(userId, lobbyId);
  }

  #remindOf({ id, deadline }: { id: string; deadline: number }): void {
    this.after(Math.max(0, deadline - this.node.now()), { endSplit: id } satisfies Reminder);
  }

  async #muteForHost(userIds: readonly number[]): Promise<void> {
    const restrictions = await this.#lookups.restrictionsOf(userIds);
    const record = this.#record();
    for (const userId of userIds) {
      const member = record && memberOf(record, userId);
      if (member && isMuted(restrictions.get(userId))) this.#voice.tell(record.founder, `!mute ${member.name}`);
    }
  }

  async #sweep(): Promise<void> {
    const found = await this.node.cache(lobbies).read(this.key);
    if (!found) return this.#withoutRecord();
    if (!this.state.opened) this.state = { ...this.state, opened: true };
    const { split } = this.state;
    if (split && isOver(split, this.node.now())) this.doSplit(split.id);
    const record = matchUuidOf(found) === undefined ? await this.#update((now) => this.#withNewUuid(now)) : found;
    const absent = absentMembers(record, (userId) => presentUser(this.node, userId)?.session);
    const founder = memberOf(record, record.founder);
    if (!founder || absent.includes(founder)) {
      await this.node.cache(lobbies).delete(this.key);
      this.stop();
      return;
    }
    await this.#promote(absent.length > 0 ? await this.#remove(absent) : record);
  }

  #withoutRecord(): void {
    if (this.state.opened || this.node.now() - this.state.startedAt > OPENING_MS) this.stop();
  }

  #withNewUuid(record: LobbyRecord): LobbyRecord {
    return withMatchUuid(
      record,
      newMatchUuid(() => this.node.random()),
    );
  }

  #remove(absent: readonly Member[]): Promise<LobbyRecord> {
    const gone = new Set(absent.map((member) => member.session));
    const owners = new Set(absent.map((member) => member.userId));
    return this.#update((record) => ({
      ...record,
      members: record.members.filter((member) => !gone.has(member.session)),
      bots: record.bots.filter((bot) => !owners.has(bot.owner)),
    }));
  }

  async #promote(before: LobbyRecord): Promise<void> {
    let record = before;
    for (;;) {
      this.state = withPrunedQueues(this.state, record);
      const next = this.#isPlaying(record) ? undefined : nextPlayer(this.state, record, this.#siteLimit());
      if (!next) return;
      this.state = withoutWaiting(this.state, next.userId);
      record = await this.#update((current) =>
        replaceMember(current, promoted(memberOf(current, next.userId) ?? next)),
      );
      this.#voice.tell(
        next.userId,
        'There is a place for you: you have been moved from the join queue to the players.',
      );
      this.#voice.ring(next.userId);
    }
  }

  /** Whether a match runs, as was told or as the host's client says. */
  #isPlaying({ founder }: LobbyRecord): boolean {
    return this.state.matchRuns || decodeClientStatus(this.#statusOf(founder)).inGame;
  }

  #record(): LobbyRecord | undefined {
    return this.node.cache(lobbies).get(this.key);
  }

  async #update(change: (record: LobbyRecord) => LobbyRecord): Promise<LobbyRecord> {
    const after = await this.node.cache(lobbies).update(this.key, (record) => record && change(record));
    if (!after) throw new LobbyRefused('NoSuchBattle', 'The battle is closed');
    return after;
  }

  #siteLimit(): number {
    return setting(this.node, 'playerLimit');
  }

  #statusOf(userId: number): number {
    return presentUser(this.node, userId)?.status ?? 0;
  }

  /** Friends are looked up only where that gatekeeper stands. */
  async #person(userId: number, gatekeeper: Gatekeeper): Promise<Person> {
    const friends = this.state.gatekeeper === gatekeeper ? await this.#lookups.friendsOf(userId) : [];
    return { userId, rank: decodeClientStatus(this.#statusOf(userId)).rank, friends };
  }

  async #restrictionsOf(userId: number): Promise<ReadonlySet<string>> {
    return (await this.#lookups.restrictionsOf([userId])).get(userId) ?? NOT_FORBIDDEN;
  }

  #people(): People {
    const registered = this.node.registry(sessions);
    return {
      named: (name) => registered.select(({ value }) => value.name.toLowerCase() === name.toLowerCase())[0]?.value,
      numbered: (userId) => registered.lookup(userId)?.value,
      rankOf: (userId) => decodeClientStatus(this.#statusOf(userId)).rank,
    };
  }

  async #answer<T>(what: string, work: () => Promise<T>): Promise<Answer<T>> {
    try {
      return { ok: true, value: await work() };
    } catch (error) {
      const { reason, message } = unavailable(what, error);
      return { ok: false, reason, message };
    }
  }
}

/** Whether this very stay is recorded already: a call may come a second time after a node's death. */
function isIn(record: LobbyRecord, { userId, session, turn }: Member): boolean {
  const present = memberOf(record, userId);
  return present?.session === session && present.turn === turn;
}

export const consul = server(
  'consul',
  {
    key: LobbyId,
    placement: 'one per key',
    state: ConsulState,
    keeps: 'state',
    about:
      'The co-host of one lobby: entry, locks, bans, join queue, splits, welcome message, commands; removes who is gone. Runs while the lobby is open.',
  },
  ConsulServer,
);
