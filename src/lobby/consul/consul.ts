/**
 * Consul: the server's own co-host, one per lobby in the cluster. It decides what members may do with their status,
 * keeps the join queue, answers `$` commands, and cleans up behind sessions that are gone. It applies status changes
 * itself, one message at a time, so no two players get the last place.
 */
import { Server, server } from '../../services/index.ts';
import { addMember, checkEntry, type Joiner, replaceMember, requireMember, setOwnStatus } from '../battles/changes.ts';
import { battleLines, LobbyId, type LobbyRecord, lobbies, type Member, memberOf } from '../battles/record.ts';
import { COORDINATOR } from '../coordinator.ts';
import { presentUser } from '../presence/seats.ts';
import { userMessages } from '../presence/user-topic.ts';
import { LobbyRefused, type RefusalCode, unavailable } from '../refusal.ts';
import { setting } from '../settings/settings.ts';
import { decodeBattleStatus } from '../status/battle-status.ts';
import { parseCommand, runCommand, type Sender, welcomeLines } from './commands.ts';
import { absentMembers, decideStatus, nextPlayer, promoted, prunedQueue, type StatusDecision } from './decisions.ts';
import { ConsulState, newConsulState } from './state.ts';

const TICK_MS = 5_000;
/** How long a Consul that was started waits for its lobby's record before it gives up. */
const OPENING_MS = 30_000;

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

export class ConsulServer extends Server<number, ConsulState> {
  init(kept: ConsulState | undefined): ConsulState {
    this.every(TICK_MS, 'tick');
    this.after(0, 'tick');
    return kept ?? newConsulState(this.node.now());
  }

  override async info(): Promise<void> {
    await this.check();
  }

  /** Looks whether members or the founder are gone, and whether somebody can be promoted. */
  async check(): Promise<void> {
    const swept = await this.#answer('The check', () => this.#sweep());
    if (!swept.ok)
      this.node.log.write('warn', 'a consul could not check its lobby', { lobby: this.key, why: swept.message });
  }

  /** A member's wish for his own status. Answers with what he got, and what to tell him. */
  changeStatus(request: StatusRequest): Promise<Answer<StatusDecision>> {
    return this.#answer('The change of status', async () => {
      let decision: StatusDecision = { status: request.status, notices: [] };
      let stoppedPlaying = false;
      await this.#update((record) => {
        const member = requireMember(record, request);
        decision = decideStatus(this.state, record, member, request.status, this.#limit());
        stoppedPlaying = decodeBattleStatus(member.status).player && !decodeBattleStatus(decision.status).player;
        return setOwnStatus(record, request, decision.status, request.colour);
      });
      if (stoppedPlaying) await this.check();
      return decision;
    });
  }

  /** A `$` command of a member. Lines for the whole lobby are sent from here, those for the sender are in the answer. */
  command(sender: Sender, line: string): Promise<Answer<CommandAnswer>> {
    return this.#answer('The command', async () => {
      const record = this.#record();
      const command = parseCommand(line);
      if (!record || !command) throw new LobbyRefused('NoSuchBattle', 'The battle is closed');
      const outcome = runCommand(command, { state: this.state, record, sender, limit: this.#limit() });
      this.state = outcome.state;
      for (const text of outcome.announcements) this.#announce(text);
      if (outcome.accepted) await this.check();
      return { accepted: outcome.accepted, silent: command.silent, notices: outcome.notices };
    });
  }

  /** Lets a member in, after the same checks as everywhere and Consul's own. Tells him the welcome message. */
  admit(joiner: Joiner, member: Member, password: string): Promise<Answer<null>> {
    return this.#answer('Joining', async () => {
      await this.#update((record) => {
        if (isIn(record, member)) return record;
        checkEntry(record, joiner, password);
        return addMember(record, member);
      });
      for (const line of welcomeLines(this.state)) this.#tell(joiner.userId, line);
      return null;
    });
  }

  /** Whether somebody may come in, before the host is asked. */
  mayJoin(joiner: Joiner, password: string): Promise<Answer<null>> {
    return this.#answer('Joining', async () => {
      const record = await this.node.cache(lobbies).read(this.key);
      if (!record) throw new LobbyRefused('NoSuchBattle', 'The battle is closed');
      checkEntry(record, joiner, password);
      return null;
    });
  }

  async #sweep(): Promise<void> {
    const record = await this.node.cache(lobbies).read(this.key);
    if (!record) return this.#withoutRecord();
    if (!this.state.opened) this.state = { ...this.state, opened: true };
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
      this.#setQueue(prunedQueue(this.state, record));
      const next = nextPlayer(this.state, record, this.#limit());
      if (!next) return;
      record = await this.#update((current) =>
        replaceMember(current, promoted(memberOf(current, next.userId) ?? next)),
      );
      this.#setQueue(this.state.queue.filter((userId) => userId !== next.userId));
      this.#tell(next.userId, 'There is a place for you: you have been moved from the join queue to the players.');
      this.node.broadcast(userMessages(next.userId), { kind: 'ring', ...AS_COORDINATOR });
    }
  }

  #setQueue(queue: number[]): void {
    const same =
      queue.length === this.state.queue.length && queue.every((userId, at) => userId === this.state.queue[at]);
    if (!same) this.state = { ...this.state, queue };
  }

  #record(): LobbyRecord | undefined {
    return this.node.cache(lobbies).get(this.key);
  }

  async #update(change: (record: LobbyRecord) => LobbyRecord): Promise<LobbyRecord> {
    const after = await this.node.cache(lobbies).update(this.key, (record) => record && change(record));
    if (!after) throw new LobbyRefused('NoSuchBattle', 'The battle is closed');
    return after;
  }

  #limit(): number {
    return setting(this.node, 'playerLimit');
  }

  #tell(userId: number, text: string): void {
    this.node.broadcast(userMessages(userId), { kind: 'private-message', ...AS_COORDINATOR, text, emote: false });
  }

  #announce(text: string): void {
    const { userId: from, session } = COORDINATOR;
    this.node.broadcast(battleLines(this.key), { from, session, text, emote: true, tag: null });
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

const AS_COORDINATOR = { from: COORDINATOR.userId, fromSession: COORDINATOR.session } as const;

export const consul = server(
  'consul',
  {
    key: LobbyId,
    placement: 'one per key',
    state: ConsulState,
    keeps: 'state',
    about:
      'The co-host of one lobby: locks, join queue, welcome message, commands; removes who is gone. Runs while the lobby is open.',
  },
  ConsulServer,
);
