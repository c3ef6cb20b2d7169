/**
 * The players of one thread, and what they do together. A step ends when each of these players has been told all that follows from
 * it in all threads, and nothing else; what was missing, or too much, rejects it by name. Steps of several threads are kept in
 * step by whoever asks for them.
 */
import type { Clock } from '../../ports/index.ts';
import { Hearing, listed, readSpoken, spokenText } from './hearing.ts';
import { Names } from './names.ts';
import type { Plan } from './plan.ts';
import * as plans from './plan.ts';
import { Player, PlayerFailed } from './player.ts';
import { broken } from './words.ts';

/** When a step of this thread began and when it was complete, in ms of the clock that all threads share. */
export interface Span {
  readonly startedAt: number;
  readonly endedAt: number;
}

/** A battle that was opened. */
export interface OpenBattle {
  /** Number of the player. */
  readonly host: number;
  readonly id: number;
}

/** Lines said by all players of all threads together, at this rate, the speakers one after the other. */
export interface Conversation {
  readonly lines: number;
  readonly perSecond: number;
}

/** A player with its part in the plan. */
interface Member {
  readonly number: number;
  readonly player: Player;
  readonly hearing: Hearing;
  /** Lines it has said. */
  said: number;
}

/** What a player must know at the end of a step. */
interface Expected {
  /** Asked again and again: whether it has been told of as many as there are. */
  isComplete(): boolean;
  /** What it has not been told, in words; undefined when nothing is missing. */
  missing(): string | undefined;
}

/** Players of this thread that log in, join or open something at once. */
const AT_ONCE = 16;
/** Shown to everybody: the users the server itself is. */
const SERVERS_OWN = ['Coordinator', 'AccoladesBot', 'AutohostMonitor'];

export class Crew {
  readonly #plan: Plan;
  readonly #clock: Pick<Clock, 'now' | 'after'>;
  readonly #names = new Names();
  readonly #numbers: readonly number[];
  /** The players of this thread that are logged in. */
  #members: Member[] = [];
  /** Lines that each player of any thread has said by the end of the present step. */
  readonly #said: number[];
  #linesOfGone = 0;
  /** Of the present conversation. */
  #latencies: number[] | undefined;

  constructor(plan: Plan, thread: number, clock: Pick<Clock, 'now' | 'after'>) {
    this.#plan = plan;
    this.#clock = clock;
    this.#numbers = plans.playersOf(plan, thread);
    this.#said = plans.range(0, plan.players).map(() => 0);
  }

  /** Lines that all players of this thread have received so far. */
  lines(): number {
    return this.#members.reduce((sum, { player }) => sum + player.lines, this.#linesOfGone);
  }

