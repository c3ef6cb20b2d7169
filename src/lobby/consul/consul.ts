/**
 * Consul: the server's own co-host, one per lobby in the cluster. It decides what members may do with their status,
 * keeps the join queue, answers `$` commands, and cleans up behind sessions that are gone. It applies status changes
 * itself, one message at a time, so no two players get the last place.
 */
import { Server, server } from '../../services/index.ts';
import { type Answer, answering } from '../answer.ts';
import * as changes from '../battles/changes.ts';
import { matchUuidOf, newMatchUuid, withMatchUuid } from '../battles/match-tag.ts';
import { LobbyId, type LobbyRecord, type Member, memberOf } from '../battles/record.ts';
import { LobbyRefused } from '../refusal.ts';
import { type BattleStatus, decodeBattleStatus } from '../status/battle-status.ts';
import type { CommandAnswer, StatusRequest } from './answers.ts';
import { asksRestrictions, type CommandOutcome, parseCommand, runCommand, type Sender } from './commands/index.ts';
import { withStatus } from './commands/members.ts';
import {
  decideStatus,
  nextPlayer,
  type Person,
  promoted,
  type StatusDecision,
  whyNotEnter,
  whyNotPromoted,
  withPrunedQueues,
} from './decisions.ts';
import { type HostNews, withHostNews } from './host-news.ts';
import { OwnLobby } from './own-lobby.ts';
import { endOfSplit, isOver, stillHere } from './split.ts';
import { ConsulState, newConsulState, withoutWaiting } from './state.ts';
import { Voice } from './voice.ts';
import { welcomeLines } from './welcome.ts';

const TICK_MS = 5_000;
/** How long a Consul that was started waits for its lobby's record before it gives up. */
const OPENING_MS = 30_000;
const PROMOTED = 'There is a place for you: you have been moved from the join queue to the players.';

/** Its own timers. */
type Reminder = 'tick' | { readonly endSplit: string } | { readonly joined: number };

export class ConsulServer extends Server<number, ConsulState> {
  readonly #lobby = new OwnLobby(this.node, this.key);
  readonly #voice = new Voice(this.node, this.key);

  init(kept: ConsulState | undefined): ConsulState {
    this.every(TICK_MS, 'tick' satisfies Reminder);
    this.after(0, 'tick' satisfies Reminder);
    if (kept?.split) this.#remindOf(kept.split);
    return kept ?? newConsulState(this.node.now());
  }

  override async info(reminder: Reminder): Promise<void> {
    if (reminder === 'tick') await this.#tick();
    else if ('endSplit' in reminder) this.doSplit(reminder.endSplit);
    else await this.#muteForHost([reminder.joined]);
  }