  /** Makes the accounts. */
  async register(): Promise<void> {
    await severalAtOnce(this.#numbers, async (number) => {
      const player = await this.#connect(number);
      try {
        await player.register();
      } finally {
        player.destroy();
      }
    });
  }

  /** Logs all in, a few at a time; it ends when each login stream has ended. */
  logIn(): Promise<Span> {
    this.#said.fill(0);
    return this.#span(() =>
      severalAtOnce(this.#numbers, async (number) => {
        const hearing = new Hearing(plans.channelMates(this.#plan, number).length);
        const player = await this.#connect(number, hearing);
        this.#members.push({ number, player, hearing, said: 0 });
        await player.logIn();
      }),
    );
  }

  /** Each sees all players online, or, when the others have left, the witnesses. */
  seeUsers(who: 'all' | 'witnesses'): Promise<Span> {
    const numbers = plans.range(0, this.#plan.players);
    const online = who === 'all' ? numbers : numbers.filter((number) => plans.isWitness(this.#plan, number));
    const users = [...SERVERS_OWN, ...online.map(plans.nameOf)].map((name) => this.#names.numberOf(name));
    return this.#eachKnows('who is online', ({ player: { view } }) => ({
      isComplete: () => view.users === users.length,
      missing: () => this.#absent(users, (user) => view.isOnline(user)),
    }));
  }

  /** Each joins its channel and sees all who belong there. */
  async joinChannels(): Promise<Span> {
    const { startedAt } = await this.#span(() =>
      severalAtOnce(this.#members, ({ number, player }) => player.joinChannel(plans.channelOf(number))),
    );
    const seen = await this.#eachKnows('who is in its channel', ({ number, player: { view } }) => {
      const mates = plans.channelMates(this.#plan, number).map((mate) => this.#names.numberOf(plans.nameOf(mate)));
      const there = view.channels.get(plans.channelOf(number))!;
      return {
        isComplete: () => there.size === mates.length,
        missing: () => this.#absent(mates, (mate) => there.has(mate)),
      };
    });
    return { startedAt, endedAt: seen.endedAt };
  }

  /** Each says so many lines, the next when it has heard the one before. It ends when each has heard all of its channel. */
  burst(lines: number): Promise<Span> {
    for (const number of plans.range(0, this.#plan.players)) this.#said[number]! += lines;
    return this.#talk(() =>
      Promise.all(
        this.#members.map(async (member) => {
          for (let line = 0; line < lines; line++) {
            this.#say(member);
            await this.#heardItself(member);
          }
        }),
      ),
    );
  }

  /**
   * This thread's part of a conversation. Resolves to how long each line took from a speaker on one node to a player of this thread
   * on another, in ms: from the write to where it was parsed.
   */
  async converse({ lines, perSecond }: Conversation): Promise<Float64Array> {
    const speakers = plans.range(0, lines).map((line) => plans.speakerOf(this.#plan, line));
    for (const number of speakers) this.#said[number]! += 1;
    const members = new Map(this.#members.map((member) => [member.number, member]));
    const latencies: number[] = [];
    this.#latencies = latencies;
    await this.#talk(async () => {
      const startedAt = this.#clock.now();
      for (const [line, number] of speakers.entries()) {
        const member = members.get(number);
        if (!member) continue;
        await this.#pause(startedAt + (line * 1_000) / perSecond - this.#clock.now());
        this.#say(member);
      }
    });
    this.#latencies = undefined;
    return Float64Array.from(latencies);
  }

  /** The hosts among these players open their battles. */
  async openBattles(): Promise<OpenBattle[]> {
    const opened: OpenBattle[] = [];
    await severalAtOnce(this.#withPart('host'), async ({ number, player }) => {
      opened.push({ host: number, id: await player.openBattle() });
    });
    return opened;
  }

  /** Those who play in a battle join it. */
  joinBattles(opened: readonly OpenBattle[]): Promise<Span> {
    const ids = new Map(opened.map(({ host, id }) => [host, id]));
    return this.#span(() =>
      severalAtOnce(this.#withPart('member'), ({ number, player }) =>
        player.joinBattle(ids.get(plans.hostOf(number)) ?? broken(`no battle was opened for player ${number}`)),
      ),
    );
  }

  /** Each sees these battles, and no others, with all who belong there. */
  seeBattles(opened: readonly OpenBattle[]): Promise<Span> {
    const wanted = opened.map(({ host, id }) => {
      const members = plans.membersOf(host).map((number) => this.#names.numberOf(plans.nameOf(number)));
      return { id, host: members[0]!, members };
    });
    const places = wanted.reduce((sum, { members }) => sum + members.length, 0);
    return this.#eachKnows('which battles there are', ({ player: { view } }) => ({
      isComplete: () => view.battles.size === wanted.length && view.places === places,
      missing: () => {
        const missing = wanted.flatMap(({ id, host, members }) => {
          if (view.battles.get(id)?.founder !== host) return [`battle ${id} of ${this.#names.nameOf(host)}`];
          const absent = this.#absent(members, (user) => view.battleOf(user) === id);
          return absent === undefined ? [] : [`${absent} in battle ${id}`];
        });
        return missing.length === 0 ? undefined : listed(missing);
      },
    }));
  }

  /** The members leave their battles, or, when they have, the hosts. */
  leaveBattles(part: 'member' | 'host'): Promise<Span> {
    return this.#span(() => severalAtOnce(this.#withPart(part), ({ player }) => player.leaveBattle()));
  }

  /** All log out, or, first, all but the witnesses. */
  logOut(who: 'all' | 'all but witnesses'): Promise<Span> {
    const stays = ({ number }: Member): boolean => who !== 'all' && plans.isWitness(this.#plan, number);
    const leaving = this.#members.filter((member) => !stays(member));
    return this.#span(async () => {
      await severalAtOnce(leaving, ({ player }) => player.leave());
      this.#linesOfGone += leaving.reduce((sum, { player }) => sum + player.lines, 0);
      this.#members = this.#members.filter(stays);
    });
  }

  /** Cuts what is connected. */
  close(): void {
    for (const { player } of this.#members) player.destroy();
  }

  #connect(number: number, hearing?: Hearing): Promise<Player> {
    const { host, ports } = this.#plan;
    return Player.connect({
      ...{ name: plans.nameOf(number), host, port: ports[plans.nodeOf(this.#plan, number)]! },
      ...{ names: this.#names, clock: this.#clock, deadlineMs: this.#plan.deadlineMs },
      said: (_player, _channel, from, text) => hearing && this.#heard(number, hearing, from, text),
    });
  }

  #heard(hearer: number, hearing: Hearing, from: number, text: string): void {
    const name = this.#names.nameOf(from);
    const speaker = plans.playerNamed(name) ?? broken(`${name} is no player`);
    const { number, writtenAt } = readSpoken(text);
    hearing.hear(plans.placeOf(speaker), name, number);
    if (plans.nodeOf(this.#plan, speaker) === plans.nodeOf(this.#plan, hearer)) return;
    this.#latencies?.push(this.#clock.now() - writtenAt);
  }

  #say(member: Member): void {
    member.said += 1;
    const text = spokenText({ number: member.said, writtenAt: this.#clock.now() });
    member.player.say(plans.channelOf(member.number), text);
  }

  #heardItself({ number, player, hearing, said }: Member): Promise<void> {
    const place = plans.placeOf(number);
    return player.until('hearing itself', () => hearing.heardOf(place) === said);
  }

  /** Ends when each has heard all that was said in its channel. */
  #talk(act: () => Promise<unknown>): Promise<Span> {
    return this.#span(async () => {
      await act();
      await this.#eachKnows('what was said in its channel', ({ number, hearing }) => {
        const mates = plans.channelMates(this.#plan, number);
        const said = mates.map((mate) => this.#said[mate]!);
        const total = said.reduce((sum, count) => sum + count, 0);
        return {
          isComplete: () => hearing.total === total,
          missing: () => hearing.missing(said, (place) => plans.nameOf(mates[place]!)),
        };
      });
    });
  }

  #withPart(part: plans.Part): Member[] {
    return this.#members.filter(({ number }) => plans.partOf(this.#plan, number) === part);
  }

  #absent(users: readonly number[], isThere: (user: number) => boolean): string | undefined {
    const absent = users.filter((user) => !isThere(user));
    return absent.length === 0 ? undefined : listed(absent.map((user) => this.#names.nameOf(user)));
  }

  #eachKnows(what: string, expectedOf: (member: Member) => Expected): Promise<Span> {
    return this.#span(() =>
      Promise.all(
        this.#members.map(async (member) => {
          const expected = expectedOf(member);
          const lacks = (): string => `not told: ${expected.missing() ?? 'nothing, but it was told more'}`;
          await member.player.until(`knowing ${what}`, () => expected.isComplete(), lacks);
          const missing = expected.missing();
          if (missing !== undefined) {
            throw new PlayerFailed(member.player.name, `was told something else than ${what}; not told: ${missing}`);
          }
        }),
      ),
    );
  }

  async #span(act: () => Promise<unknown>): Promise<Span> {
    const startedAt = this.#clock.now();
    await act();
    return { startedAt, endedAt: this.#clock.now() };
  }

  #pause(ms: number): Promise<void> {
    return ms <= 0 ? Promise.resolve() : new Promise((resolve) => void this.#clock.after(ms, resolve));
  }
}

/** Does the same for all, a few at once. Rejects with the first failure. */
async function severalAtOnce<T>(all: readonly T[], act: (one: T) => Promise<unknown>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < all.length) await act(all[next++]!);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