  async #tick(): Promise<void> {
    await this.check();
    const record = this.#lobby.record();
    if (record) this.#sendAgain(record);
  }

  /** Looks whether members or the founder are gone, and whether somebody can be promoted. */
  async check(): Promise<void> {
    const swept = await answering('The check', () => this.#sweep());
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
    return answering('The change', async () => {
      const state = ConsulState.safeParse({ ...this.state, ...parts });
      if (!state.success) throw new LobbyRefused('BadValue', 'Consul cannot remember that');
      this.state = state.data;
      await this.check();
      return null;
    });
  }

  // Entry.

  /** Whether somebody may come in, before the host is asked. */
  mayJoin(joiner: changes.Joiner, password: string): Promise<Answer<null>> {
    return answering('Joining', async () => {
      const person = await this.#lobby.person(joiner.userId, this.state.gatekeeper, 'enter');
      const restrictions = await this.#lobby.restrictionsOf(joiner.userId);
      const record = await this.#lobby.read();
      if (!record) throw new LobbyRefused('NoSuchBattle', 'The battle is closed');
      if (restrictions.has('Joining existing lobbies') && !joiner.moderator) {
        throw new LobbyRefused('ConsulRefused', 'You are not allowed to join lobbies');
      }
      this.#checkEntry(record, joiner, person, password);
      return null;
    });
  }

  /** Lets a member in, after the same checks as everywhere and Consul's own. Tells him the welcome message. */
  admit(joiner: changes.Joiner, member: Member, password: string): Promise<Answer<null>> {
    return answering('Joining', async () => {
      const person = await this.#lobby.person(joiner.userId, this.state.gatekeeper, 'enter');
      if (!this.#lobby.isOnline(member)) throw new LobbyRefused('NotOnline', 'You are not logged in any more');
      await this.#lobby.update((record) => {
        // A call may come a second time after a node's death.
        if (changes.hasStay(record, member)) return record;
        this.#checkEntry(record, joiner, person, password);
        return changes.addMember(record, member);
      });
      for (const line of welcomeLines(this.state)) this.#voice.tell(joiner.userId, line);
      this.after(0, { joined: joiner.userId } satisfies Reminder);
      return null;
    });
  }

  #checkEntry(record: LobbyRecord, joiner: changes.Joiner, person: Person, password: string): void {
    const refusal = joiner.moderator || joiner.forced ? undefined : whyNotEnter(this.state, record, person);
    if (refusal) throw new LobbyRefused('ConsulRefused', refusal);
    changes.checkEntry(record, joiner, password);
  }

  // What members and the host say.

  /** A member's wish for his own status. Answers with what he got, and what to tell him. */
  changeStatus(request: StatusRequest): Promise<Answer<StatusDecision>> {
    return answering('The change of status', async () => {
      const person = await this.#lobby.person(request.userId, this.state.gatekeeper, 'play');
      let decision: StatusDecision = { status: request.status, notices: [] };
      let stoppedPlaying = false;
      await this.#lobby.update((record) => {
        const member = changes.requireMember(record, request);
        decision = decideStatus(this.state, record, member, request.status, this.#lobby.siteLimit(), person);
        stoppedPlaying = decodeBattleStatus(member.status).player && !decodeBattleStatus(decision.status).player;
        return changes.setOwnStatus(record, request, decision.status, request.colour);
      });
      if (stoppedPlaying) await this.check();
      return decision;
    });
  }

  /** Sets parts of a member's status, past all rules: what a match that was made asks for. Nothing when he is not there. */
  changeBattleStatus(userId: number, parts: Partial<BattleStatus>): Promise<Answer<null>> {
    return answering('The change of status', async () => {
      await this.#lobby.update((record) => withStatus(record, userId, parts));
      await this.check();
      return null;
    });
  }

  /** A `$` command of a member. Lines for the whole lobby are sent from here, those for the sender are in the answer. */
  command(sender: Sender, line: string): Promise<Answer<CommandAnswer>> {
    return answering('The command', async () => {
      const command = parseCommand(line);
      if (!command) throw new LobbyRefused('BadValue', 'That is no command');
      const asks = asksRestrictions(command);
      const restrictions = asks ? await this.#lobby.restrictionsOf(sender.userId) : new Set<string>();
      const outcome = runCommand(command, {
        state: this.state,
        record: this.#lobby.requireRecord(),
        sender,
        limit: this.#lobby.siteLimit(),
        now: this.node.now(),
        id: this.#newId(),
        people: this.#lobby.people(),
        restrictions,
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
    if (outcome.change) await this.#lobby.update(outcome.change);
    this.#voice.carryOut(outcome);
    if (outcome.splitsNow && split) this.doSplit(split.id);
    if (outcome.state !== before || outcome.news) this.#voice.news(outcome.news);
    if (outcome.accepted) await this.check();
  }

  /** What the host tells about its settings. */
  hostUpdate(actor: { userId: number; session: string }, news: HostNews): Promise<Answer<null>> {
    return answering('The update', async () => {
      const record = this.#lobby.requireRecord();
      changes.requireFounder(record, actor);
      this.state = withHostNews(this.state, record, news);
      this.#voice.news(null);
      await this.check();
      return null;
    });
  }

  // Matches, the queue, splits.

  /** A match begins: nobody is promoted from the queue until it ends. */
  matchStarted(): void {
    this.state = { ...this.state, matchRuns: true };
  }

  /** A match has ended: timeouts are over, the next match has another id, and the host is reminded of who is muted. */
  async matchStopped(): Promise<void> {
    this.state = { ...this.state, matchRuns: false, timeouts: [] };
    const renewed = await answering('The new match id', () => this.#lobby.update(this.#withNewUuid()));
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
    const record = this.#lobby.record();
    if (split?.id !== id || !record) return;
    const { node } = this;
    const { departures, announcement } = endOfSplit(split, record, this.#lobby.all(), node.random(), node.now());
    this.state = { ...this.state, split: null, departures: [...this.state.departures, ...departures] };
    this.#voice.announce(announcement);
    for (const { userId, to } of departures) this.#voice.move(userId, to);
  }

  /** A node may have died between the end of a split and its members being sent. */
  #sendAgain(record: LobbyRecord): void {
    if (this.state.departures.length === 0) return;
    const departures = stillHere(this.state.departures, record, this.node.now());
    this.state = { ...this.state, departures };
    for (const { userId, to } of departures) this.#voice.move(userId, to);
  }

  #remindOf({ id, deadline }: { id: string; deadline: number }): void {
    this.after(Math.max(0, deadline - this.node.now()), { endSplit: id } satisfies Reminder);
  }

  async #muteForHost(userIds: readonly number[]): Promise<void> {
    const muted = await this.#lobby.mutedOf(userIds);
    const host = this.#lobby.record()?.founder;
    if (host !== undefined) for (const { name } of muted) this.#voice.tell(host, `!mute ${name}`);
  }

  // Looking after the lobby.

  async #sweep(): Promise<void> {
    const found = await this.#lobby.read();
    if (!found) return this.#withoutRecord();
    if (!this.state.opened) this.state = { ...this.state, opened: true };
    const { split } = this.state;
    if (split && isOver(split, this.node.now())) this.doSplit(split.id);
    const record = matchUuidOf(found) === undefined ? await this.#lobby.update(this.#withNewUuid()) : found;
    const absent = this.#lobby.absent(record);
    const founder = memberOf(record, record.founder);
    if (!founder || absent.includes(founder)) {
      await this.#lobby.close();
      this.stop();
      return;
    }
    await this.#promote(
      absent.length > 0 ? await this.#lobby.update((now) => changes.removeMembers(now, absent)) : record,
    );
  }

  #withoutRecord(): void {
    if (this.state.opened || this.node.now() - this.state.startedAt > OPENING_MS) this.stop();
  }

  #withNewUuid(): (record: LobbyRecord) => LobbyRecord {
    const uuid = this.#newId();
    return (record) => withMatchUuid(record, uuid);
  }

  #newId(): string {
    return newMatchUuid(() => this.node.random());
  }

  async #promote(before: LobbyRecord): Promise<void> {
    let record = before;
    for (;;) {
      this.state = withPrunedQueues(this.state, record);
      const next = this.#isPlaying(record) ? undefined : nextPlayer(this.state, record, this.#lobby.siteLimit());
      if (!next) return;
      this.state = withoutWaiting(this.state, next.userId);
      const person = await this.#lobby.person(next.userId, this.state.gatekeeper, 'play');
      const refusal = whyNotPromoted(this.state, record, person);
      if (refusal) {
        this.#voice.tell(next.userId, refusal);
        continue;
      }
      record = await this.#lobby.update((now) =>
        changes.replaceMember(now, promoted(memberOf(now, next.userId) ?? next)),
      );
      this.#voice.tell(next.userId, PROMOTED);
      this.#voice.ring(next.userId);
    }
  }

  /** Whether a match runs, as was told or as the host's client says. */
  #isPlaying({ founder }: LobbyRecord): boolean {
    return this.state.matchRuns || this.#lobby.statusOf(founder).inGame;
  }
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
